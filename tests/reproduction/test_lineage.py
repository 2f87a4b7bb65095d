"""A score leads back, step by step, to the digests of its sources; a changed step is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from alertmill.audit.trust import TrustedKeys
from alertmill.errors import ScoreNotFoundError
from alertmill.files import write_parquet
from alertmill.lineage.sources import inputs_of, source_step, source_steps
from alertmill.lineage.steps import Lineage, StepState
from alertmill.lineage.tracing import trace_in_run, trace_stored
from alertmill.parameters import ScoringParameters
from alertmill.runs import Run
from alertmill.scoring.days import score_days
from alertmill.snapshots.sources import DERIVED
from alertmill.storage import Client
from alertmill.training.data.extracted import no_batches
from tests.reproduction.conftest import SHA256
from tests.support.signing import signed_ledger
from tests.support.tiny_world import WORLD

DAY = date(2024, 1, 8)


def trusted_by(run: Run) -> TrustedKeys:
    return signed_ledger(run.path.parents[1]).trusted


def names_of(lineage: Lineage) -> list[str]:
    return list(dict.fromkeys(step.name for step in lineage.steps))


def batch(table: str, sequence: int, **values: object) -> dict[str, object]:
    defaults: dict[str, object] = {
        "table": table,
        "batch_id": f"batch {sequence}",
        "window_days": 7,
        "processing_date": DAY,
        "source_uri": DERIVED,
        "source_sha256": "",
        "rows": 5,
        "sequence": sequence,
        "is_current": True,
    }
    return defaults | values


def batches(*rows: dict[str, object]) -> pl.DataFrame:
    empty = no_batches()
    return pl.concat(
        [empty, pl.DataFrame(list(rows), schema_overrides=dict(empty.schema))], how="diagonal"
    )


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_score_of_a_training_leads_to_its_sources_without_a_database(
    published: Run, split: str
) -> None:
    row = published.predictions.filter(pl.col("split") == split).row(0, named=True)

    found = trace_in_run(
        published.path, row["alert_id"], day=row["processing_date"], trusted=trusted_by(published)
    )

    assert [
        "score",
        "model",
        "run",
        "report",
        "features",
        "extract",
        "batch",
        "source",
    ] == names_of(found)
    assert [] == [step.sentence for step in found.steps[:-2] if step.state != StepState.VERIFIED]
    assert f"{row['score']:.6f} of {row['alert_id']}" in found.steps[0].text
    assert "the same to the bit" in found.steps[0].evidence
    assert [("raw_address_labels from tiny", SHA256), ("transfers from tiny", SHA256)] == [
        (step.text, step.sha256) for step in found.steps[-2:]
    ]
    assert found.is_sound


def test_a_step_whose_file_was_changed_is_named(copied: Run, published: Run) -> None:
    row = copied.predictions.filter(pl.col("split") == "test").row(0, named=True)
    path = copied.path / "evaluation" / "predictions.parquet"
    write_parquet(path, pl.read_parquet(path).with_columns(score=pl.lit(0.5)))
    (copied.path / "data" / "alerts.parquet").write_bytes(b"other")

    found = trace_in_run(copied.path, row["alert_id"], day=None, trusted=trusted_by(published))

    odd = {step.name: step.evidence for step in found.steps if step.state is StepState.DIFFERS}
    assert ["score", "run", "extract"] == list(odd)
    assert "evaluation/predictions.parquet: it was changed" == odd["score"]
    assert "data/alerts.parquet: it was changed" == odd["extract"]
    assert not found.is_sound


def test_an_alert_that_the_run_did_not_score_is_an_error(published: Run) -> None:
    with pytest.raises(ScoreNotFoundError, match="has no score of 'nobody'"):
        trace_in_run(published.path, "nobody", day=None, trusted=trusted_by(published))


def test_a_stored_score_is_scored_again_and_leads_to_the_run_of_its_model(
    published: Run, world_client: Client
) -> None:
    day = WORLD.last_snapshot
    parameters = ScoringParameters(
        network=WORLD.network,
        model_id=published.registration.model_id,
        start_date=day,
        end_date=day,
    )
    score_days(world_client, parameters, day=day)
    scored = published.predictions.filter(pl.col("processing_date") == day)
    alert_id = scored["alert_id"][0]
    runs_dir = published.path.parents[1]
    trusted = trusted_by(published)

    found, gone = (
        trace_stored(
            world_client, alert_id, network=WORLD.network, day=None, runs_dir=path, trusted=trusted
        )
        for path in (runs_dir, runs_dir / "moved")
    )

    assert ["score", "model", "run", "report", "extract", "batch", "source"] == names_of(found)
    assert "scored again by the model: the same to the bit" == found.steps[0].evidence
    assert published.run_id in found.steps[2].text
    assert found.is_sound
    assert ["score", "model", "extract", "batch", "source"] == names_of(gone)
    assert StepState.UNVERIFIED == gone.steps[1].state
    with pytest.raises(ScoreNotFoundError, match="the database of ethereum has no score"):
        trace_stored(
            world_client, "x", network=WORLD.network, day=day, runs_dir=runs_dir, trusted=trusted
        )


def test_a_derived_snapshot_was_made_of_what_counted_at_that_time() -> None:
    whole = {"processing_date": None, "window_days": 0}
    known = batches(
        batch("transfers", 1, source_uri="a", source_sha256="1" * 64, **whole),
        batch("transfers", 2, source_uri="a", source_sha256="2" * 64, **whole),
        batch("transfers", 3, source_uri="b", source_sha256="3" * 64, **whole),
        batch("raw_alerts", 4),
        batch("transfers", 5, source_uri="a", source_sha256="5" * 64, **whole),
    )

    assert ["2" * 64, "3" * 64] == inputs_of(known, 4)["source_sha256"].to_list()


def test_a_delivered_snapshot_leads_to_its_folder_alone() -> None:
    known = batches(
        batch("raw_alerts", 1, source_uri="s3://b/2024-01-08", source_sha256="c" * 64),
        batch("raw_features", 1, source_uri="s3://b/2024-01-08", source_sha256="c" * 64),
        batch("raw_alerts", 2, processing_date=date(2024, 1, 7), source_uri="s3://b/2024-01-07"),
        batch("transfers", 3, source_uri="a", source_sha256="1" * 64),
    )

    steps = list(source_steps(known, DAY, fault="", evidence="vouched"))

    assert [
        "raw_alerts of 2024-01-08: batch 1, 5 rows",
        "raw_features of 2024-01-08: batch 1, 5 rows",
        "1 snapshot of the days before, for what was known of addresses",
        "delivered snapshot from s3://b/2024-01-08",
    ] == [step.text for step in steps]
    assert StepState.UNVERIFIED == steps[-1].state


def test_tables_of_another_system_have_no_batches() -> None:
    steps = list(source_steps(no_batches(), DAY, fault="", evidence=""))

    assert ["batch: unknown of 2024-01-08"] == [f"{s.name}: {s.text}" for s in steps]


def test_a_source_file_that_is_still_here_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    assert StepState.VERIFIED == source_step("labels", str(path), empty).state
    assert StepState.DIFFERS == source_step("labels", str(path), "0" * 64).state
    assert StepState.UNVERIFIED == source_step("labels", "simulation: demo", "").state
