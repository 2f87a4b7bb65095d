"""The features: their declarations, how they are built, and what is refused."""
