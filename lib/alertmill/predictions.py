"""Scores of a run's later alerts: by its model, the baselines, the champion and other models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.errors import ModelNotFoundError
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.repeats import mark_repeats
from alertmill.evaluation.reports import Comparison, Evaluation
from alertmill.evaluation.scores import PREDICTION_COLUMNS, scored_models
from alertmill.frozen_model import FrozenModel
from alertmill.runs import Run, Stage
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import DEVELOPMENT, KEYS, LabelledRows
from alertmill.training.labels.targets import split_dates
from alertmill.training.models.baselines import score_baselines
from alertmill.training.registry.champions import ChampionReport, score_champion
from alertmill.training.registry.rivals import FairTerms, RivalReports, asked_of, score_rivals

SHOWN_METRICS = (
    "average_precision",
    "roc_auc",
    "precision_at_budget",
    "recall_at_budget",
    "brier_score",
)
"""Of models that are compared after the fact."""
MEASURED_SPLITS = ("validation", "test")
_UNIT_COLUMNS = ("typology_type", "severity", "suspected_address_type", "volume_usd")


@dataclass(frozen=True)
class Predictions:
    """Scores, and which earlier models are among them."""

    frame: pl.DataFrame
    """One row per validation and test alert, labelled or not, in the order of the keys."""
    champion: ChampionReport
    rivals: RivalReports


class RunComparison(FrozenModel):
    """Registered models on the test of a finished run, whose own model is the reference."""

    run_id: str
    rivals: RivalReports
    evaluation: Evaluation
    comparison: Comparison


def predict(run: Run) -> Predictions:
    """Score every validation and test alert by the model and its rivals.

    A validation alert is scored by a model and a logistic regression that were fitted on training
    alone, a test alert by those that were fitted on everything up to the last validation day.
    """
    features, marks = _measured_rows(run)
    is_test = marks["split"] == "test"
    before, final = run.development_model.predict_both(features), run.model.predict_both(features)
    predictions = (
        marks.select(*KEYS, "split", "is_new_address", "y")
        .join(run.units.select(*KEYS, *_UNIT_COLUMNS), on=KEYS, how="left", validate="1:1")
        .join(mark_repeats(run.units), on=KEYS, how="left", validate="1:1")
        .sort(KEYS)
        .with_columns(
            raw_score=_by_split(is_test, before.raw, final.raw),
            score=_by_split(is_test, before.calibrated, final.calibrated),
        )
        .join(_baselines(run, features, is_test), on=KEYS, how="left", validate="1:1",
              maintain_order="left")
    )  # fmt: skip
    terms = _terms_of(run)
    champion = score_champion(run.registered_models, features, terms=terms)
    rivals = score_rivals(
        asked_of(run.parameters, run.registered_models),
        run.registered_models,
        features,
        terms=terms,
        met=_met(champion.report, RivalReports()),
    )
    scores = [*([] if champion.scores is None else [champion.scores]), *rivals.scores]
    return Predictions(predictions.with_columns(scores), champion.report, rivals.reports)


def compare_registered(
    run: Run, models: Sequence[str], registered_models: pl.DataFrame
) -> RunComparison:
    """Score a finished run's later alerts by registered models, and test its own against each.

    Nothing is written. The baselines and whatever else the run compared stand beside the models.

    Parameters
    ----------
    run : Run
        An evaluated run.
    models : sequence of str
        Ids of registered models; `alertmill.training.registry.rivals.admit` names those that are
        refused.
    registered_models : DataFrame
        Rows of trained_models that hold the models.

    Raises
    ------
    ModelNotFoundError
        If no model may be compared; the message says of each why.
    ArtifactChangedError
        If the features or predictions of the run are not those that it wrote.
    """
    for stage in (Stage.FEATURES, Stage.EVALUATE):
        run.check_unchanged(run.record_of(stage))
    features, _ = _measured_rows(run)
    rivals = score_rivals(
        models,
        registered_models,
        features,
        terms=_terms_of(run),
        met=_met(run.champion, run.rivals),
    )
    refused = rivals.reports.refused
    if len(refused) == len(rivals.reports.models):
        reasons = "; ".join(f"{report.model_id}: {report.reason}" for report in refused)
        raise ModelNotFoundError(f"no model can be compared on {run.path}: {reasons}.")
    known = [model.column for model in scored_models(run.predictions)]
    columns = dict.fromkeys((*PREDICTION_COLUMNS, *known))
    predictions = run.predictions.select(*columns).with_columns(rivals.scores)
    p = run.parameters
    return RunComparison(
        run_id=run.run_id,
        rivals=rivals.reports,
        evaluation=evaluate(
            predictions,
            review_budget=p.review_budget,
            n_bootstrap=p.computing.n_bootstrap,
            seed=p.seed,
            metrics=[METRIC_BY_NAME[name] for name in SHOWN_METRICS],
        ),
        comparison=compare(
            predictions,
            review_budget=p.review_budget,
            n_bootstrap=p.computing.n_bootstrap,
            seed=p.seed,
        ),
    )


def _measured_rows(run: Run) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Features and targets of the validation and test alerts, in the order of the keys."""
    targets = run.targets.with_columns(pl.col("split").cast(pl.String))
    measured = targets["split"].is_in(MEASURED_SPLITS)
    return run.features.filter(measured), targets.filter(measured)


def _by_split(is_test: pl.Series, validation: np.ndarray, test: np.ndarray) -> pl.Series:
    """Take the scores of the test rows from one model, and all others from another."""
    return pl.Series(np.where(is_test.to_numpy(), test, validation))


def _baselines(run: Run, features: pl.DataFrame, is_test: pl.Series) -> pl.DataFrame:
    """Score the rows by the rule and by logistic regressions fitted on the rows of the model."""
    scored = [
        score_baselines(
            LabelledRows.of(run.features, run.targets, split=split),
            features.filter(chosen),
            run.units,
            categorical=run.catalogue.categorical,
        )
        for split, chosen in (("train", ~is_test), (DEVELOPMENT, is_test))
    ]
    return pl.concat(scored)


def _terms_of(run: Run) -> FairTerms:
    dates = split_dates(TrainingData.load(run.path / "data"), run.parameters)
    return FairTerms(run.parameters, run.model, dates.test.first)


def _met(champion: ChampionReport, rivals: RivalReports) -> Mapping[str, str]:
    """Models that have a column of scores already, and the names of those."""
    found = {report.model_id: report.name for report in rivals.models if report.name is not None}
    if champion.model_id is not None and not champion.reason:
        found[champion.model_id] = "champion"
    return found
