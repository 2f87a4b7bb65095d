"""The model in use, scored beside its challenger on alerts that neither was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from pydantic import Field

from alertmill.frozen_model import FrozenModel
from alertmill.training.registry.registered import RegisteredModel, registered_champion
from alertmill.training.registry.rivals import FairTerms, admit, score_by


class ChampionReport(FrozenModel):
    """Which model the challenger was compared with, or why with none."""

    model_id: str | None
    version: str | None
    reason: str = Field(description="Why there is no comparison; empty when there is one.")
    unknown: str = Field("", description="Categories of the alerts that the model does not know.")


@dataclass(frozen=True)
class ScoredChampion:
    """The champion's calibrated scores, or None with the reason in the report."""

    report: ChampionReport
    scores: pl.Series | None = None


def score_champion(
    registered_models: pl.DataFrame, features: pl.DataFrame, *, terms: FairTerms
) -> ScoredChampion:
    """Score alerts by the champion, the model that was promoted last, if the comparison is fair.

    Parameters
    ----------
    registered_models : DataFrame
        Rows of trained_models as they stood at extraction.
    features : DataFrame
        Alerts to score, with the feature columns.
    terms : FairTerms
        What makes the comparison fair; see `alertmill.training.registry.rivals.admit`.
    """
    champion = registered_champion(
        registered_models,
        network=terms.parameters.network,
        model_type=terms.parameters.model_type,
        window_days=terms.parameters.window_days,
    )
    if champion is None:
        return _report(None, "no model of this network, type and window was promoted yet")
    admission = admit(champion, terms)
    if admission.model is None:
        return _report(champion, admission.reason)
    scored = score_by(admission.model, features, terms)
    report = _report(champion, "", unknown=scored.unknown).report
    return ScoredChampion(report, pl.Series("score_champion", scored.scores))


def _report(champion: RegisteredModel | None, reason: str, *, unknown: str = "") -> ScoredChampion:
    return ScoredChampion(
        ChampionReport(
            model_id=champion.model_id if champion else None,
            version=champion.version if champion else None,
            reason=reason,
            unknown=unknown,
        )
    )
