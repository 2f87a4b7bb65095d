"""Scoring runs on the site, and the way of a score back to its sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import httpx
import polars as pl
import pytest

from alertmill.files import write_model, write_parquet, write_text
from alertmill.parameters import ScoringParameters
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.scoring_report import write_scoring_manifest
from alertmill.runs import PROMISES_FILE, Run
from alertmill.scoring.folder import DayRecord, MissedRecord, ScoringRun
from alertmill.training.data.extracted import no_batches
from alertmill.vocabulary import Network
from tests.evaluation.test_promises import report
from tests.site.worlds import Plan, finish_run

DAY, SOURCE = date(2024, 3, 4), "5" * 64
HOSTILE = "<script>alert(1)</script>\"'"
PLAN = Plan(n=1)


def text_of(answer: httpx.Response) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def rows(**columns: object) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "processing_date": [DAY, DAY],
            "address": ["0x1", "0x2"],
            "alert_id": ["first", "second"],
            "score": [0.75, 0.25],
        }
    ).with_columns(**{name: pl.lit(value) for name, value in columns.items()})


def batches() -> pl.DataFrame:
    one = {
        "table": "raw_alerts",
        "batch_id": "batch-7",
        "window_days": 7,
        "processing_date": DAY,
        "source_uri": "/etc/hostname",
        "source_sha256": SOURCE,
        "rows": 2,
        "sequence": 7,
        "is_current": True,
    }
    empty = no_batches()
    row = pl.DataFrame([one], schema_overrides={n: empty.schema[n] for n in one})
    return pl.concat([empty, row], how="diagonal")


def trained(runs_dir: Path) -> Run:
    """Write a published training run with what a lineage reads."""
    run = finish_run(runs_dir, PLAN)
    for folder in ("model", "model/development"):
        for name in ("model.txt", "calibrator.json", "features.json", "metadata.json"):
            write_text(run.path / folder / name, name)
    write_parquet(run.path / "evaluation/predictions.parquet", rows(split="test"))
    write_parquet(run.path / "features/features.parquet", rows())
    for name in ("alerts", "address_features"):
        write_parquet(run.path / f"data/{name}.parquet", rows())
    write_parquet(run.path / "data/batches.parquet", batches())
    write_manifest(run)
    return run


@dataclass(frozen=True)
class Scored:
    """A scoring run and the training run of its model."""

    training: Run
    scoring: ScoringRun

    @property
    def page(self) -> str:
        """Return the address of the page of the scoring run."""
        return f"/scores/ethereum/{self.scoring.run_id}/"


@pytest.fixture
def scored(runs_dir: Path) -> Scored:
    """A training run, and a day that its model has scored."""
    training = trained(runs_dir)
    scoring = ScoringRun.of(
        runs_dir,
        ScoringParameters(network=Network.ETHEREUM),
        key="a day",
        now=datetime(2026, 1, 6, 5, 30, tzinfo=UTC),
    )
    scoring.keep_rows(DAY, rows())
    scoring.keep_batches(DAY, batches())
    scoring.keep_day(
        DayRecord(
            day=DAY,
            is_again=False,
            model_id=PLAN.model_id,
            model_version="1.0.0",
            model_run_id=training.run_id,
            snapshot_batch_id="batch-7",
            snapshot_digest="d" * 64,
            n_alerts=3,
            n_scored=2,
            n_in_queue=1,
            n_unscored=1,
            unscored_because="they are in no cluster of the day",
        )
    )
    write_text(scoring.path / "reports/10_review_queue.html", "<p>the queue</p>")
    write_scoring_manifest(scoring)
    return Scored(training, ScoringRun.open(scoring.path))


def states_of(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(step["name"], step["state"]) for step in answer.json()["steps"]]


def test_without_a_scoring_run_the_list_says_so(site: httpx.Client) -> None:
    assert "No scoring run yet." in text_of(site.get("/scores/"))


def test_the_list_leads_to_the_day_and_its_report(site: httpx.Client, scored: Scored) -> None:
    listed = site.get("/scores/")
    page = site.get(scored.page)
    report = site.get(f"{scored.page}files/reports/10_review_queue.html")

    assert "1 scoring run" in text_of(listed)
    assert f'href="{scored.page}"' in listed.text
    assert f"ethereum, {DAY}" in text_of(listed)
    assert "they are in no cluster of the day" in text_of(page)
    assert f"{scored.page}files/reports/10_review_queue.html" in page.text
    assert "<p>the queue</p>" == report.text
    assert "sandbox" in report.headers["content-security-policy"]


def test_a_scoring_run_is_no_training_run(site: httpx.Client, scored: Scored) -> None:
    runs = site.get("/api/runs").json()["runs"]

    assert [scored.training.run_id] == [run["run_id"] for run in runs]
    (listed,) = site.get("/api/scores").json()["runs"]
    assert scored.scoring.run_id == listed["run_id"]
    assert 404 == site.get(f"/runs/ethereum/{scored.scoring.run_id}/").status_code


def test_a_scoring_run_that_is_being_made_stands_in_the_list(
    site: httpx.Client, scored: Scored
) -> None:
    (scored.scoring.path / "manifest.json").unlink()

    assert "unfinished" in text_of(site.get("/scores/"))
    assert "It has no report yet" in text_of(site.get(scored.page))


@pytest.mark.parametrize(
    "target",
    [
        "/scores/ethereum/nobody/",
        "/scores/ethereum/20260106T053000Z-00000000/",
        "/scores/ethereum/20260106T053000Z-00000000/files/manifest.json",
        "/scores/ethereum/20260106T053000Z-00000000/lineage?alert=first",
        "/scores/..%2fethereum/20260106T053000Z-00000000/files/manifest.json",
    ],
)
def test_what_is_not_there_is_not_found(site: httpx.Client, target: str) -> None:
    assert 404 == site.get(target).status_code


def test_no_link_leads_out_of_the_scores(site: httpx.Client, scored: Scored) -> None:
    secret = scored.scoring.path.parents[3] / "secret.txt"
    secret.write_text("the secret")
    (scored.scoring.path / "linked.txt").symlink_to(secret)
    (scored.scoring.path.parent / "20260107T053000Z-00000000").symlink_to(scored.training.path)

    assert 404 == site.get(f"{scored.page}files/linked.txt").status_code
    assert "1 scoring run" in text_of(site.get("/scores/"))
    linked = "/scores/ethereum/20260107T053000Z-00000000/"
    assert 404 == site.get(linked).status_code


def test_a_score_of_a_training_leads_to_its_source(site: httpx.Client, scored: Scored) -> None:
    run = f"/runs/ethereum/{scored.training.run_id}"

    page = site.get(f"{run}/lineage", params={"alert": "first"})
    answer = site.get(f"/api{run}/lineage", params={"alert": "first", "day": str(DAY)})

    assert [
        ("score", "verified"),
        ("model", "verified"),
        ("run", "not verified"),
        ("report", "verified"),
        ("features", "verified"),
        ("extract", "verified"),
        ("extract", "verified"),
        ("batch", "verified"),
        ("source", "not verified"),
    ] == states_of(answer)
    assert SOURCE == answer.json()["steps"][-1]["sha256"]
    text = text_of(page)
    assert "0.750000 of first, address 0x1" in text
    assert "delivered snapshot from /etc/hostname" in text
    assert "A step differs" not in text


def test_a_step_that_was_changed_is_named(site: httpx.Client, scored: Scored) -> None:
    write_text(scored.training.path / "model/model.txt", "other trees")
    (scored.training.path / "data/alerts.parquet").unlink()

    run = f"/runs/ethereum/{scored.training.run_id}"
    answer = site.get(f"/api{run}/lineage", params={"alert": "second"}).json()

    odd = [step["evidence"] for step in answer["steps"] if step["state"] == "differs"]
    assert ["model/model.txt was changed", "data/alerts.parquet is gone"] == odd
    page = site.get(f"{run}/lineage", params={"alert": "second"})
    assert "A step differs from what was published." in text_of(page)


def test_a_score_of_a_day_leads_to_model_and_source(site: httpx.Client, scored: Scored) -> None:
    answer = site.get(f"/api{scored.page}lineage", params={"alert": "first"})

    assert [
        ("score", "verified"),
        ("model", "verified"),
        ("run", "not verified"),
        ("report", "verified"),
        ("report", "verified"),
        ("features", "not verified"),
        ("extract", "not verified"),
        ("batch", "verified"),
        ("source", "not verified"),
    ] == states_of(answer)
    assert PLAN.model_id in text_of(site.get(f"{scored.page}lineage", params={"alert": "first"}))


def test_a_model_whose_run_made_another_is_named(site: httpx.Client, scored: Scored) -> None:
    other = scored.scoring.latest_day.model_copy(update={"model_id": "alert_scorer-other"})
    scored.scoring.keep_day(other)
    write_scoring_manifest(ScoringRun.open(scored.scoring.path))

    answer = site.get(f"/api{scored.page}lineage", params={"alert": "first"})

    assert ("model", "differs") in states_of(answer)


def test_an_alert_that_nobody_scored_is_not_found(site: httpx.Client, scored: Scored) -> None:
    run = f"/runs/ethereum/{scored.training.run_id}"
    for page in (f"{run}/", scored.page):
        answer = site.get(f"{page}lineage", params={"alert": HOSTILE})
        assert 404 == answer.status_code
        assert "<script" not in answer.text
    assert 404 == site.get(f"{run}/lineage").status_code
    wrong = site.get(f"{run}/lineage", params={"alert": "first", "day": "2024-13-01"})
    assert 400 == wrong.status_code
    assert "'2024-13-01' is no day" in text_of(wrong)


@pytest.mark.parametrize("is_known", [True, False])
def test_missed_alerts_are_a_headline_once_they_are_known(
    site: httpx.Client, scored: Scored, *, is_known: bool
) -> None:
    sentence = "Between 2 and 9 of 100 true alerts lie below the queue and are closed unseen."
    scored.scoring.keep_missed(MissedRecord(sentence=sentence, is_known=is_known))

    assert is_known == (sentence in text_of(site.get("/")))


def test_the_catalogue_shows_what_became_of_promises(site: httpx.Client, scored: Scored) -> None:
    assert "Were the promises kept?" not in text_of(site.get("/"))
    write_model(scored.training.path / PROMISES_FILE, report(0.5, 0.2, None))

    text = text_of(site.get("/"))

    assert "Were the promises kept?" in text
    assert "0.500 (0.400 to 0.600) 0.200 (0.150 to 0.250) below" in text
    assert "too early not known yet" in text
