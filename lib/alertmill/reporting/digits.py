"""Metrics and differences with as many digits as a person reads."""

from __future__ import annotations

from alertmill.evaluation.reports import MetricValue, PairedDifference

_NARROW = 0.02
"""An interval of less than this width needs a third decimal."""
_SMALL = 0.1
"""A value below this has one significant digit in two decimals."""


def metric_text(value: MetricValue) -> str:
    """Write a metric with its interval, or the note that says why there is none."""
    if value.value is None:
        return value.note
    return _text(value.value, value.ci_low, value.ci_high, sign="")


def difference_text(difference: PairedDifference) -> str:
    """Write a difference with its sign and interval, or the note that says why there is none."""
    if difference.difference is None:
        return difference.note
    return _text(difference.difference, difference.ci_low, difference.ci_high, sign="+")


def _text(value: float, low: float | None, high: float | None, *, sign: str) -> str:
    if low is None or high is None:
        return f"{_number(value, 2, sign)}, no interval"
    is_small = not sign and abs(value) < _SMALL
    decimals = 3 if is_small or high - low < _NARROW else 2
    shown, lowest, highest = (_number(number, decimals, sign) for number in (value, low, high))
    return f"{shown} ({lowest} to {highest})"


def _number(value: float, decimals: int, sign: str) -> str:
    """Write a number; one that rounds to 0 has no sign."""
    rounded = round(value, decimals)
    return f"{rounded:{sign}.{decimals}f}" if rounded else f"{0:.{decimals}f}"
