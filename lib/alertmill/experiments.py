"""Try other hyperparameters on the rows of a run: in seconds, beside the model that it has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import Field

from alertmill.errors import UnknownNameError
from alertmill.evaluation.evaluate import at_threshold
from alertmill.evaluation.intervals import difference_interval, rarer_addresses, undefined_reason
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import by_population
from alertmill.files import write_model
from alertmill.frozen_model import FrozenModel
from alertmill.pipeline import rows_of, trainer_of
from alertmill.runs import Run
from alertmill.training.data.rows import KEYS
from alertmill.training.models.hyperparameters import Hyperparameters, read_hyperparameters
from alertmill.training.models.model import AlertModel

EXPERIMENT_METRICS = ("average_precision", "precision_at_budget", "roc_auc")
_SCHEMA = {
    "experiment": pl.String,
    "changed": pl.String,
    "metric": pl.String,
    "this_run": pl.Float64,
    "experiment_value": pl.Float64,
    "difference": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "note": pl.String,
}


class ExperimentMetric(FrozenModel):
    """A metric of an experiment on the validation rows, minus that of the run's first fit."""

    metric: str
    run_value: float | None
    value: float | None
    difference: float | None
    ci_low: float | None = Field(description="Lower end of the 95 % interval by address.")
    ci_high: float | None = Field(description="Upper end of the 95 % interval by address.")
    note: str = Field("", description="Why the value or its interval is missing, else empty.")


class Experiment(FrozenModel):
    """What was changed, and what that gave."""

    name: str
    run_id: str
    made_at: datetime
    changed: dict[str, float | int] = Field(description="Hyperparameters that were set.")
    best_iteration: int = Field(description="Trees kept by early stopping.")
    metrics: tuple[ExperimentMetric, ...]

    @property
    def table(self) -> pl.DataFrame:
        """One row per metric; columns as `list_experiments` has them."""
        changed = ", ".join(f"{name} = {value:g}" for name, value in self.changed.items())
        rows = [
            (
                self.name,
                changed,
                entry.metric,
                entry.run_value,
                entry.value,
                entry.difference,
                entry.ci_low,
                entry.ci_high,
                entry.note,
            )
            for entry in self.metrics
        ]
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


@dataclass(frozen=True)
class TriedModel:
    """The model of an experiment, and what it gave."""

    model: AlertModel
    experiment: Experiment


def try_out(
    run: Run,
    *,
    name: str = "experiment",
    keep_in: str | os.PathLike[str] | None = None,
    **changes: float,
) -> TriedModel:
    """Fit the training rows of a run with other hyperparameters, and compare on validation.

    Both fits stop early on the validation rows, which flatters both. Whoever tries often will see
    a lucky one: the test of a new run says what a change is worth.

    Parameters
    ----------
    run : Run
        A run that has been evaluated. Nothing is written to its folder.
    name : str
        To find the experiment again.
    keep_in : path, optional
        Folder that keeps the experiment as JSON; without it, it is not kept.
    **changes : float
        Hyperparameters to set; the others stay those of the run.

    Raises
    ------
    UnknownNameError
        If there is no such hyperparameter.
    ConfigurationError
        If a value is not allowed.
    UnfinishedRunError
        If the run has not been evaluated.
    """
    known = Hyperparameters.model_fields
    for given in changes:
        if given not in known:
            raise UnknownNameError.of("hyperparameter", given, known)
    chosen = read_hyperparameters({**run.tuning.shipped.model_dump(), **changes})
    fitted = trainer_of(run, chosen).fit(
        rows_of(run, "train"), rows_of(run, "validation"), categorical=run.catalogue.categorical
    )
    experiment = Experiment(
        name=name,
        run_id=run.run_id,
        made_at=datetime.now(UTC),
        changed=changes,
        best_iteration=fitted.model.metadata.best_iteration,
        metrics=compare_on_validation(run, fitted.model),
    )
    if keep_in is not None:
        stamp = f"{experiment.made_at:%Y%m%dT%H%M%S%f}"
        write_model(Path(keep_in) / f"{run.run_id}-{stamp}.json", experiment)
    return TriedModel(fitted.model, experiment)


def evaluation_at(run: Run, threshold: float | None) -> Evaluation:
    """Return the metrics of a run at another threshold; without one, as they are.

    Raises
    ------
    UnfinishedRunError
        If the run has not been evaluated.
    """
    if threshold is None:
        return run.evaluation
    return at_threshold(
        run.evaluation,
        run.predictions,
        threshold=threshold,
        n_bootstrap=run.parameters.computing.n_bootstrap,
        seed=run.parameters.seed,
    )


def list_experiments(folder: str | os.PathLike[str]) -> pl.DataFrame:
    """Read the experiments that were kept, the oldest first.

    Returns
    -------
    DataFrame
        Columns experiment, changed, metric, this_run, experiment_value, difference, ci_low,
        ci_high, note; one row per metric. No rows where nothing was kept.
    """
    kept = [
        Experiment.model_validate_json(path.read_text(encoding="utf-8"))
        for path in Path(folder).glob("*.json")
    ]
    tables = [entry.table for entry in sorted(kept, key=lambda entry: entry.made_at)]
    return pl.concat(tables) if tables else pl.DataFrame(schema=_SCHEMA)


def compare_on_validation(run: Run, model: AlertModel) -> tuple[ExperimentMetric, ...]:
    """Measure a model and the run's first fit on the same resamples of the validation rows."""
    frame = by_population(run.predictions, "validation").sort(KEYS)
    features = frame.select(KEYS).join(
        run.features, on=KEYS, how="left", validate="1:1", maintain_order="left"
    )
    own = Sample.of(frame, "score", budget=run.evaluation.review_budget, threshold=0.0)
    tried = own.scored(np.asarray(model.predict(features)))
    metrics = [METRIC_BY_NAME[name] for name in EXPERIMENT_METRICS]
    pairs = [(sample, metric) for metric in metrics for sample in (own, tried)]
    measured = measure(
        pairs, n_bootstrap=run.parameters.computing.n_bootstrap, seed=run.parameters.seed
    )
    found = []
    for metric, ours, theirs in zip(metrics, measured[::2], measured[1::2], strict=True):
        reason = undefined_reason(metric, own, is_probability=True)
        if reason or np.isnan([ours.value, theirs.value]).any():
            found.append(_without_value(metric.name, reason or "not defined on these alerts"))
            continue
        interval = difference_interval(theirs, ours, n_addresses=rarer_addresses(own))
        found.append(
            ExperimentMetric(
                metric=metric.name,
                run_value=ours.value,
                value=theirs.value,
                difference=theirs.value - ours.value,
                ci_low=interval.low,
                ci_high=interval.high,
                note=interval.note,
            )
        )
    return tuple(found)


def _without_value(metric: str, reason: str) -> ExperimentMetric:
    return ExperimentMetric(
        metric=metric,
        run_value=None,
        value=None,
        difference=None,
        ci_low=None,
        ci_high=None,
        note=reason,
    )
