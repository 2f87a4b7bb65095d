"""The way of a score back to the files that it was made of, verified at every step."""
