"""Score the days of a range whose snapshots have no scores, or others than they had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from alertmill.dates import check_range
from alertmill.parameters import ScoringParameters
from alertmill.scoring.places import with_places
from alertmill.scoring.reasons import change_json
from alertmill.scoring.scorer import Scorer
from alertmill.storage import Client
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery
from alertmill.storage.scores import (
    SCORE_TABLES,
    StoredSnapshot,
    fetch_last_scores,
    fetch_snapshots,
)
from alertmill.training.data.columns import HISTORY_DAYS
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import KEYS
from alertmill.training.features.clusters import describe_clusters
from alertmill.training.features.units import build_unit_features
from alertmill.vocabulary import ModelType

CHANGE_DAYS = 90
"""Days in which an earlier score of an address is looked for."""


class DayState(StrEnum):
    """What became of a day."""

    NEW = "scored"
    REPLACED = "scored again"
    UNCHANGED = "scored before"
    WITHOUT_ALERTS = "without alerts"


@dataclass(frozen=True)
class ScoredDay:
    """What became of one day."""

    day: date
    state: DayState
    n_scored: int = 0
    """Alerts, or clusters."""
    n_in_queue: int = 0
    n_sampled: int = 0
    n_new_addresses: int = 0
    """Scored rows whose address was not scored in the `CHANGE_DAYS` before."""
    n_refused_values: int = 0
    """Values of features that no such feature can have; they count as missing."""
    unknown: str = ""
    """Categories that the model does not know, in words; empty if there are none."""


@dataclass(frozen=True)
class ScoringReport:
    """What became of the days of a range."""

    model_id: str
    first: date
    last: date
    days: tuple[ScoredDay, ...] = field(default_factory=tuple)

    @property
    def scored(self) -> tuple[ScoredDay, ...]:
        """The days that were scored now."""
        now = (DayState.NEW, DayState.REPLACED)
        return tuple(day for day in self.days if day.state in now)

    @property
    def n_scored(self) -> int:
        """Alerts, or clusters, that were scored now."""
        return sum(day.n_scored for day in self.scored)

    @property
    def summary(self) -> str:
        """What was done, in a sentence or two."""
        if not self.days:
            return f"No snapshot of {self.first} to {self.last} is in the database."
        if not self.scored:
            return f"No day of {self.first} to {self.last} was new or changed: nothing to score."
        n_days, queued = len(self.scored), sum(day.n_in_queue for day in self.scored)
        sampled = sum(day.n_sampled for day in self.scored)
        days = f"on {self.scored[0].day}" if n_days == 1 else f"of {n_days} days"
        remarks = [f" {day.day}: {day.unknown}." for day in self.scored if day.unknown]
        return (
            f"{self.n_scored:,} scores {days} by {self.model_id}: {queued:,} in the review queue, "
            f"{sampled:,} sampled below it.{''.join(remarks)}"
        )


def table_of_days(report: ScoringReport) -> list[dict[str, str]]:
    """Return what became of every day as rows of text, for people."""
    return [
        {
            "day": str(day.day),
            "state": day.state.value,
            "scores": f"{day.n_scored:,}",
            "in the queue": f"{day.n_in_queue:,}",
            "sampled below it": f"{day.n_sampled:,}",
            "first time scored": f"{day.n_new_addresses:,}",
            "refused values": f"{day.n_refused_values:,}",
        }
        for day in report.days
    ]


def score_days(
    client: Client,
    parameters: ScoringParameters,
    *,
    day: date,
    progress: Callable[[int, int], None] | None = None,
) -> ScoringReport:
    """Score every day of the range that was never scored, or whose snapshot was corrected.

    A day is scored as a whole: its scores replace those it had in one step.

    Parameters
    ----------
    client : Client
        Database of the network.
    parameters : ScoringParameters
        Range, model, queue and sample.
    day : date
        Last day of the range if the parameters name none.
    progress : callable, optional
        Told after every day how many are done and how many there will be.

    Raises
    ------
    DateRangeError
        If the range ends before it starts.
    NoChampionError, ModelNotFoundError, OutdatedModelError, UnsafeModelError
        If there is no model that may score; see `Scorer.find`.
    SnapshotsChangingError, ContractError, IncompleteResultError
        If a snapshot cannot be read as a whole.
    """
    last = parameters.end_date or day
    first = parameters.start_date or last - timedelta(days=parameters.look_back_days)
    check_range(first, last)
    scorer = Scorer.find(client, parameters)
    table = SCORE_TABLES[parameters.model_type]
    snapshots = fetch_snapshots(
        client,
        table,
        window_days=parameters.window_days,
        first=first,
        last=last,
        look_back_days=HISTORY_DAYS,
    )
    days = []
    for n_done, snapshot in enumerate(snapshots, start=1):
        days.append(_score_if_due(client, scorer, parameters, snapshot))
        if progress is not None:
            progress(n_done, len(snapshots))
    return ScoringReport(scorer.registered.model_id, first, last, tuple(days))


def _score_if_due(
    client: Client, scorer: Scorer, parameters: ScoringParameters, snapshot: StoredSnapshot
) -> ScoredDay:
    if snapshot.n_alerts == 0:
        return ScoredDay(snapshot.day, DayState.WITHOUT_ALERTS)
    is_as_asked = parameters.model_id is None or snapshot.scored_by == _source_of(scorer)
    if snapshot.scored_digest == snapshot.digest and is_as_asked and not parameters.again:
        return ScoredDay(snapshot.day, DayState.UNCHANGED)
    return _score(client, scorer, parameters, snapshot)


def _score(
    client: Client, scorer: Scorer, parameters: ScoringParameters, snapshot: StoredSnapshot
) -> ScoredDay:
    table, window_days = SCORE_TABLES[parameters.model_type], parameters.window_days
    data = FeatureExtractor(client).extract_scoring_data(
        snapshot.day, window_days, network=parameters.network
    )
    built = build_unit_features(data, parameters.model_type)
    by_model = scorer.score(built)
    is_cluster = parameters.model_type is ModelType.CLUSTER_SCORER
    described = describe_clusters(data) if is_cluster else data.alerts
    typologies = described.select(*KEYS, pl.col("typology_type").cast(pl.String))
    scored = by_model.frame.join(
        typologies, on=KEYS, how="left", validate="1:1", maintain_order="left"
    )
    placed = with_places(
        scored,
        review_budget=scorer.review_budget,
        sample_share=parameters.sample_share,
        seed=parameters.seed,
        day=snapshot.day,
    )
    last = fetch_last_scores(
        client, table, window_days=window_days, before=snapshot.day, look_back_days=CHANGE_DAYS
    )
    rows = placed.with_columns(change_json(placed, last)).with_columns(
        window_days=pl.lit(window_days, dtype=pl.UInt16),
        processing_date=pl.lit(snapshot.day),
        model_id=pl.lit(scorer.registered.model_id),
        model_version=pl.lit(scorer.registered.version),
        model_run_id=pl.lit(scorer.registered.run_id),
        snapshot_batch_id=pl.lit(snapshot.batch_id),
    )
    delivery = Delivery(
        parameters.network,
        _source_of(scorer),
        source_sha256=snapshot.digest,
        window_days=window_days,
        processing_date=snapshot.day,
    )
    with open_batch(client, delivery, [table]) as batch:
        batch.insert(table, rows)
        batch.commit()
    return ScoredDay(
        snapshot.day,
        DayState.NEW if snapshot.scored_by is None else DayState.REPLACED,
        n_scored=rows.height,
        n_in_queue=int(rows["is_in_queue"].sum()),
        n_sampled=int(rows["is_sampled"].sum()),
        n_new_addresses=rows["change_json"].null_count(),
        n_refused_values=int(built.refused["n_alerts"].sum()),
        unknown=by_model.unknown,
    )


def _source_of(scorer: Scorer) -> str:
    return f"model {scorer.registered.model_id} of run {scorer.registered.run_id}"
