"""Which model to take: chosen on validation alone, then measured once on the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alertmill.evaluation.intervals import Interval, address_interval, difference_interval
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.reports import Candidate, Selection
from alertmill.evaluation.resampling import Resampled
from alertmill.evaluation.scores import ScoredModel


@dataclass(frozen=True)
class Scored:
    """A candidate measured on one split, or in words why it could not be."""

    model: ScoredModel
    resampled: Resampled | None
    n_addresses: int
    """Addresses of the rarer class."""
    reason: str = ""


def select(validation: Sequence[Scored], test: Sequence[Scored], *, metric: str) -> Selection:
    """Choose the candidate with the highest validation value.

    Parameters
    ----------
    validation, test : sequence of Scored
        The same candidates in the same order. The test values take no part in the choice.
    metric : str
        What was measured; higher is better.
    """
    leader = _leader(validation)
    candidates = tuple(
        _candidate(on_validation, on_test, metric, leader)
        for on_validation, on_test in zip(validation, test, strict=True)
    )
    measured = [entry for entry in candidates if entry.validation is not None]
    if not measured:
        return _no_choice(metric, candidates, validation[0].reason)
    ranked = sorted(measured, key=lambda entry: -(entry.validation or 0.0))
    best = ranked[0].model
    second = ranked[1].model if len(ranked) > 1 else None
    difference, interval = _test_difference(test, best, second)
    return Selection(
        metric=metric,
        best=best,
        second=second,
        test_difference=difference,
        test_difference_ci_low=interval.low,
        test_difference_ci_high=interval.high,
        simplest_within_one_error=_simplest(validation, candidates),
        candidates=candidates,
        note=interval.note,
    )


def _leader(validation: Sequence[Scored]) -> Resampled | None:
    measured = [entry.resampled for entry in validation if entry.resampled is not None]
    return max(measured, key=lambda resampled: resampled.value, default=None)


def _candidate(
    on_validation: Scored, on_test: Scored, metric: str, leader: Resampled | None
) -> Candidate:
    interval = Interval(None, None)
    if on_test.resampled is not None:
        interval = address_interval(
            on_test.resampled.value,
            on_test.resampled.draws,
            scale=METRIC_BY_NAME[metric].scale,
            n_addresses=on_test.n_addresses,
        )
    return Candidate(
        model=on_validation.model.name,
        validation=None if on_validation.resampled is None else on_validation.resampled.value,
        validation_standard_error=_standard_error(on_validation.resampled),
        **_deficit_to(leader, on_validation.resampled),
        test=None if on_test.resampled is None else on_test.resampled.value,
        test_ci_low=interval.low,
        test_ci_high=interval.high,
        note=on_validation.reason or on_test.reason or interval.note,
    )


def _deficit_to(leader: Resampled | None, own: Resampled | None) -> dict[str, float | None]:
    if leader is None or own is None:
        return {}
    spread = _standard_error(Resampled(0.0, leader.draws - own.draws))
    return {"deficit": leader.value - own.value, "deficit_standard_error": spread}


def _standard_error(resampled: Resampled | None) -> float | None:
    if resampled is None:
        return None
    defined = resampled.draws[np.isfinite(resampled.draws)]
    return float(np.std(defined, ddof=1)) if len(defined) > 1 else None


def _simplest(validation: Sequence[Scored], candidates: Sequence[Candidate]) -> str:
    near = [
        scored.model
        for scored, entry in zip(validation, candidates, strict=True)
        if _is_near(entry.deficit, entry.deficit_standard_error)
    ]
    return min(near, key=lambda model: model.complexity).name


def _is_near(deficit: float | None, standard_error: float | None) -> bool:
    """Return True if the deficit is at most its standard error, on the same draws."""
    return deficit is not None and standard_error is not None and deficit <= standard_error


def _test_difference(
    test: Sequence[Scored], best: str, second: str | None
) -> tuple[float | None, Interval]:
    by_name = {entry.model.name: entry for entry in test}
    own = by_name[best].resampled
    other = by_name[second].resampled if second is not None else None
    if own is None or other is None:
        return None, Interval(None, None, by_name[best].reason or "there is no second candidate")
    interval = difference_interval(own, other, n_addresses=by_name[best].n_addresses)
    return own.value - other.value, interval


def _no_choice(metric: str, candidates: tuple[Candidate, ...], reason: str) -> Selection:
    return Selection(
        metric=metric,
        best=None,
        second=None,
        test_difference=None,
        test_difference_ci_low=None,
        test_difference_ci_high=None,
        simplest_within_one_error=None,
        candidates=candidates,
        note=f"no choice: on validation there are {reason}",
    )
