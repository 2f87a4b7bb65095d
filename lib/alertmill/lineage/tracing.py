"""Trace a score: one that a training run measured, or one that the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from alertmill.audit.trust import TrustedKeys
from alertmill.errors import AlertmillError, ScoreNotFoundError
from alertmill.lineage.places import (
    BATCHES_FILE,
    DEVELOPMENT_FILES,
    FEATURES_FILE,
    MODEL_FILES,
    PREDICTIONS_FILE,
)
from alertmill.lineage.proven_run import ProvenRun
from alertmill.lineage.sources import source_steps
from alertmill.lineage.steps import Lineage, LineageStep, checked, unchecked
from alertmill.parameters import ScoringParameters
from alertmill.runs import Run
from alertmill.scoring.scorer import Scorer
from alertmill.storage import Client
from alertmill.storage.scores import SCORE_TABLES, fetch_scores_of
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import KEYS
from alertmill.training.features.units import build_unit_features
from alertmill.vocabulary import ModelType, Network

_SAME = "scored again by the model: the same to the bit"


def trace_in_run(
    run_dir: Path, alert_id: str, *, day: date | None, trusted: TrustedKeys
) -> Lineage:
    """Trace the score that a training run gave one of its validation or test alerts; no database.

    Parameters
    ----------
    run_dir : Path
        A published run.
    alert_id : str
        The alert, or the cluster.
    day : date, optional
        Processing date, if it has scores of several; without it, the latest.
    trusted : TrustedKeys
        Keys whose signatures count.

    Raises
    ------
    ScoreNotFoundError
        If the run has no score of it.
    UnfinishedRunError, RemovedRunError, ManifestError
        If the run was never published, was removed, or cannot be read.
    """
    proven = ProvenRun.of(run_dir, trusted)
    run = proven.run
    row = _latest(run.predictions, alert_id, day)
    if row is None:
        raise ScoreNotFoundError.in_run(run_dir, alert_id, day)
    found_on: date = row["processing_date"]
    vouched = "the signed manifest names the table of batches"
    steps = [
        _score_in_run(proven, row),
        *proven.steps(),
        *source_steps(
            run.batches, found_on, fault=proven.fault_of([BATCHES_FILE]), evidence=vouched
        ),
    ]
    return Lineage(alert_id, tuple(steps))


def trace_stored(
    client: Client,
    alert_id: str,
    *,
    network: Network,
    day: date | None,
    runs_dir: Path,
    trusted: TrustedKeys,
) -> Lineage:
    """Trace the newest score of an alert that the database holds.

    Its snapshot is extracted and scored again; model and run are proven from the run folder.

    Parameters
    ----------
    client : Client
        Database of the network.
    alert_id : str
        The alert, or the cluster.
    network : str
        Of which the database is.
    day : date, optional
        Processing date; without it, the latest.
    runs_dir : Path
        Folder of all runs.
    trusted : TrustedKeys
        Keys whose signatures count.

    Raises
    ------
    ScoreNotFoundError
        If the database has no score of it.
    """
    model_type, row = _find_stored(client, network, alert_id, day)
    parameters = ScoringParameters(
        network=network,
        model_type=model_type,
        window_days=row["window_days"],
        model_id=row["model_id"],
    )
    found_on: date = row["processing_date"]
    data = FeatureExtractor(client).extract_scoring_data(
        found_on, parameters.window_days, network=network
    )
    run_dir = runs_dir / network / row["model_run_id"]
    vouched = "the ledger of the database names it"
    steps = [
        _stored_score(client, parameters, row, data),
        *_steps_of_run(run_dir, row, trusted),
        unchecked("extract", f"snapshot of {found_on}", "extracted again from the database"),
        *source_steps(data.batches, found_on, fault="", evidence=vouched),
    ]
    return Lineage(alert_id, tuple(steps))


_Row = dict[str, Any]


def _find_stored(
    client: Client, network: Network, alert_id: str, day: date | None
) -> tuple[ModelType, _Row]:
    for model_type, table in SCORE_TABLES.items():
        row = _latest(fetch_scores_of(client, table, alert_id), alert_id, day)
        if row is not None:
            return model_type, row
    raise ScoreNotFoundError.in_database(network, alert_id, day)


def _latest(scores: pl.DataFrame, alert_id: str, day: date | None) -> _Row | None:
    found = scores.filter(pl.col("alert_id") == alert_id)
    if day is not None:
        found = found.filter(pl.col("processing_date") == day)
    return found.sort("processing_date").row(-1, named=True) if found.height else None


def _score_in_run(proven: ProvenRun, row: _Row) -> LineageStep:
    files = MODEL_FILES if row["split"] == "test" else DEVELOPMENT_FILES
    fault = proven.fault_of([PREDICTIONS_FILE, *files, FEATURES_FILE])
    return checked(
        "score",
        _described(row, f"in the {row['split']} of {proven.run.run_id}"),
        fault=fault or _scored_again(proven.run, row),
        evidence=_SAME,
    )


def _scored_again(run: Run, row: _Row) -> str:
    """Return how the score differs from what the model gives now; empty if it does not."""
    model = run.model if row["split"] == "test" else run.development_model
    is_it = pl.all_horizontal(pl.col(key) == row[key] for key in KEYS)
    again = float(model.predict(run.features.filter(is_it))[0])
    return _other_score(row, again)


def _stored_score(
    client: Client, parameters: ScoringParameters, row: _Row, data: TrainingData
) -> LineageStep:
    text = _described(row, f"rank {row['day_rank']} of its day")
    try:
        scorer = Scorer.find(client, parameters)
        scored = scorer.score(build_unit_features(data, ModelType(parameters.model_type))).frame
    except AlertmillError as error:
        return unchecked("score", text, f"it could not be scored again: {error}")
    again = _latest(scored, str(row["alert_id"]), None)
    if again is None:
        return checked("score", text, fault="its snapshot no longer holds it", evidence=_SAME)
    fault = _other_score(row, again["score"])
    return checked("score", text, fault=fault, evidence=_SAME)


def _other_score(row: _Row, again: float) -> str:
    return "" if again == row["score"] else f"scored again it is {again!r}, not {row['score']!r}"


def _described(row: _Row, where: str) -> str:
    return (
        f"{row['score']:.6f} of {row['alert_id']}, address {row['address']}, "
        f"{row['processing_date']}, {where}"
    )


def _steps_of_run(run_dir: Path, row: _Row, trusted: TrustedKeys) -> Iterator[LineageStep]:
    """Yield model, run and report of a score that was given later than its training."""
    try:
        proven = ProvenRun.of(run_dir, trusted)
    except AlertmillError as error:
        yield unchecked("model", f"{row['model_id']} of run {row['model_run_id']}", str(error))
        return
    yield from proven.steps_of_model()
