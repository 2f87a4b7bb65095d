"""Registered models, scored on the alerts of another model's test where that is fair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from pydantic import Field

from alertmill.errors import ArtifactChangedError, ModelNotFoundError, UnsafeModelError
from alertmill.frozen_model import FrozenModel
from alertmill.parameters import TrainingParameters
from alertmill.training.models.meanings import describe_changes, describe_unknown
from alertmill.training.models.model import AlertModel, ModelMetadata
from alertmill.training.registry.registered import RegisteredModel, latest_ids, registered_by_id

VERSION_MARK = "@"
"""Between the id and the version of a registered model, in the name of its scores."""


class RivalReport(FrozenModel):
    """A registered model that was to be compared: its name in the report, or why it has none."""

    model_id: str
    version: str | None = Field(
        description="In the registry; None of a model that is not registered."
    )
    name: str | None = Field(description="Of its scores and metrics; None if it was not met.")
    reason: str = Field(description="Why there is no comparison; empty when there is one.")
    unknown: str = Field("", description="Categories of the alerts that the model does not know.")


class RivalReports(FrozenModel):
    """All models that were to be compared beside the champion, in the order asked for."""

    models: tuple[RivalReport, ...] = ()

    @property
    def refused(self) -> tuple[RivalReport, ...]:
        """Those that were not met."""
        return tuple(report for report in self.models if report.reason)


@dataclass(frozen=True)
class FairTerms:
    """Whose test it is, and so what a model must not have seen to be measured on it."""

    parameters: TrainingParameters
    """Of the challenger's run."""
    challenger: AlertModel
    first_test_day: date


@dataclass(frozen=True)
class Admission:
    """A registered model that may be measured, or in words why it may not."""

    model: AlertModel | None
    reason: str = ""


@dataclass(frozen=True)
class ScoredRivals:
    """What became of the models asked for, with a column of scores for each that was met."""

    reports: RivalReports
    scores: list[pl.Series] = field(default_factory=list)


@dataclass(frozen=True)
class RivalScores:
    """What a model of another run gave the alerts of this one."""

    scores: np.ndarray
    """Calibrated probabilities, shape (n_alerts,)."""
    unknown: str
    """Categories that the model does not know, in words; empty if there are none."""


def score_by(model: AlertModel, features: pl.DataFrame, terms: FairTerms) -> RivalScores:
    """Score alerts by an admitted model, which codes the names of categories by its own lists.

    Parameters
    ----------
    model : AlertModel
        See `admit`.
    features : DataFrame
        Features of the challenger's run, categories in the codes of its catalogue.
    terms : FairTerms
        Hold the challenger, and so the names of these codes.
    """
    if model.meanings is None or terms.challenger.meanings is None:
        return RivalScores(model.predict(features), "")
    named = terms.challenger.meanings.name_codes(features)
    unknown = describe_unknown(model.meanings.unknown_categories(named))
    return RivalScores(model.predict(named), unknown)


def admit(registered: RegisteredModel, terms: FairTerms) -> Admission:
    """Read a registered model if it may be measured on the challenger's test.

    It may when it reads the same features with the same meaning, learned from labels of the same
    strategy, was fitted on no later dates than the challenger, and was stopped and calibrated on
    dates that end an embargo before the test: otherwise it may have seen the alerts on which both
    are measured. Files that
    are gone, changed or unsafe end the comparison, not the run.
    """
    try:
        model = registered.open()
    except (ModelNotFoundError, ArtifactChangedError, UnsafeModelError) as error:
        return Admission(None, str(error))
    except FileNotFoundError as error:
        return Admission(None, f"its file {error.filename} is not there")
    reason = (
        unlikeness(model, terms.challenger)
        or _unfairness(model.metadata, registered, terms.challenger.metadata)
        or _nearness(
            model.metadata, terms.first_test_day, embargo_days=terms.parameters.embargo_days
        )
    )
    return Admission(None, reason) if reason else Admission(model)


def score_rivals(
    asked: Sequence[str],
    registered_models: pl.DataFrame,
    features: pl.DataFrame,
    *,
    terms: FairTerms,
    met: Mapping[str, str],
) -> ScoredRivals:
    """Score alerts by registered models that somebody asked for.

    Parameters
    ----------
    asked : sequence of str
        Ids of registered models; one named twice is scored once.
    registered_models : DataFrame
        Rows of trained_models.
    features : DataFrame
        Alerts to score, with the feature columns.
    terms : FairTerms
        What a model has to keep.
    met : mapping of str to str
        Models whose scores are there already, such as the champion's: id and name of the scores.

    Returns
    -------
    ScoredRivals
        A report for every model asked for; scores, in the order of ``features``, for those that
        are met here.
    """
    reports, scores = [], []
    for model_id in dict.fromkeys(asked):
        report, model = _meet(model_id, registered_models, terms=terms, met=met)
        if model is not None:
            scored = score_by(model, features, terms)
            report = report.model_copy(update={"unknown": scored.unknown})
            scores.append(pl.Series(f"score_{report.name}", scored.scores))
        reports.append(report)
    return ScoredRivals(RivalReports(models=tuple(reports)), scores)


def asked_of(parameters: TrainingParameters, registered_models: pl.DataFrame) -> tuple[str, ...]:
    """Ids of the models that a run compares: those named, then the latest of its kind."""
    latest = latest_ids(
        registered_models,
        network=parameters.network,
        model_type=parameters.model_type,
        window_days=parameters.window_days,
    )
    return (*parameters.comparison.models, *latest[: parameters.comparison.n_latest])


def _meet(
    model_id: str, registered_models: pl.DataFrame, *, terms: FairTerms, met: Mapping[str, str]
) -> tuple[RivalReport, AlertModel | None]:
    registered = registered_by_id(registered_models, model_id)
    version = registered.version if registered else None

    def refused(reason: str) -> tuple[RivalReport, None]:
        return RivalReport(model_id=model_id, version=version, name=None, reason=reason), None

    if model_id == terms.challenger.metadata.model_id:
        return refused("it is the model of this run itself")
    if model_id in met:
        name = met[model_id]
        return RivalReport(model_id=model_id, version=version, name=name, reason=""), None
    if registered is None:
        known = ", ".join(registered_models["model_id"].unique().sort()) or "none"
        return refused(f"it is not registered; registered are: {known}")
    if reason := _strangeness(model_id, registered_models, terms.parameters):
        return refused(reason)
    admission = admit(registered, terms)
    if admission.model is None:
        return refused(admission.reason)
    name = f"{model_id}{VERSION_MARK}{registered.version}"
    report = RivalReport(model_id=model_id, version=version, name=name, reason="")
    return report, admission.model


def _strangeness(
    model_id: str, registered_models: pl.DataFrame, parameters: TrainingParameters
) -> str:
    """Return that a model is made for other snapshots; empty when it is not."""
    row = registered_models.filter(model_id=model_id).row(0, named=True)
    own = (parameters.network, parameters.window_days)
    other = (row["network"], row["window_days"])
    if own == other:
        return ""
    return (
        f"it is made for {other[0]} with windows of {other[1]} days, the challenger for {own[0]} "
        f"with windows of {own[1]} days"
    )


def unlikeness(model: AlertModel, challenger: AlertModel) -> str:
    """Return in which way a model reads other inputs than another; empty if they are the same."""
    if model.metadata.feature_hash != challenger.metadata.feature_hash:
        return "it reads other features than the challenger"
    if challenger.meanings is None:
        return ""
    if model.meanings is None:
        return "its folder does not say what its features mean, so nothing tells if they are alike"
    if changes := model.meanings.changes_to(challenger.meanings):
        return f"its features mean something else: {describe_changes(changes)}"
    return ""


def _unfairness(
    metadata: ModelMetadata, registered: RegisteredModel, challenger: ModelMetadata
) -> str:
    """Return why a model's fit rules a comparison out; empty when it does not."""
    if metadata.label_strategy != challenger.label_strategy:
        return (
            f"it learned from labels of {metadata.label_strategy}, the challenger from those of "
            f"{challenger.label_strategy}"
        )
    if challenger.training_end is None or registered.training_end > challenger.training_end:
        return (
            f"it was fitted up to {registered.training_end}, later than the challenger "
            f"({challenger.training_end}), so it learned from days that the challenger did not see"
        )
    return ""


def _nearness(metadata: ModelMetadata, first_test_day: date, *, embargo_days: int) -> str:
    """Return that a model was calibrated too near to the test; empty if it was not."""
    seen_until = metadata.validation_end
    if seen_until is None:
        return "its metadata do not say up to which date it was calibrated"
    if (first_test_day - seen_until).days > embargo_days:
        return ""
    return (
        f"it was calibrated up to {seen_until}, less than an embargo of {embargo_days} days before "
        f"the test begins ({first_test_day})"
    )
