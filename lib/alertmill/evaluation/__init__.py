"""Metrics with intervals by address, paired comparisons, and the tables behind the reports."""
