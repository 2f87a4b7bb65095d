"""What came true of a model since its training, beside what its training promised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.evaluation.intervals import (
    Interval,
    address_interval,
    rarer_addresses,
    undefined_reason,
    value_text,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.monitoring.watched import Watched
from alertmill.parameters import DISPOSITION_LABEL_STRATEGY
from alertmill.training.data.rows import KEYS
from alertmill.vocabulary import ModelType

LEAST_ADDRESSES = 10
"""Of confirmed and of cleared addresses, with which a comparison begins."""
PROMISED = {
    "roc_auc": "roc_auc",
    "calibration_bias": "calibration_bias",
    "precision_of_queue": "precision_at_budget",
}
"""What is realised, and the metric of the training that promised it."""
_DRAWS = 500


@dataclass(frozen=True)
class Realised:
    """A metric of the outcomes that have arrived, or in words why it has no value."""

    value: float | None
    low: float | None
    high: float | None
    note: str
    n_alerts: int
    n_addresses: int

    @property
    def text(self) -> str:
        """The value with its 95 % interval by address, or why there is none."""
        return value_text(self.value, self.low, self.high, self.note)


def realise(watched: Watched, name: str) -> Realised:
    """Measure one of `PROMISED` on the outcomes since the training.

    Ranking and calibration take the labels that the training takes. Where these are decisions of
    reviewers, each counts as one over the probability with which its alert was to be reviewed, and
    alerts that nobody was to review are left out: they were looked at for reasons of their own. The
    precision of the queue is that of its decided alerts.

    Parameters
    ----------
    watched : Watched
        With its outcomes.
    name : str
        A key of `PROMISED`.
    """
    if name == "precision_of_queue":
        decided = watched.outcomes.filter("is_in_queue").with_columns(y="y_decided")
        return _measure(decided.drop_nulls("y"), "precision")
    rows = watched.outcomes.drop_nulls("y").with_columns(chance=pl.lit(1.0))
    if watched.model.label_strategy == DISPOSITION_LABEL_STRATEGY:
        rows = rows.filter(pl.col("is_in_queue") | pl.col("is_sampled")).with_columns(
            chance="review_probability"
        )
    is_probability = watched.model.model_type is not ModelType.ALERT_RANKER
    return _measure(rows, name, is_probability=is_probability)


def promises_table(watched: Watched) -> pl.DataFrame:
    """Return what was promised and what came true.

    Returns
    -------
    DataFrame
        Columns what, promised by the training, realised since (each with its 95 % interval by
        address, or words), alerts and addresses (that the realised value rests on).
    """
    rows = []
    for name, promised in PROMISED.items():
        found, promise = realise(watched, name), watched.model.promise(promised)
        rows.append(
            (
                _WORDS[name],
                "nothing was promised" if promise is None else promise.text,
                found.text,
                found.n_alerts,
                found.n_addresses,
            )
        )
    columns = ("what", "promised by the training", "realised since", "alerts", "addresses")
    kinds = (pl.String, pl.String, pl.String, pl.Int64, pl.Int64)
    return pl.DataFrame(rows, schema=dict(zip(columns, kinds, strict=True)), orient="row")


_WORDS = {
    "roc_auc": "ROC AUC",
    "calibration_bias": "mean probability less the share of true alerts",
    "precision_of_queue": "precision of the review queue",
}


def _measure(rows: pl.DataFrame, name: str, *, is_probability: bool = True) -> Realised:
    metric, frame = METRIC_BY_NAME[name], rows.sort(KEYS)
    n_addresses = frame["address"].n_unique()
    sample = Sample.of(frame, "score", budget=1, threshold=-np.inf)
    is_share = name == "precision"
    n_known = n_addresses if is_share else rarer_addresses(sample)
    obstacle = undefined_reason(metric, sample, is_probability=is_probability)
    if not obstacle and n_known < LEAST_ADDRESSES:
        of = "decided" if is_share else "confirmed or of cleared"
        obstacle = f"{n_known} of the {LEAST_ADDRESSES} {of} addresses that it takes"
    if obstacle:
        return Realised(None, None, None, obstacle, frame.height, n_addresses)
    weight = 1 / frame["chance"].to_numpy() if "chance" in frame.columns else None
    (found,) = measure([(sample, metric)], n_bootstrap=_DRAWS, seed=0, alert_weights=weight)
    interval = address_interval(found.value, found.draws, scale=metric.scale, n_addresses=n_known)
    if is_share and interval.low is None:
        interval = _of_equal_outcomes(found.value, n_addresses)
    return Realised(
        float(found.value), interval.low, interval.high, interval.note, frame.height, n_addresses
    )


def _of_equal_outcomes(share: float, n_addresses: int) -> Interval:
    """Return the interval of Jeffreys for a share of 0 or 1, an address counting once."""
    from scipy.stats import beta

    n_true = share * n_addresses
    shape = n_true + 0.5, n_addresses - n_true + 0.5
    return Interval(float(beta.ppf(0.025, *shape)), float(beta.ppf(0.975, *shape)))
