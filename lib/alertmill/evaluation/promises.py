"""What a training report promised, beside what came true once the labels were there.

A promise is a share that a published report gives for the review queue, with its interval: which
part of the opened alerts is true, and which part of the true alerts is opened. What came true is
the same share on the days after the run, at the same budget. Both are samples, so it lies inside
what was promised if their distance is no larger than both intervals together allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl
from pydantic import Field

from alertmill.evaluation.intervals import (
    Interval,
    sample_interval,
    undefined_reason,
    value_text,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.frozen_model import FrozenModel
from alertmill.wording import counted

PROMISED_METRICS = ("precision_at_budget", "recall_at_budget")
MIN_CONFIRMED = 20
MIN_ADDRESSES = 10
"""Confirmed alerts, and their addresses, with which it is known what came true."""


class PromiseVerdict(StrEnum):
    """Whether what came true lies inside what was promised."""

    INSIDE = "inside"
    BELOW = "below"
    ABOVE = "above"
    UNKNOWN = "not known yet"


class Promise(FrozenModel):
    """A share of the review queue that a report gave."""

    run_id: str
    model_id: str
    made_on: date = Field(description="Last processing date of the run.")
    review_budget: int
    metric: str
    value: float
    low: float | None = Field(description="Ends of the 95 % interval by address.")
    high: float | None

    @property
    def text(self) -> str:
        """The share with its interval."""
        return value_text(self.value, self.low, self.high, "")


class PromiseOutcome(FrozenModel):
    """What became of a promise."""

    promise: Promise
    verdict: PromiseVerdict
    first_day: date | None = Field(None, description="Of the days on which it was measured.")
    last_day: date | None = None
    value: float | None = None
    low: float | None = Field(None, description="Ends of the 95 % interval by address.")
    high: float | None = None
    n_labelled: int = 0
    n_confirmed: int = 0
    n_addresses: int = 0
    note: str = Field("", description="Why it is not known; empty if it is.")

    @property
    def text(self) -> str:
        """What came true, with its interval, or why it is not known."""
        return value_text(self.value, self.low, self.high, self.note)


class PromiseReport(FrozenModel):
    """What became of the promises of earlier runs, the newest first."""

    outcomes: tuple[PromiseOutcome, ...] = ()


def promises_of(
    evaluation: Evaluation, *, run_id: str, model_id: str, made_on: date
) -> tuple[Promise, ...]:
    """Return what the report of a run promised: the shares that it could measure on its test."""
    entries = [evaluation.get("model", metric) for metric in PROMISED_METRICS]
    return tuple(
        Promise(
            run_id=run_id,
            model_id=model_id,
            made_on=made_on,
            review_budget=evaluation.review_budget,
            metric=entry.metric,
            value=entry.value,
            low=entry.ci_low,
            high=entry.ci_high,
        )
        for entry in entries
        if entry.value is not None
    )


def outcomes_of(
    promises: Sequence[Promise], alerts: pl.DataFrame, *, n_bootstrap: int, seed: int
) -> tuple[PromiseOutcome, ...]:
    """Measure what came true, and compare it with what was promised.

    Parameters
    ----------
    promises : sequence of Promise
        Of one run.
    alerts : DataFrame
        All alerts of later days whose labels are mature, labelled or not: processing_date, address,
        alert_id, y (null: unlabelled) and score, by the model of the run.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.
    """
    if alerts.is_empty():
        return unknown(promises, "no later day has mature labels yet")
    return tuple(_outcome(one, alerts, n_bootstrap=n_bootstrap, seed=seed) for one in promises)


def unknown(promises: Sequence[Promise], note: str) -> tuple[PromiseOutcome, ...]:
    """Return promises of which it is not known what came true, and why."""
    verdict = PromiseVerdict.UNKNOWN
    return tuple(PromiseOutcome(promise=one, verdict=verdict, note=note) for one in promises)


def _outcome(
    promise: Promise, alerts: pl.DataFrame, *, n_bootstrap: int, seed: int
) -> PromiseOutcome:
    sample = Sample.of(alerts, "score", budget=promise.review_budget, threshold=0.0)
    metric = METRIC_BY_NAME[promise.metric]
    known = PromiseOutcome(
        promise=promise,
        verdict=PromiseVerdict.UNKNOWN,
        first_day=alerts.select(pl.col("processing_date").min()).item(),
        last_day=alerts.select(pl.col("processing_date").max()).item(),
        n_labelled=len(sample.labelled),
        n_confirmed=sample.n_positives,
        n_addresses=sample.count_addresses(y=1.0),
    )
    reason = _too_few(known) or undefined_reason(metric, sample, is_probability=True)
    if reason:
        return known.model_copy(update={"note": reason})
    (found,) = measure([(sample, metric)], n_bootstrap=n_bootstrap, seed=seed)
    if not np.isfinite(found.value):
        return known.model_copy(update={"note": "no labelled alert was opened"})
    interval = sample_interval(metric, sample, found)
    verdict = judge(promise, found.value, interval)
    note = "one of the two has no interval" if verdict is PromiseVerdict.UNKNOWN else ""
    return known.model_copy(
        update={
            "value": found.value,
            "low": interval.low,
            "high": interval.high,
            "verdict": verdict,
            "note": note,
        }
    )


def judge(promise: Promise, value: float, interval: Interval) -> PromiseVerdict:
    """Return whether a share lies inside what was promised, as far as both are known.

    The half widths of the two 95 % intervals are added as squares on the scale of the log-odds: so
    far may two samples of one truth lie apart in 19 of 20 cases.
    """
    if None in (promise.low, promise.high, interval.low, interval.high):
        return PromiseVerdict.UNKNOWN
    promised, found = (
        _half_width(ends.low, ends.high)  # type: ignore[arg-type]  # none of them is None
        for ends in (promise, interval)
    )
    distance = _log_odds(value) - _log_odds(promise.value)
    if abs(distance) <= float(np.hypot(promised, found)):
        return PromiseVerdict.INSIDE
    return PromiseVerdict.ABOVE if distance > 0 else PromiseVerdict.BELOW


def _half_width(low: float, high: float) -> float:
    return (_log_odds(high) - _log_odds(low)) / 2


def _log_odds(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))


def _too_few(outcome: PromiseOutcome) -> str:
    if outcome.n_confirmed >= MIN_CONFIRMED and outcome.n_addresses >= MIN_ADDRESSES:
        return ""
    return (
        f"{counted(outcome.n_confirmed, 'confirmed alert')} of "
        f"{counted(outcome.n_addresses, 'address')}, and it takes {MIN_CONFIRMED} of "
        f"{MIN_ADDRESSES}"
    )
