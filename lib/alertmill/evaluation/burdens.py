"""Who bears the false alarms: what reaches the review queue, group by group.

Three shares are asked of every group: of its true alerts (recall), of its cleared ones (the false
alarms it bears) and of all of it, labelled or not. All groups of a day compete for one queue, as
they do in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from alertmill.evaluation.intervals import address_interval, two_sided_p
from alertmill.evaluation.metrics import Metric, Scale
from alertmill.evaluation.permutation import SIGNIFICANCE_LEVEL, holm
from alertmill.evaluation.resampling import Resampled, measure
from alertmill.evaluation.samples import Sample, Weights, equal_weights, ratio
from alertmill.evaluation.scores import check_budget
from alertmill.training.data.rows import KEYS
from alertmill.wording import counted

MIN_GROUP_ALERTS = 20
MIN_GROUP_ADDRESSES = 10
"""With fewer a group has no share, and is compared with nobody."""


class Burden(StrEnum):
    """Of which alerts the share that reaches the queue is taken."""

    RECALL = "recall"
    """True ones: less is worse for those who are to be protected."""
    FALSE_ALARMS = "false_alarms"
    """Cleared ones: more is worse for the addresses of the group."""
    QUEUE = "queue"
    """All, labelled or not. Neither is worse: more may be opened because more is true."""


_SCHEMA = {
    "column": pl.String,
    "group": pl.String,
    "measure": pl.String,
    "n_alerts": pl.Int64,
    "n_addresses": pl.Int64,
    "value": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "rest": pl.Float64,
    "p_adjusted": pl.Float64,
    "is_worse": pl.Boolean,
    "note": pl.String,
}


def burden_by_group(
    alerts: pl.DataFrame,
    *,
    columns: Sequence[str],
    review_budget: int,
    n_bootstrap: int,
    seed: int,
) -> pl.DataFrame:
    """Measure which share of each group reaches the queue, and compare it with the other groups.

    A group is compared with all others of its column by a score test whose residuals are summed by
    address, for alerts of an address are alike; p-values are adjusted over all groups, columns and
    measures that are tested (Holm 1979). The share of all alerts is not tested.

    Parameters
    ----------
    alerts : DataFrame
        All alerts of the days, labelled or not: processing_date, address, alert_id, y (null:
        unlabelled), score, and the columns. An alert without a value belongs to no group.
    columns : sequence of str
        Columns whose values are the groups; those that are not there are left out.
    review_budget : int
        Alerts reviewed a day.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        Columns column, group, measure (a `Burden`), n_alerts and n_addresses (of the alerts that
        the measure is about), value with ci_low and ci_high (95 %, by address), rest (the value of
        all other groups), p_adjusted, is_worse and note (why there is no value, no interval or no
        comparison). Groups come in the order of their bands, else of the alphabet.

    Raises
    ------
    ConfigurationError
        If the review budget is no whole number from 1.
    """
    frame = alerts.sort(KEYS)
    whole = Sample.of(frame, "score", budget=check_budget(review_budget), threshold=0.0)
    cases = list(_cases(frame, whole, columns))
    shown = [case for case in cases if not case.too_few]
    pairs = [(whole.within(case.inside), _METRICS[case.burden]) for case in shown]
    found = measure(pairs, n_bootstrap=n_bootstrap, seed=seed)
    opened = equal_weights(whole).queue_of(whole)[0] if cases else np.empty(0)
    contrasts = {id(case): _contrast(case, whole, opened) for case in shown}
    tested = [contrast for contrast in contrasts.values() if contrast.p_value is not None]
    adjusted = holm([c.p_value for c in tested if c.p_value is not None]) if tested else []
    p_of = {id(contrast): p for contrast, p in zip(tested, adjusted, strict=True)}
    measured = {id(case): value for case, value in zip(shown, found, strict=True)}
    rows = [_row(case, measured.get(id(case)), contrasts.get(id(case)), p_of) for case in cases]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def no_burdens() -> pl.DataFrame:
    """Return the table of no group."""
    return pl.DataFrame(schema=_SCHEMA)


@dataclass(frozen=True)
class _Case:
    """One measure of one group."""

    column: str
    group: str
    burden: Burden
    inside: np.ndarray
    """Mask of the group's alerts."""
    others: np.ndarray
    """Mask of the alerts of the column's other groups."""
    rows: np.ndarray
    """Positions of the group's alerts that the measure is about."""
    n_addresses: int

    @property
    def too_few(self) -> str:
        if len(self.rows) >= MIN_GROUP_ALERTS and self.n_addresses >= MIN_GROUP_ADDRESSES:
            return ""
        what = _KINDS[self.burden]
        return (
            f"not applicable: {counted(len(self.rows), f'{what} alert'.strip())} of "
            f"{counted(self.n_addresses, 'address')}, and it takes {MIN_GROUP_ALERTS} of "
            f"{MIN_GROUP_ADDRESSES}"
        )


@dataclass(frozen=True)
class _Contrast:
    """A group beside the other groups of its column."""

    rest: float | None
    p_value: float | None
    note: str = ""


def _cases(frame: pl.DataFrame, whole: Sample, columns: Sequence[str]) -> Iterator[_Case]:
    for column in dict.fromkeys(columns):
        if column not in frame.columns:
            continue
        values = frame[column]
        is_known = values.is_not_null().to_numpy()
        for group in values.drop_nulls().unique().sort():
            inside = (values == group).fill_null(value=False).to_numpy()
            for burden in Burden:
                rows = np.flatnonzero(_is_about(whole, burden) & inside)
                n_addresses = len(np.unique(whole.address[rows]))
                others = is_known & ~inside
                yield _Case(column, str(group), burden, inside, others, rows, n_addresses)


def _is_about(sample: Sample, burden: Burden) -> np.ndarray:
    if burden is Burden.QUEUE:
        return np.ones(len(sample.y), dtype=bool)
    return np.asarray(sample.y == (1.0 if burden is Burden.RECALL else 0.0))


def _opened_share(burden: Burden) -> Callable[[Sample, Weights], np.ndarray]:
    def share(sample: Sample, weights: Weights) -> np.ndarray:
        rows = np.flatnonzero(_is_about(sample, burden) & sample.inside)
        reviewed = weights.queue_of(sample)[:, rows]
        return ratio(reviewed.sum(axis=1), weights.of(rows).sum(axis=1))

    return share


_METRICS = {
    burden: Metric(burden, _opened_share(burden), Scale.LOGIT, higher_is_better=None)
    for burden in Burden
}
_KINDS = {Burden.RECALL: "confirmed", Burden.FALSE_ALARMS: "cleared", Burden.QUEUE: ""}


def _contrast(case: _Case, sample: Sample, opened: np.ndarray) -> _Contrast:
    """Test whether the group's share is that of the other groups together."""
    others = np.flatnonzero(_is_about(sample, case.burden) & case.others)
    if not len(others):
        return _Contrast(None, None, "no other group to compare with")
    rest = float(opened[others].mean())
    n_others = len(np.unique(sample.address[others]))
    if case.burden is Burden.QUEUE:
        return _Contrast(rest, None)
    if len(others) < MIN_GROUP_ALERTS or n_others < MIN_GROUP_ADDRESSES:
        return _Contrast(rest, None, "not compared: the other groups have too few")
    rows = np.r_[case.rows, others]
    pooled = float(opened[rows].mean())
    n, n_rest = len(case.rows), len(others)
    part = np.r_[np.full(n, 1 / n), np.full(n_rest, -1 / n_rest)]
    residuals = part * (opened[rows] - pooled)
    by_address = np.bincount(sample.address[rows], residuals, sample.n_addresses)
    n_addresses = len(np.unique(sample.address[rows]))
    variance = float(np.sum(by_address**2)) * n_addresses / (n_addresses - 1)
    if variance <= 0:
        return _Contrast(rest, 1.0)
    t = float(by_address.sum() / np.sqrt(variance))
    return _Contrast(rest, two_sided_p(t, min(case.n_addresses, n_others) - 1))


def _row(
    case: _Case, found: Resampled | None, contrast: _Contrast | None, p_of: dict[int, float]
) -> tuple[object, ...]:
    head = (case.column, case.group, case.burden.value, len(case.rows), case.n_addresses)
    if found is None or contrast is None:
        return (*head, None, None, None, None, None, None, case.too_few)
    interval = address_interval(
        found.value, found.draws, scale=Scale.LOGIT, n_addresses=case.n_addresses
    )
    p = p_of.get(id(contrast))
    note = "; ".join(part for part in (interval.note, contrast.note) if part)
    return (
        *head,
        found.value,
        interval.low,
        interval.high,
        contrast.rest,
        p,
        None if p is None else _is_worse(case.burden, found.value, contrast.rest, p),
        note,
    )


def _is_worse(burden: Burden, value: float, rest: float | None, p: float) -> bool:
    if p >= SIGNIFICANCE_LEVEL or rest is None:
        return False
    return value < rest if burden is Burden.RECALL else value > rest
