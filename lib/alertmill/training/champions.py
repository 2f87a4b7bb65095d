"""The model in use, scored beside its challenger on alerts that neither was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from alertmill.errors import ArtifactChangedError, ModelNotFoundError, UnsafeModelError
from alertmill.parameters import TrainingParameters
from alertmill.training.model_storage import TrackedModel, champion_tracked
from alertmill.training.models import ModelMetadata


class ChampionReport(BaseModel):
    """Which model the challenger was compared with, or why with none."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model_id: str | None
    version: str | None
    reason: str = Field(description="Why there is no comparison; empty when there is one.")


@dataclass(frozen=True)
class ScoredChampion:
    """The champion's calibrated scores, or None with the reason in the report."""

    report: ChampionReport
    scores: pl.Series | None = None


def score_champion(
    tracked_models: pl.DataFrame,
    features: pl.DataFrame,
    *,
    parameters: TrainingParameters,
    challenger: ModelMetadata,
    first_test_day: date,
) -> ScoredChampion:
    """Score alerts by the champion, the model that was promoted last, if the comparison is fair.

    It is one when the champion reads the same features, learned from labels of the same strategy,
    was fitted on no later dates than the challenger, and was stopped and calibrated on dates that
    end an embargo before the test: otherwise it may have seen the alerts on which both are
    measured. Files that are gone, changed or unsafe end the comparison, not the run.

    Parameters
    ----------
    tracked_models : DataFrame
        Rows of trained_models as they stood at extraction.
    features : DataFrame
        Alerts to score, with the feature columns.
    parameters : TrainingParameters
        Of the challenger's run.
    challenger : ModelMetadata
        The model just trained.
    first_test_day : date
        First processing date of the test.
    """
    champion = champion_tracked(
        tracked_models,
        network=parameters.network,
        model_type=parameters.model_type,
        window_days=parameters.window_days,
    )
    if champion is None:
        return _none(None, "no model of this network, type and window was promoted yet")
    try:
        model = champion.open()
    except (ModelNotFoundError, ArtifactChangedError, UnsafeModelError) as error:
        return _none(champion, str(error))
    except FileNotFoundError as error:
        return _none(champion, f"the champion's file {error.filename} is not there")
    reason = _unfairness(model.metadata, champion, challenger) or _nearness(
        model.metadata, first_test_day, embargo_days=parameters.embargo_days
    )
    if reason:
        return _none(champion, reason)
    report = ChampionReport(model_id=champion.model_id, version=champion.version, reason="")
    return ScoredChampion(report, pl.Series("score_champion", model.predict(features)))


def _unfairness(metadata: ModelMetadata, champion: TrackedModel, challenger: ModelMetadata) -> str:
    """Say why the champion's fit rules a comparison out; empty when it does not."""
    if metadata.feature_hash != challenger.feature_hash:
        return "the champion reads other features than the challenger"
    if metadata.label_strategy != challenger.label_strategy:
        return (
            f"the champion learned from labels of {metadata.label_strategy}, the challenger from "
            f"those of {challenger.label_strategy}"
        )
    if challenger.training_end is None or champion.training_end > challenger.training_end:
        return (
            f"the champion was fitted up to {champion.training_end}, later than the challenger "
            f"({challenger.training_end}), and may have seen the alerts measured here"
        )
    return ""


def _nearness(metadata: ModelMetadata, first_test_day: date, *, embargo_days: int) -> str:
    """Say that the champion was calibrated too near to the test; empty when it was not."""
    seen_until = metadata.validation_end
    if seen_until is None:
        return "the champion's metadata do not say up to which date it was calibrated"
    if (first_test_day - seen_until).days > embargo_days:
        return ""
    return (
        f"the champion was calibrated up to {seen_until}, less than an embargo of "
        f"{embargo_days} days before the test begins ({first_test_day})"
    )


def _none(champion: TrackedModel | None, reason: str) -> ScoredChampion:
    return ScoredChampion(
        ChampionReport(
            model_id=champion.model_id if champion else None,
            version=champion.version if champion else None,
            reason=reason,
        )
    )
