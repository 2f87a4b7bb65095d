"""Metrics with intervals, paired comparisons, thresholds and error slices."""
