"""Lift of every tenth of the test alerts, on every population and segment, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.errors import NoAlertsToMeasureError, UnknownNameError
from alertmill.evaluation.curves import N_TENTHS
from alertmill.evaluation.evaluate import populations_of, segment_reason
from alertmill.evaluation.intervals import (
    Interval,
    address_interval,
    rarer_addresses,
    undefined_reason,
    value_text,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME, Scale
from alertmill.evaluation.reports import ALL_SEGMENTS
from alertmill.evaluation.samples import (
    Sample,
    Weights,
    address_draws,
    equal_weights,
    ratio,
    weight_chunks,
)
from alertmill.evaluation.segments import segment_of
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.training.data.rows import KEYS

_EDGES = np.linspace(0, 1, N_TENTHS + 1)
_SCHEMA = {
    "split": pl.String,
    "segment": pl.String,
    "tenth": pl.Int64,
    "n_alerts": pl.Int64,
    "n_addresses": pl.Int64,
    "n_positives": pl.Int64,
    "lift": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "note": pl.String,
}


@dataclass(frozen=True)
class _Part:
    split: str
    segment: str
    sample: Sample

    @property
    def reason(self) -> str:
        metric = METRIC_BY_NAME["lift_at_top_10_percent"]
        missing = undefined_reason(metric, self.sample, is_probability=True)
        if missing or self.segment == ALL_SEGMENTS:
            return missing
        return segment_reason(self.sample)


def lift_by_tenth(predictions: pl.DataFrame, *, n_bootstrap: int, seed: int) -> pl.DataFrame:
    """Measure the lift of this run's model in every tenth of the labelled test alerts.

    Lift is the share of true alerts in a tenth over their share in all; tenths go from the highest
    score down, and alerts of one score that lie on an edge count in part on both sides.

    Parameters
    ----------
    predictions : DataFrame
        As `evaluate` takes it.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        Columns split (test_all, test_known or test_new), segment ("all" or column=value), tenth (1
        is the highest), n_alerts, n_addresses and n_positives (of the labelled alerts of the
        population or segment), lift, ci_low, ci_high (95 %, by address) and note (why the lift or
        its interval is missing).

    Raises
    ------
    NoAlertsToMeasureError
        If the test holds no alerts.
    """
    frame = predictions.filter(pl.col("split").cast(pl.String) == "test").sort(KEYS)
    if frame.is_empty():
        raise NoAlertsToMeasureError.of("test")
    whole = Sample.of(frame, "score", budget=1, threshold=0.0)
    parts = list(_parts(frame, whole))
    measured = [part for part in parts if not part.reason]
    draws = address_draws(whole.n_addresses, n_bootstrap, seed=seed)
    values = _lifts(measured, [equal_weights(whole)])
    drawn = _lifts(measured, weight_chunks(whole, draws))
    found = {id(part): pair for part, *pair in zip(measured, values, drawn, strict=True)}
    rows = [row for part in parts for row in _rows(part, found.get(id(part)))]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def lift_table(lifts: pl.DataFrame, *, segment: str = ALL_SEGMENTS) -> pl.DataFrame:
    """Return one row per tenth, one column per population: lift (95 % interval), or words.

    Raises
    ------
    UnknownNameError
        If the segment was not measured.
    """
    if segment not in lifts["segment"]:
        raise UnknownNameError.of("segment", segment, lifts["segment"].unique())
    chosen = lifts.filter(pl.col("segment") == segment)
    texts = [value_text(*row) for row in chosen.select("lift", "ci_low", "ci_high", "note").rows()]
    named = chosen.with_columns(
        text=pl.Series(texts, dtype=pl.String),
        split=pl.col("split").replace_strict(POPULATION_TITLES),
    )
    return named.pivot("split", index="tenth", values="text")


def _parts(frame: pl.DataFrame, whole: Sample) -> Iterator[_Part]:
    for population, inside in populations_of(frame, "test"):
        yield _Part(population, ALL_SEGMENTS, whole.within(inside))
    for segment, inside in segment_of(frame):
        yield _Part("test_all", segment, whole.within(inside))


def _lifts(parts: Sequence[_Part], weightings: Iterator[Weights] | list[Weights]) -> np.ndarray:
    """Lift by part, weighting and tenth."""
    chunks = [
        np.stack([_lift(part.sample, weights) for part in parts]) for weights in weightings if parts
    ]
    return np.concatenate(chunks, axis=1) if chunks else np.empty((0, 0, N_TENTHS))


def _lift(sample: Sample, weights: Weights) -> np.ndarray:
    """Lift of each tenth, shape (n_weightings, 10)."""
    positives, negatives = weights.tie_groups_of(sample)
    start = np.zeros((len(positives), 1))
    until = np.hstack([start, np.cumsum(positives + negatives, axis=1)])
    true = np.hstack([start, np.cumsum(positives, axis=1)])
    at_edges = np.stack(
        [np.interp(_EDGES * n[-1], n, n_true) for n, n_true in zip(until, true, strict=True)]
    )
    return ratio(N_TENTHS * np.diff(at_edges, axis=1), np.repeat(true[:, -1:], N_TENTHS, axis=1))


def _rows(part: _Part, found: list[np.ndarray] | None) -> Iterator[tuple[object, ...]]:
    sample = part.sample
    sizes = (len(sample.labelled), sample.count_addresses(), sample.n_positives)
    for tenth in range(N_TENTHS):
        value, interval = None, Interval(None, None, part.reason)
        if found is not None:
            value = float(found[0][0, tenth])
            interval = address_interval(
                value,
                found[1][:, tenth],
                scale=Scale.LOG,
                n_addresses=rarer_addresses(sample),
            )
        yield (
            part.split,
            part.segment,
            tenth + 1,
            *sizes,
            value,
            interval.low,
            interval.high,
            interval.note,
        )
