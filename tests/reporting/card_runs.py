"""A small run with everything that a model card reads, without having been trained by a flow."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl

from alertmill.files import write_model, write_parquet, write_text
from alertmill.runs import Registration, Run
from alertmill.training.models.model import AlertModel
from alertmill.triggers import record_trigger
from tests.reporting.decided_runs import add_checks, add_numbers, add_verdict
from tests.reporting.example_runs import add_report, make_run
from tests.reviews.reviewed_runs import TRIGGER
from tests.tables.factories import make_targets
from tests.training.registry.models import make_model

_DAYS = 12


@cache
def _model() -> AlertModel:
    return make_model(seed=1)


def make_card_run(
    folder: Path, *, is_beside_champion: bool = True, labelled_share: float = 0.8
) -> Run:
    """Fill a run folder up to its last stage; checks are added by the test."""
    run = make_run(folder)
    add_numbers(run, is_beside_champion=is_beside_champion, labelled_share=labelled_share)
    add_checks(run)
    add_verdict(run)
    add_report(run)
    record_trigger(run.path, TRIGGER)
    _model().save(run.path / "model")
    registered = Registration(
        model_id=_model().metadata.model_id, version="1.2.0", run_id=run.run_id
    )
    write_model(run.path / "model" / "registration.json", registered)
    _add_data(run, is_labelled=labelled_share > 0)
    return run


def _add_data(run: Run, *, is_labelled: bool) -> None:
    first = run.parameters.start_date
    alerts = pl.DataFrame(
        {
            "processing_date": [first + timedelta(days=n % _DAYS) for n in range(400)],
            "address": [f"0x{n % 90:04x}" for n in range(400)],
            "alert_id": [str(n) for n in range(400)],
        },
        schema_overrides={"processing_date": pl.Date},
    )
    targets = make_targets(alerts)
    if not is_labelled:
        targets = targets.with_columns(y=pl.lit(None, dtype=pl.Int8))
    write_parquet(run.path / "features" / "targets.parquet", targets)
    refused = {"feature": ["volume_usd"], "reason": ["infinite"], "n_alerts": [1]}
    write_parquet(run.path / "features" / "refused.parquet", pl.DataFrame(refused))
    no_models = pl.DataFrame(schema={"model_id": pl.String})
    write_parquet(run.path / "data" / "trained_models.parquet", no_models)
    query = {
        "name": "alerts",
        "sql": "SELECT 1",
        "parameters": {"start": str(date(2024, 1, 1))},
        "n_rows": 400,
        "content_hash": "97589a834c2d6003",
    }
    write_text(run.path / "data" / "extraction.json", json.dumps([query]))
