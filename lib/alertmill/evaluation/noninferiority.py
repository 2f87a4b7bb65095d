"""The model against the champion: better, not worse by more than a margin, worse, or undecided."""

from __future__ import annotations

from dataclasses import dataclass

from alertmill.evaluation.reports import PairedDifference
from alertmill.vocabulary import PromotionOutcome

_DECIMALS = 3
_MAX_DECIMALS = 9


@dataclass(frozen=True)
class MarginTest:
    """How a difference stands against the margin."""

    outcome: PromotionOutcome
    """One of better, not worse, worse and undecided."""
    text: str
    """The outcome with the difference and its interval; no capital letter, no full stop."""


def margin_test(found: PairedDifference | None, *, margin: float) -> MarginTest:
    """Compare the interval of a difference with the margin.

    Better: the whole interval lies above 0. Worse: the whole interval lies below 0, however small
    the loss. Not worse by more than the margin: neither, and the interval begins at or above minus
    the margin. Undecided: everything else. A margin below 0 is a required gain: the interval must
    begin at or above it to be better, and end below it to be worse.

    The interval is two-sided at 95 %, so a model that loses exactly the margin passes in one case
    of 40 (non-inferiority at 2.5 %).

    Parameters
    ----------
    found : PairedDifference or None
        Model minus champion; None if they were not compared.
    margin : float
        Loss that is accepted; below 0: gain that is required.
    """
    if found is None:
        return MarginTest(PromotionOutcome.UNDECIDED, "undecided: it was not compared")
    if found.difference is None or found.ci_low is None or found.ci_high is None:
        return MarginTest(
            PromotionOutcome.UNDECIDED, f"undecided: the difference has no interval ({found.note})"
        )
    outcome, reason = _compare(found.ci_low, found.ci_high, margin)
    return MarginTest(
        outcome,
        f"{reason}; difference in average precision {found.difference:+.3f} "
        f"({found.ci_low:+.3f} to {found.ci_high:+.3f})",
    )


def _compare(low: float, high: float, margin: float) -> tuple[PromotionOutcome, str]:
    gain = max(0.0, -margin)
    if low > 0 and low >= gain:
        required = f" by at least the required gain ({gain:g})" if gain else ""
        return PromotionOutcome.BETTER, f"better than the champion{required}"
    if high < gain:
        shortfall = f"less than the required gain ({gain:g}) over the champion"
        return PromotionOutcome.WORSE, shortfall if gain else "worse than the champion"
    if not gain and low >= -margin:
        loss = f" by more than the margin ({margin:g})" if margin else ""
        return PromotionOutcome.NOT_WORSE, f"not worse than the champion{loss}"
    return PromotionOutcome.UNDECIDED, f"undecided: {_doubt(low, high, margin)}"


def _doubt(low: float, high: float, margin: float) -> str:
    half = (high - low) / 2
    if 0 < margin < half:
        return f"the interval (±{_beyond(half, margin)}) is wider than the margin ({margin:g})"
    if margin < 0:
        return f"the interval begins below the required gain ({-margin:g})"
    limit = f"minus the margin ({-margin:g})" if margin else "0"
    return f"the interval begins at {_beyond(low, -margin)}, below {limit}"


def _beyond(value: float, limit: float) -> str:
    """Write a value with as many decimals as it takes to differ from the limit."""
    for decimals in range(_DECIMALS, _MAX_DECIMALS):
        text = f"{value:.{decimals}f}"
        if float(text) != limit:
            return text
    return f"{value!r}"
