"""Whom the numbers describe: only what was reviewed has a label, and review is no lottery.

Where review follows the score, true alerts that score low stay unknown, and recall among labelled
alerts is too high (Lakkaraju et al. 2017). What nobody looked at cannot be computed; it can be
bounded, and it can be estimated where the chance of being reviewed is known for every label.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from alertmill.errors import WrongTypeError
from alertmill.evaluation.drift import one_alert_per_address
from alertmill.evaluation.intervals import (
    NOTHING_FLAGGED,
    Interval,
    address_interval,
    rarer_addresses,
    undefined_reason,
    value_text,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import by_population
from alertmill.training.data.rows import KEYS
from alertmill.wording import percent

REVIEW_PROBABILITY = "review_probability"
"""Column with the chance that the address of a labelled alert had of being reviewed."""
ESTIMATED_METRICS = ("precision", "recall", "average_precision", "roc_auc")
NOT_ESTIMATED = "not estimated: nothing says how likely each alert was to be reviewed"
LEVEL = 0.05
_LEAST_P = 0.001


@dataclass(frozen=True)
class LabelSelection:
    """How the addresses with a label compare with those without."""

    n_alerts: int
    n_labelled: int
    n_labelled_addresses: int
    n_other_addresses: int
    outscoring: float
    """Chance that an address with a label scores above one without; nan where one kind lacks."""
    p_value: float
    """Two-sided, of the rank test of Mann and Whitney on one alert of each address; nan as well."""

    @property
    def is_biased(self) -> bool:
        """True if labelled addresses score otherwise than the rest beyond chance."""
        return self.p_value < LEVEL


@dataclass(frozen=True)
class Estimate:
    """A metric of all alerts, or in words why there is none."""

    metric: str
    value: float | None
    interval: Interval

    @property
    def text(self) -> str:
        """The value with its interval, or the reason for none."""
        return value_text(self.value, self.interval.low, self.interval.high, self.interval.note)


def label_selection(
    predictions: pl.DataFrame, *, seed: int, population: str = "test_all"
) -> LabelSelection:
    """Compare the scores of addresses with and without a label.

    Parameters
    ----------
    predictions : DataFrame
        Keys, split, is_new_address, y (null: unlabelled) and score.
    seed : int
        Draws the alert of each address.
    population : str
        Whose alerts are looked at.
    """
    from scipy.stats import mannwhitneyu

    alerts = by_population(predictions, population)
    drawn = one_alert_per_address(alerts, seed=seed)
    is_labelled = drawn["y"].is_not_null()
    with_label, without = (drawn.filter(mask)["score"] for mask in (is_labelled, ~is_labelled))
    outscoring, p_value = float("nan"), float("nan")
    if len(with_label) and len(without):
        found = mannwhitneyu(with_label, without, method="asymptotic")
        outscoring = float(found.statistic) / (len(with_label) * len(without))
        p_value = float(found.pvalue)
    return LabelSelection(
        n_alerts=alerts.height,
        n_labelled=alerts["y"].count(),
        n_labelled_addresses=len(with_label),
        n_other_addresses=len(without),
        outscoring=outscoring,
        p_value=p_value,
    )


def selection_sentence(selection: LabelSelection) -> str:
    """Return which alerts the numbers describe, and whether labels look like a fair sample."""
    if not selection.n_labelled:
        return f"None of the {selection.n_alerts:,} test alerts carries a label."
    if selection.n_labelled == selection.n_alerts:
        return f"Each of the {selection.n_alerts:,} test alerts carries a label."
    share = selection.n_labelled / selection.n_alerts
    scope = (
        f"The numbers describe labelled alerts only, {percent(share, 0)} of the "
        f"{selection.n_alerts:,} test alerts."
    )
    if np.isnan(selection.p_value):
        return f"{scope} Addresses with and without a label cannot be compared."
    p = "p < 0.001" if selection.p_value < _LEAST_P else f"p = {selection.p_value:.3f}"
    pairs = f"in {percent(selection.outscoring, 0)} of pairs ({p}, one alert of each address)"
    if not selection.is_biased:
        return (
            f"{scope} An address with a label scores above one without {pairs}: no difference is "
            "shown, which does not prove that labels are a fair sample."
        )
    effect = (
        "true alerts that score low were reviewed less often, so recall among all alerts is likely "
        "to be lower than the recall shown"
        if selection.outscoring > 1 / 2
        else "alerts that score high were reviewed less often, so what the queue holds is less "
        "known than the precision shown suggests"
    )
    return (
        f"{scope} They are no fair sample of all: an address with a label scores above one without "
        f"{pairs}; {effect}."
    )


def selection_table(
    predictions: pl.DataFrame,
    *,
    threshold: float,
    n_bootstrap: int,
    seed: int,
    population: str = "test_all",
) -> pl.DataFrame:
    """Put what labelled alerts say beside what may hold for all.

    Parameters
    ----------
    predictions : DataFrame
        Keys, split, is_new_address, y, score, and where it is known review_probability: the chance
        that the address of a labelled alert had of being reviewed, above 0 and at most 1.
    threshold : float
        Alerts at or above it count as flagged.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.
    population : str
        Whose alerts are measured.

    Returns
    -------
    DataFrame
        Columns metric; labelled alerts (value with 95 % interval, or words); lowest and highest
        (what all alerts would give if every unlabelled one were the least and the most favourable;
        null where no bound is computed); all alerts, estimated (labelled ones weighted with one
        over the chance of their review, after Hájek 1971, or why not).

    Raises
    ------
    WrongTypeError
        If review_probability is there and not a chance for every labelled alert.
    """
    frame = by_population(predictions, population).sort(KEYS)
    sample = Sample.of(frame, "score", budget=1, threshold=threshold)
    estimate = partial(_estimates, sample, n_bootstrap=n_bootstrap, seed=seed)
    plain = [entry.text for entry in estimate(np.ones(frame.height))]
    weighted = [NOT_ESTIMATED] * len(plain)
    if REVIEW_PROBABILITY in frame.columns:
        weighted = [entry.text for entry in estimate(one_over_chance(frame))]
    bounds = _bounds(sample)
    columns = (ESTIMATED_METRICS, plain, *zip(*bounds, strict=True), weighted)
    return pl.DataFrame(dict(zip(_SCHEMA, columns, strict=True)), schema=_SCHEMA)


def estimate_all_alerts(
    predictions: pl.DataFrame, *, threshold: float, n_bootstrap: int, seed: int
) -> tuple[Estimate, ...]:
    """Estimate the metrics on all given alerts from the labelled ones, as `selection_table` does.

    Parameters
    ----------
    predictions : DataFrame
        Keys, y, score and review_probability.
    threshold, n_bootstrap, seed
        As in `selection_table`.

    Raises
    ------
    WrongTypeError
        If review_probability is not a chance for every labelled alert.
    """
    frame = predictions.sort(KEYS)
    sample = Sample.of(frame, "score", budget=1, threshold=threshold)
    return _estimates(sample, one_over_chance(frame), n_bootstrap=n_bootstrap, seed=seed)


def one_over_chance(predictions: pl.DataFrame) -> np.ndarray:
    """Weight of every alert: one over its chance of being reviewed, 0 without a label.

    Raises
    ------
    WrongTypeError
        If review_probability is not a chance for every labelled alert.
    """
    chance = pl.col(REVIEW_PROBABILITY).cast(pl.Float64)
    is_labelled = pl.col("y").is_not_null()
    is_chance = (chance.is_between(0, 1, closed="right")).fill_null(value=False)
    if predictions.select((is_labelled & ~is_chance).any()).item():
        expected = "a chance above 0 and at most 1 for every labelled alert"
        raise WrongTypeError.of("the predictions", [REVIEW_PROBABILITY], expected=expected)
    weight = pl.when(is_labelled).then(1 / chance).otherwise(0.0)
    return predictions.select(weight.alias("weight")).to_series().to_numpy()


def _estimates(
    sample: Sample, alert_weights: np.ndarray, *, n_bootstrap: int, seed: int
) -> tuple[Estimate, ...]:
    metrics = [METRIC_BY_NAME[name] for name in ESTIMATED_METRICS]
    reasons = [undefined_reason(metric, sample, is_probability=True) for metric in metrics]
    measured = measure(
        [(sample, metric) for metric in metrics],
        n_bootstrap=n_bootstrap,
        seed=seed,
        alert_weights=alert_weights,
    )
    n_addresses = rarer_addresses(sample)
    return tuple(
        Estimate(metric.name, None, Interval(None, None, reason or NOTHING_FLAGGED))
        if reason or np.isnan(found.value)
        else Estimate(
            metric.name,
            found.value,
            address_interval(found.value, found.draws, scale=metric.scale, n_addresses=n_addresses),
        )
        for metric, reason, found in zip(metrics, reasons, measured, strict=True)
    )


def _bounds(sample: Sample) -> list[tuple[float | None, float | None]]:
    """Lowest and highest value of each metric over all possible labels of the unlabelled alerts."""
    flagged = sample.inside & (sample.score >= sample.threshold)
    missed = sample.inside & ~flagged
    is_true, is_open = sample.y == 1, np.isnan(sample.y)
    n_found, n_missed = (int((part & is_true).sum()) for part in (flagged, missed))
    n_open, n_open_missed = (int((part & is_open).sum()) for part in (flagged, missed))
    n_flagged = int(flagged.sum())
    precision = (_share(n_found, n_flagged), _share(n_found + n_open, n_flagged))
    recall = (
        _share(n_found, n_found + n_missed + n_open_missed),
        _share(n_found + n_open, n_found + n_open + n_missed),
    )
    known = {"precision": precision, "recall": recall}
    return [known.get(name, (None, None)) for name in ESTIMATED_METRICS]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


_SCHEMA = {
    "metric": pl.String,
    "labelled alerts": pl.String,
    "lowest": pl.Float64,
    "highest": pl.Float64,
    "all alerts, estimated": pl.String,
}
