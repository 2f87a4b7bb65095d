"""A scoring run leaves a folder that tells of its scores alone, a report of it, and a proof."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from alertmill.files import write_text
from alertmill.housekeeping.inventory import list_runs
from alertmill.housekeeping.proof import prove_run, prove_runs
from alertmill.reporting.outcomes import QUEUE_REPORT, report_path, template_names
from alertmill.reporting.scoring_report import report_on_scores
from alertmill.runs import Run
from alertmill.scoring import queue
from alertmill.scoring.days import score_days
from alertmill.scoring.folder import ScoringRun
from alertmill.scoring.report import DayState
from alertmill.scoring.scorer import Scorer
from alertmill.site.catalogue import Catalogue
from alertmill.snapshots.dispositions import dispositions_of, load_dispositions
from alertmill.storage import Client, execute
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery
from alertmill.storage.scores import SCORE_TABLES, fetch_scores
from alertmill.training.models.meanings import FeatureMeanings
from alertmill.vocabulary import ModelType
from tests.notebook_templates.cells import TEMPLATES
from tests.scoring.world import BUDGET, DAY, WORLD, asked
from tests.support.signing import signed_ledger

TABLE = SCORE_TABLES[ModelType.ALERT_SCORER]
NOW = datetime(2026, 1, 6, 5, 30, tzinfo=UTC)


@pytest.fixture
def runs_dir(tmp_path: Path, world_client: Client, champion: Run) -> Path:
    """A runs folder without runs, beside a database in which nothing is scored."""
    assert champion.is_done
    execute(world_client, f"TRUNCATE TABLE {TABLE}_batches SYNC")
    execute(world_client, "DELETE FROM ingestion_ledger WHERE table = {t:String}", {"t": TABLE})
    return tmp_path / "runs"


def scored_run(client: Client, runs_dir: Path, *, day: date = DAY, **changed: object) -> ScoringRun:
    parameters = asked(**changed)
    kept = ScoringRun.of(runs_dir, parameters, key=str(day), now=NOW)
    score_days(client, parameters, day=day, kept=kept)
    return ScoringRun.open(kept.path)


def page_of(run: ScoringRun) -> str:
    html = report_path(run, QUEUE_REPORT).read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", " ", html)


def test_the_folder_holds_the_rows_of_the_database(world_client: Client, runs_dir: Path) -> None:
    run = scored_run(world_client, runs_dir, look_back_days=1)

    stored = fetch_scores(world_client, TABLE, window_days=WORLD.window_days, first=DAY, last=DAY)
    assert runs_dir / "ethereum" / "scores" == run.path.parent
    assert [DAY, DAY - timedelta(days=1)] == [record.day for record in run.days]
    assert_frame_equal(stored, run.scores.select(stored.columns), check_dtypes=False)
    record = run.latest_day
    assert (stored.height, BUDGET) == (record.n_scored, record.n_in_queue)
    assert stored.height == record.n_alerts
    assert 0 == record.n_unscored


def test_the_report_is_made_of_the_folder_proven_and_apart_from_the_trainings(
    world_client: Client, runs_dir: Path
) -> None:
    scored_run(world_client, runs_dir, day=DAY - timedelta(days=1))
    run = scored_run(world_client, runs_dir)
    signed = signed_ledger(runs_dir)

    outcome = report_on_scores(run, TEMPLATES, signed)

    assert outcome.is_ok, outcome.error
    page = page_of(run)
    top = run.scores.row(0, named=True)
    assert top["alert_id"] in page
    assert queue.work_sentence(run.latest_day, "alert") in page
    assert prove_run(run.path, signed.trusted).ok
    assert [] == list_runs(runs_dir)
    assert () == Catalogue(runs_dir).snapshot().runs
    write_text(run.path / "days" / f"{DAY}.json", "{}")
    (deviation,) = prove_runs(runs_dir, signed.trusted).deviations
    assert f"ethereum/scores/{run.run_id}/days/{DAY}.json: it was changed" == deviation.sentence


def test_a_training_does_not_make_the_report_of_the_scores() -> None:
    assert (TEMPLATES / f"{QUEUE_REPORT}.ipynb").is_file()
    assert QUEUE_REPORT not in template_names(TEMPLATES)


def test_a_day_without_alerts_has_a_report(world_client: Client, runs_dir: Path) -> None:
    empty = DAY + timedelta(days=1)
    delivery = Delivery(
        WORLD.network, "no alerts", window_days=WORLD.window_days, processing_date=empty
    )
    with open_batch(world_client, delivery, ["raw_alerts"]) as batch:
        batch.commit()

    run = scored_run(world_client, runs_dir, day=empty)
    signed = signed_ledger(runs_dir)
    outcome = report_on_scores(run, TEMPLATES, signed)

    assert (empty, 0) == (run.latest_day.day, run.latest_day.n_alerts)
    assert outcome.is_ok, outcome.error
    assert "there is nothing to review" in page_of(run)
    assert prove_run(run.path, signed.trusted).ok


def test_what_the_model_has_never_seen_is_named(
    world_client: Client, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer.find(world_client, asked())
    meanings = scorer.model.meanings
    assert meanings is not None
    found = scored_run(world_client, runs_dir / "before").scores["typology_type"].mode()[0]
    shorter = FeatureMeanings(
        features=tuple(
            one.model_copy(update={"categories": tuple(c for c in one.categories if c != found)})
            for one in meanings.features
        )
    )
    narrow = pl.DataFrame(
        {
            "feature": [scorer.trained_ranges["feature"][0]],
            "trained_low": [1e9],
            "trained_high": [1e9],
        }
    )
    scorer = replace(scorer, model=replace(scorer.model, meanings=shorter))
    vars(scorer)["trained_ranges"] = narrow
    monkeypatch.setattr(Scorer, "find", lambda *_: scorer)

    run = scored_run(world_client, runs_dir, again=True)

    unknown = queue.unknown_table(run.latest_day)
    assert found in unknown["category"].to_list()
    assert narrow["feature"].to_list() == queue.outside_table(run.latest_day)["feature"].to_list()
    assert "not among those of the training" in queue.unseen_sentence(run.latest_day)


def test_a_run_with_nothing_to_score_leaves_no_folder(world_client: Client, runs_dir: Path) -> None:
    scored_run(world_client, runs_dir)
    kept = ScoringRun.of(runs_dir, asked(), key="another", now=NOW)

    report = score_days(world_client, asked(), day=DAY, kept=kept)

    assert report.run_dir is None
    assert not kept.path.exists()


def test_a_retry_keeps_the_day_whose_record_was_not_written(
    world_client: Client, runs_dir: Path
) -> None:
    run = scored_run(world_client, runs_dir)
    before = run.scores
    (run.path / "days" / f"{DAY}.json").unlink()
    kept = ScoringRun.of(runs_dir, asked(), key=str(DAY), now=NOW + timedelta(hours=1))

    report = score_days(world_client, asked(), day=DAY, kept=kept)

    assert kept.path == run.path == report.run_dir
    assert DayState.REPLACED == report.days[0].state
    assert_frame_equal(before, ScoringRun.open(run.path).scores)


def test_a_report_that_fails_leaves_the_scores_and_a_page_that_says_why(
    world_client: Client, runs_dir: Path, tmp_path: Path
) -> None:
    run = scored_run(world_client, runs_dir)
    signed = signed_ledger(runs_dir)
    broken = tmp_path / f"{QUEUE_REPORT}.ipynb"
    text = (TEMPLATES / broken.name).read_text(encoding="utf-8")
    write_text(broken, text.replace("from notebook_utils import setup_plotting", "1 / 0"))

    failed = report_on_scores(run, tmp_path, signed)

    assert "ZeroDivisionError" in failed.summary
    assert "FAILED" in page_of(run)
    assert prove_run(run.path, signed.trusted).ok
    assert (
        run.scores.height
        == fetch_scores(
            world_client, TABLE, window_days=WORLD.window_days, first=DAY, last=DAY
        ).height
    )


def test_decisions_of_the_past_are_kept_for_the_estimate_of_what_is_missed(
    world_client: Client, runs_dir: Path
) -> None:
    scores = scored_run(world_client, runs_dir).scores
    queue_rows, drawn = scores.filter("is_in_queue"), scores.filter("is_sampled")
    named = pl.concat([queue_rows, drawn, scores.tail(1)]).unique("alert_id", maintain_order=True)
    decisions = named.select(
        pl.lit(WORLD.window_days).alias("window_days"),
        "processing_date",
        "address",
        "alert_id",
        decision=pl.when("is_in_queue").then(pl.lit("confirmed")).otherwise(pl.lit("dismissed")),
        decided_at=pl.lit(NOW),
        reviewer=pl.lit("ann"),
    )
    read = dispositions_of(decisions, name="test", sha256="0" * 64, network=WORLD.network, now=NOW)
    load_dispositions(world_client, read)

    run = scored_run(world_client, runs_dir / "again", again=True)

    reviews = run.decided
    assert queue_rows.height + drawn.height == reviews.height
    assert {1} == set(reviews.filter("is_in_queue")["y"])
    assert {0} == set(reviews.filter("is_sampled")["y"])
    assert {scores.height - BUDGET} == set(reviews["n_below"])
    assert f"0 of the {drawn.height} alerts drawn there" in queue.missed_sentence(run)


def test_the_ranges_are_not_compared_without_the_training_run(
    world_client: Client, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer.find(world_client, asked())
    gone = replace(scorer.registered, folder=runs_dir / "gone" / "model")
    monkeypatch.setattr(Scorer, "find", lambda *_: replace(scorer, registered=gone))

    run = scored_run(world_client, runs_dir)

    assert run.latest_day.outside is None
    assert "no longer holds its features" in queue.unseen_sentence(run.latest_day)
