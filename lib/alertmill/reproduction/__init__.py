"""Make a run again from its own extract and parameters, and compare every stage with it."""
