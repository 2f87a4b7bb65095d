"""Metrics as a reader sees them: digits, intervals, and places on a line."""

from __future__ import annotations

from alertmill.site.records import Measure
from alertmill.wording import plural

_NARROW = 0.02
"""An interval of less than this width needs a third decimal."""
_SMALL = 0.1
"""A value below this has one significant digit in two decimals."""
POPULATION_TITLES = {
    "test_all": "test, all addresses",
    "test_new": "test, new addresses",
    "test_known": "test, known addresses",
    "validation": "validation",
}


def value_text(measure: Measure) -> str:
    """Write the value; an empty text if there is none.

    Examples
    --------
    >>> from alertmill.site.records import Measure
    >>> value_text(Measure(split="test_all", metric="roc_auc", value=0.812))
    '0.81'
    """
    return "" if measure.value is None else _number(measure.value, _decimals(measure))


def interval_text(measure: Measure) -> str:
    """Write the interval, or why there is none.

    Examples
    --------
    >>> from alertmill.site.records import Measure
    >>> interval_text(
    ...     Measure(split="test_all", metric="roc_auc", value=0.81, ci_low=0.7, ci_high=0.9)
    ... )
    '0.70 to 0.90'
    >>> interval_text(Measure(split="test_all", metric="roc_auc", note="no labelled alerts"))
    'no labelled alerts'
    """
    if measure.value is None:
        return measure.note or "not measured"
    if measure.ci_low is None or measure.ci_high is None:
        return measure.note or "no interval"
    decimals = _decimals(measure)
    return f"{_number(measure.ci_low, decimals)} to {_number(measure.ci_high, decimals)}"


def measure_text(measure: Measure) -> str:
    """Write a value with its interval, or why it is missing.

    Examples
    --------
    >>> from alertmill.site.records import Measure
    >>> measure_text(
    ...     Measure(split="test_all", metric="roc_auc", value=0.81, ci_low=0.7, ci_high=0.9)
    ... )
    '0.81 (0.70 to 0.90)'
    >>> measure_text(Measure(split="test_all", metric="roc_auc", value=0.812))
    '0.81 (no interval)'
    """
    if measure.value is None:
        return interval_text(measure)
    if measure.ci_low is None or measure.ci_high is None:
        return f"{value_text(measure)} (no interval)"
    return f"{value_text(measure)} ({interval_text(measure)})"


def basis_text(measure: Measure) -> str:
    """Write how much a metric rests on; an empty text if the run did not record it.

    Examples
    --------
    >>> from alertmill.site.records import Measure
    >>> basis_text(
    ...     Measure(split="test_all", metric="roc_auc", n_rows=1200, n_positives=31, n_addresses=1)
    ... )
    '31 confirmed of 1,200 alerts, 1 address'
    """
    if measure.n_rows is None or measure.n_positives is None or measure.n_addresses is None:
        return ""
    alerts = plural(measure.n_rows, "alert")
    addresses = plural(measure.n_addresses, "address")
    return (
        f"{measure.n_positives:,} confirmed of {measure.n_rows:,} {alerts}, "
        f"{measure.n_addresses:,} {addresses}"
    )


def place(share: float) -> float:
    """Return a share as a place on a line from 0 to 100; what lies outside is at its end."""
    return round(100 * min(max(share, 0.0), 1.0), 1)


def difference_text(value: float, *, decimals: int = 2) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> difference_text(0.034), difference_text(-0.001)
    ('+0.03', '0.00')
    """
    rounded = round(value, decimals)
    if not rounded:
        return f"{0:.{decimals}f}"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.{decimals}f}"  # noqa: RUF001 - a minus, as readers see one


def _decimals(measure: Measure) -> int:
    value = abs(measure.value or 0.0)
    if measure.ci_low is None or measure.ci_high is None:
        return 3 if 0 < value < _SMALL else 2
    return 3 if value < _SMALL or measure.ci_high - measure.ci_low < _NARROW else 2


def _number(value: float, decimals: int) -> str:
    rounded = round(value, decimals)
    return f"{rounded:.{decimals}f}" if rounded else f"{0:.{decimals}f}"
