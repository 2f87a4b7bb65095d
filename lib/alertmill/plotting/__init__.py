"""One function a figure: takes a table, returns a matplotlib Figure, computes nothing."""
