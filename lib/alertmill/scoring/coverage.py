"""What a scored day was made of: what could not be scored, and what the model had never seen."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from alertmill.scoring.folder import DayRecord, OutsideRange, RefusedValues, UnknownCategory
from alertmill.scoring.ranges import outside_ranges
from alertmill.scoring.scorer import ModelScores, Scorer
from alertmill.storage.scores import StoredSnapshot
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureSet
from alertmill.vocabulary import ModelType

_IN_NO_CLUSTER = "they are in no cluster of the day"
_DROPPED = "the building of their features left them out"


@dataclass(frozen=True)
class ScoredRows:
    """A day on its way from the snapshot to the database."""

    data: TrainingData
    """What was extracted."""
    built: FeatureSet
    scores: ModelScores
    rows: pl.DataFrame
    """As they go into the database."""


def record_without_alerts(snapshot: StoredSnapshot, scorer: Scorer) -> DayRecord:
    """Return the record of a day whose snapshot holds no alerts."""
    registered = scorer.registered
    return DayRecord(
        day=snapshot.day,
        is_again=snapshot.scored_by is not None,
        model_id=registered.model_id,
        model_version=registered.version,
        model_run_id=registered.run_id,
        snapshot_batch_id=snapshot.batch_id,
        snapshot_digest=snapshot.digest,
        n_alerts=snapshot.n_alerts,
    )


def record_of(snapshot: StoredSnapshot, scorer: Scorer, scored: ScoredRows) -> DayRecord:
    """Return the record of a scored day."""
    alerts, built = scored.data.alerts, scored.built
    n_unscored, reason = _unscored(scored.data, scored.scores.frame, scorer)
    described = scored.data.address_features
    without = alerts.join(described, on=["processing_date", "address"], how="anti")
    return record_without_alerts(snapshot, scorer).model_copy(
        update={
            "n_scored": scored.rows.height,
            "n_in_queue": int(scored.rows["is_in_queue"].sum()),
            "n_sampled": int(scored.rows["is_sampled"].sum()),
            "n_unscored": n_unscored,
            "unscored_because": reason,
            "n_without_features": without.height,
            "unknown": tuple(UnknownCategory(**row) for row in scored.scores.unknown.to_dicts()),
            "outside": _outside(scorer, built),
            "refused": tuple(RefusedValues(**row) for row in built.refused.to_dicts()),
        }
    )


def _unscored(data: TrainingData, scored: pl.DataFrame, scorer: Scorer) -> tuple[int, str]:
    """Return how many alerts no scored row stands for, and why."""
    if scorer.model.metadata.model_type == ModelType.CLUSTER_SCORER:
        ids = data.clusters["related_alert_ids"].explode()
        missing = data.alerts.filter(~pl.col("alert_id").is_in(ids.implode())).height
        return missing, _IN_NO_CLUSTER if missing else ""
    missing = data.alerts.join(scored, on=KEYS, how="anti").height
    return missing, _DROPPED if missing else ""


def _outside(scorer: Scorer, built: FeatureSet) -> tuple[OutsideRange, ...] | None:
    if scorer.trained_ranges is None:
        return None
    found = outside_ranges(built.features, scorer.trained_ranges)
    return tuple(OutsideRange(**row) for row in found.to_dicts())
