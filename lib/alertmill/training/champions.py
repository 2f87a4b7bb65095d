"""The model in use, scored beside its challenger on alerts that neither was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from alertmill.errors import ArtifactChangedError, ModelNotFoundError
from alertmill.parameters import TrainingParameters
from alertmill.training.model_storage import TrackedModel, latest_tracked
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
) -> ScoredChampion:
    """Score alerts by the latest tracked model, if that is a fair comparison.

    It is one when the champion reads the same features, and was fitted on no later dates than the
    challenger: otherwise it may have seen the alerts on which both are measured. Files that are
    gone or changed end the comparison, not the run.

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
    """
    champion = latest_tracked(
        tracked_models,
        network=parameters.network,
        model_type=parameters.model_type,
        window_days=parameters.window_days,
    )
    if champion is None:
        return _none(None, "no earlier model of this network, type and window is tracked")
    try:
        model = champion.open()
    except (ModelNotFoundError, ArtifactChangedError) as error:
        return _none(champion, str(error))
    except FileNotFoundError as error:
        return _none(champion, f"the champion's file {error.filename} is not there")
    if model.metadata.feature_hash != challenger.feature_hash:
        return _none(champion, "the champion reads other features than the challenger")
    if challenger.training_end is None or champion.training_end > challenger.training_end:
        return _none(
            champion,
            f"the champion was fitted up to {champion.training_end}, later than the challenger "
            f"({challenger.training_end}), and may have seen the alerts measured here",
        )
    report = ChampionReport(model_id=champion.model_id, version=champion.version, reason="")
    return ScoredChampion(report, pl.Series("score_champion", model.predict(features)))


def _none(champion: TrackedModel | None, reason: str) -> ScoredChampion:
    return ScoredChampion(
        ChampionReport(
            model_id=champion.model_id if champion else None,
            version=champion.version if champion else None,
            reason=reason,
        )
    )
