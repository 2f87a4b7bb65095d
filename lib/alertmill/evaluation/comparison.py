"""The model against its rivals on the same alerts: differences, tests and the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.errors import NoAlertsToMeasureError
from alertmill.evaluation.intervals import (
    difference_interval,
    rarer_addresses,
    undefined_reason,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME, Metric
from alertmill.evaluation.permutation import count_permutations, holm, swap_test
from alertmill.evaluation.reports import (
    Comparison,
    PairedDifference,
    Population,
    StackingReport,
)
from alertmill.evaluation.resampling import Resampled, measure
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import (
    MAY_HAVE_SEEN,
    ScoredModel,
    check_budget,
    check_predictions,
    scored_models,
    with_ensembles,
)
from alertmill.evaluation.selection import Scored, select
from alertmill.evaluation.stacking import STACKED, stack
from alertmill.threads import on_all_cores
from alertmill.training.data.rows import KEYS

COMPARED_METRICS = ("average_precision", "roc_auc", "precision_at_budget", "brier_score")
COMPARED_POPULATIONS: tuple[Population, ...] = ("test_all", "test_new")
SELECTION_METRIC = "average_precision"


@dataclass(frozen=True)
class _Pair:
    """The model and one rival on the same alerts."""

    rival: ScoredModel
    metric: Metric
    population: Population
    sample: Sample
    rival_sample: Sample

    @property
    def reason(self) -> str:
        """Why the two cannot be compared; empty when they can."""
        return undefined_reason(self.metric, self.sample, is_probability=self.rival.is_probability)


@dataclass(frozen=True)
class _Draws:
    """How often chance is asked, and with which seed."""

    n_bootstrap: int
    n_permutations: int
    seed: int


def compare(
    predictions: pl.DataFrame, *, review_budget: int, n_bootstrap: int, seed: int
) -> Comparison:
    """Test this model against every rival and ensemble, and choose among them on validation.

    Differences come with an interval over resampled addresses and the p-value of as many swaps of
    whole addresses; p-values are adjusted (Holm) over the rivals of one metric and population.

    Parameters
    ----------
    predictions : DataFrame
        As for `evaluate`.
    review_budget : int
        Alerts reviewed a day.
    n_bootstrap : int
        Resamples of addresses, and permutations of each test; these are more with many rivals.
    seed : int
        Seed of both.

    Raises
    ------
    MissingColumnsError
        If the frame lacks needed columns.
    WrongTypeError
        If a label, split or score is not what it can be.
    ConfigurationError
        If the review budget is no whole number from 1.
    NoAlertsToMeasureError
        If the frame holds no validation or no test alerts.
    """
    check_predictions(predictions)
    review_budget = check_budget(review_budget)
    complete = with_ensembles(predictions.sort(KEYS))
    n_rivals = len(scored_models(complete)) - 1
    draws = _Draws(n_bootstrap, count_permutations(n_rivals, n_bootstrap=n_bootstrap), seed)
    differences = [
        difference
        for population in COMPARED_POPULATIONS
        for name in COMPARED_METRICS
        for difference in _differences(
            _pairs(complete, population, METRIC_BY_NAME[name], review_budget), draws
        )
    ]
    on_validation = _samples(complete, "validation", review_budget)
    own = _score(
        [entry for entry in on_validation if not entry[0].is_of_earlier_run], n_bootstrap, seed
    )
    test = _score(_samples(complete, "test_all", review_budget), n_bootstrap, seed)
    return Comparison(
        review_budget=review_budget,
        n_permutations=draws.n_permutations,
        differences=tuple(differences),
        selection=select(
            _in_order(own, [model for model, _ in on_validation]), test, metric=SELECTION_METRIC
        ),
        stacking=_describe_stacking(complete),
    )


def _in_order(own: Sequence[Scored], models: Sequence[ScoredModel]) -> list[Scored]:
    """Return every model in its order, those of earlier runs without a value."""
    by_name = {entry.model.name: entry for entry in own}
    return [by_name.get(model.name, Scored(model, None, 0, MAY_HAVE_SEEN)) for model in models]


def _describe_stacking(predictions: pl.DataFrame) -> StackingReport | None:
    if not set(STACKED) <= set(predictions.columns):
        return None
    stacked = stack(predictions)
    fitted = stacked.fitted
    weights = (None, None) if fitted is None else fitted.weights
    return StackingReport(
        model=weights[0],
        logistic=weights[1],
        intercept=fitted.intercept if fitted else None,
        n_folds=stacked.n_folds,
        note=stacked.reason,
    )


def _samples(
    predictions: pl.DataFrame, population: Population, budget: int
) -> list[tuple[ScoredModel, Sample]]:
    split = population.split("_")[0]
    frame = predictions.filter(pl.col("split").cast(pl.String) == split)
    if not frame.height:
        raise NoAlertsToMeasureError.of(split)
    models = scored_models(predictions)
    base = Sample.of(frame, models[0].column, budget=budget, threshold=0.0)
    if population == "test_new":
        base = base.within(frame["is_new_address"].cast(pl.Boolean).to_numpy())
    return [(m, base.scored(frame[m.column].cast(pl.Float64).to_numpy())) for m in models]


def _score(
    samples: Sequence[tuple[ScoredModel, Sample]], n_bootstrap: int, seed: int
) -> list[Scored]:
    metric = METRIC_BY_NAME[SELECTION_METRIC]
    reason = undefined_reason(metric, samples[0][1], is_probability=True)
    if reason:
        return [Scored(model, None, 0, reason) for model, _ in samples]
    measured = measure(
        [(sample, metric) for _, sample in samples], n_bootstrap=n_bootstrap, seed=seed
    )
    return [
        Scored(model, resampled, rarer_addresses(sample))
        for (model, sample), resampled in zip(samples, measured, strict=True)
    ]


def _pairs(
    predictions: pl.DataFrame, population: Population, metric: Metric, budget: int
) -> list[_Pair]:
    (_, sample), *rivals = _samples(predictions, population, budget)
    return [
        _Pair(rival, metric, population, sample, rival_sample) for rival, rival_sample in rivals
    ]


def _differences(pairs: Sequence[_Pair], draws: _Draws) -> list[PairedDifference]:
    """Compare with every rival on one metric and population, adjusted for their number."""
    tested = [pair for pair in pairs if not pair.reason]
    samples = [tested[0].sample, *(pair.rival_sample for pair in tested)] if tested else []
    measured = measure(
        [(sample, tested[0].metric) for sample in samples],
        n_bootstrap=draws.n_bootstrap,
        seed=draws.seed,
    )
    found = on_all_cores(
        lambda met: _test(met[0], measured[0], met[1], draws),
        list(zip(tested, measured[1:], strict=True)),
    )
    untested = [_describe(pair, note=pair.reason) for pair in pairs if pair.reason]
    return [*_adjust(found), *untested]


def _test(pair: _Pair, own: Resampled, other: Resampled, draws: _Draws) -> PairedDifference:
    difference = own.value - other.value
    if not np.isfinite(difference):
        return _describe(pair, note="no labelled alert is reviewed")
    interval = difference_interval(own, other, n_addresses=rarer_addresses(pair.sample))
    p_value = swap_test(
        pair.sample,
        pair.rival_sample.score,
        metric=pair.metric.name,
        n_permutations=draws.n_permutations,
        seed=draws.seed,
    )
    found = {
        "value": own.value,
        "rival_value": other.value,
        "difference": difference,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p_value": p_value,
    }
    return _describe(pair, note=interval.note).model_copy(update=found)


def _describe(pair: _Pair, *, note: str) -> PairedDifference:
    return PairedDifference(
        model="model",
        rival=pair.rival.name,
        split=pair.population,
        metric=pair.metric.name,
        value=None,
        rival_value=None,
        difference=None,
        ci_low=None,
        ci_high=None,
        p_value=None,
        p_adjusted=None,
        n_rows=len(pair.sample.labelled),
        n_addresses=pair.sample.count_addresses(),
        n_positives=pair.sample.n_positives,
        note=note,
    )


def _adjust(differences: Sequence[PairedDifference]) -> list[PairedDifference]:
    tested = [entry for entry in differences if entry.p_value is not None]
    adjusted = holm([entry.p_value for entry in tested if entry.p_value is not None])
    by_rival = dict(zip([entry.rival for entry in tested], adjusted, strict=True))
    return [
        entry.model_copy(update={"p_adjusted": by_rival.get(entry.rival)}) for entry in differences
    ]
