"""The published schema is that of the manifests that are written."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from alertmill.files import write_parquet, write_text
from alertmill.reporting.manifest import read_manifest, store_manifest, verify
from alertmill.reporting.manifest import write_manifest as write
from alertmill.reporting.manifest_schema import manifest_schema
from alertmill.runs import Run
from alertmill.training.data.extracted import QUERIES_FILE, no_batches
from alertmill.training.models.canary import Canary
from alertmill.triggers import Trigger, record_trigger
from tests.reporting.example_runs import add_evaluation, make_run

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "manifest.schema.json"
QUERY = {
    "name": "alerts",
    "sql": "SELECT address FROM raw_alerts WHERE window_days = {w:UInt16}",
    "parameters": {"w": 7},
    "n_rows": 2,
    "content_hash": "6381ccfc7dce0b0f",
}
DELIVERED = {
    "batch_id": "b",
    "window_days": 7,
    "source_sha256": "ab" * 32,
    "source_uri": "deliveries/2024-01-01",
    "content_hash": "c",
    "finished_at": datetime(2024, 1, 2, tzinfo=UTC),
    "sequence": 1,
    "is_current": True,
    "rows": 4,
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run with everything that a manifest tells of."""
    made = make_run(tmp_path)
    add_evaluation(made)
    write_text(made.path / "data" / QUERIES_FILE, json.dumps([QUERY]))
    batches = [
        {**DELIVERED, "table": table, "processing_date": date(2024, 1, day)}
        for table in ("raw_features", "raw_alerts")
        for day in (1, 2)
    ]
    schema = no_batches().schema
    write_parquet(made.path / "data" / "batches.parquet", pl.DataFrame(batches, schema=schema))
    write_text(made.path / "model" / "canary.json", Canary(rows=((1.0,),), scores=(0.25,)).text)
    trigger = Trigger(
        flow_run_id="42",
        flow_run_name="brave-otter",
        deployment="training",
        scheduled_at=datetime(2026, 1, 5, 6, tzinfo=UTC),
        user="ann",
        request={"network": "ethereum", "n_days": 60},
    )
    record_trigger(made.path, trigger)
    return made


def written(run: Run) -> dict[str, Any]:
    """Publish a run, and return its manifest as any program reads it."""
    content: dict[str, Any] = json.loads(write(run).read_bytes())
    return content


def faults(manifest: dict[str, Any]) -> list[str]:
    """Return what the published schema has against a manifest."""
    schema = json.loads(DOCUMENT.read_text())
    checks = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in checks.iter_errors(manifest)]


def test_the_published_schema_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text() == manifest_schema(), "run make docs"
    Draft202012Validator.check_schema(json.loads(manifest_schema()))


def test_a_manifest_is_valid_and_another_one_is_not(run: Run) -> None:
    manifest = written(run)

    assert [] == faults(manifest)
    assert faults(manifest | {"comment": "new"})
    assert faults({name: part for name, part in manifest.items() if name != "files"})


def test_the_manifest_holds_what_the_run_was_made_from(run: Run) -> None:
    manifest = written(run)

    assert [QUERY] == manifest["queries"]
    assert [
        {
            "uri": DELIVERED["source_uri"],
            "sha256": DELIVERED["source_sha256"],
            "tables": ["raw_alerts", "raw_features"],
            "n_batches": 4,
            "n_rows": 16,
        }
    ] == manifest["sources"]
    assert [0.25] == manifest["canary_scores"]
    assert {"network": "ethereum", "n_days": 60} == manifest["trigger"]["request"]
    assert verify(run.path).ok


@pytest.mark.parametrize("field", ["queries", "sources", "canary_scores"])
def test_what_the_manifest_says_of_its_inputs_is_compared_with_the_files(
    run: Run, field: str
) -> None:
    manifest = read_manifest(write(run).parent)

    store_manifest(run.path, manifest.model_copy(update={field: ()}))

    assert (field,) == verify(run.path).contradicting


def test_a_manifest_of_an_earlier_version_is_valid_and_verifies(run: Run) -> None:
    manifest = written(run)
    for name in ("queries", "sources", "canary_scores"):
        del manifest[name]

    (run.path / "manifest.json").write_text(json.dumps(manifest))

    assert [] == faults(manifest)
    assert verify(run.path).ok
