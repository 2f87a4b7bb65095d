"""Score the days of a range that were never scored, or whose snapshots changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from alertmill.dates import check_range
from alertmill.parameters import ScoringParameters
from alertmill.scoring.coverage import ScoredRows, record_of, record_without_alerts
from alertmill.scoring.folder import ScoringRun
from alertmill.scoring.places import with_places
from alertmill.scoring.reasons import change_json
from alertmill.scoring.report import DayState, ScoredDay, ScoringReport
from alertmill.scoring.scorer import Scorer
from alertmill.storage import Client
from alertmill.storage.batches import open_batch
from alertmill.storage.decisions import fetch_decided
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
from alertmill.training.models.meanings import describe_unknown
from alertmill.vocabulary import ModelType

DECIDED_DAYS = 90
"""Days before the last one whose decisions enter the estimate of what is missed."""
CHANGE_DAYS = 90
"""Days in which an earlier score of an address is looked for."""


def score_days(
    client: Client,
    parameters: ScoringParameters,
    *,
    day: date,
    kept: ScoringRun | None = None,
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
    kept : ScoringRun, optional
        Gets what was scored, for the report. A retry of an interrupted run scores the day again
        whose rows it holds without their record.
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
        look_back_days=days_seen_before(parameters.window_days),
    )
    days = []
    for n_done, snapshot in enumerate(snapshots, start=1):
        days.append(_score_if_due(client, scorer, parameters, snapshot, kept))
        if kept is not None and snapshot.day == last and snapshot.n_alerts == 0:
            kept.keep_day(record_without_alerts(snapshot, scorer))
        if progress is not None:
            progress(n_done, len(snapshots))
    if kept is not None and kept.has_days and parameters.model_type is not ModelType.CLUSTER_SCORER:
        kept.keep_decided(
            fetch_decided(
                client,
                table,
                window_days=parameters.window_days,
                first=last - timedelta(days=DECIDED_DAYS),
                last=last,
            )
        )
    run_dir = kept.path if kept is not None and kept.has_days else None
    return ScoringReport(scorer.registered.model_id, first, last, tuple(days), run_dir)


def days_seen_before(window_days: int) -> int:
    """Return how many days before its own the features of an alert depend on, see history.sql.

    Its past reaches back `HISTORY_DAYS`, and its growth to the snapshot one window earlier.
    """
    return max(HISTORY_DAYS, window_days)


def _score_if_due(
    client: Client,
    scorer: Scorer,
    parameters: ScoringParameters,
    snapshot: StoredSnapshot,
    kept: ScoringRun | None,
) -> ScoredDay:
    if snapshot.n_alerts == 0:
        return ScoredDay(snapshot.day, DayState.WITHOUT_ALERTS)
    is_as_asked = parameters.model_id is None or snapshot.scored_by == _source_of(scorer)
    is_known = snapshot.scored_digest == snapshot.digest and is_as_asked and not parameters.again
    if is_known and not (kept is not None and kept.is_half_kept(snapshot.day)):
        return ScoredDay(snapshot.day, DayState.UNCHANGED)
    return _score(client, scorer, parameters, snapshot, kept)


def _score(
    client: Client,
    scorer: Scorer,
    parameters: ScoringParameters,
    snapshot: StoredSnapshot,
    kept: ScoringRun | None,
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
    if kept is not None:
        kept.keep_rows(snapshot.day, rows)
        kept.keep_batches(snapshot.day, data.batches)
    with open_batch(client, delivery, [table]) as batch:
        batch.insert(table, rows)
        batch.commit()
    if kept is not None:
        kept.keep_day(record_of(snapshot, scorer, ScoredRows(data, built, by_model, rows)))
    return ScoredDay(
        snapshot.day,
        DayState.NEW if snapshot.scored_by is None else DayState.REPLACED,
        n_scored=rows.height,
        n_in_queue=int(rows["is_in_queue"].sum()),
        n_sampled=int(rows["is_sampled"].sum()),
        n_new_addresses=rows["change_json"].null_count(),
        n_refused_values=int(built.refused["n_alerts"].sum()),
        unknown=describe_unknown(by_model.unknown),
    )


def _source_of(scorer: Scorer) -> str:
    return f"model {scorer.registered.model_id} of run {scorer.registered.run_id}"
