"""What is extracted, its rows and keys, and how rows are split in time."""
