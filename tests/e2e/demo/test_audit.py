"""The demo's run is evidence: signed, printed with the head of the ledger, and remembered."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from alertmill.audit.ledger import SIGNED_LEDGER, entry_paths, read_entries
from alertmill.audit.marks import read_mark
from alertmill.reporting.html import export_html
from alertmill.reporting.manifest import read_manifest
from alertmill.reporting.outcomes import load_outcomes
from alertmill.reporting.sealing import seal_of
from alertmill.runs import Run
from tests.e2e.workplaces import Workplace


def test_everything_in_the_runs_folder_is_proven(workplace: Workplace, demo_run: Path) -> None:
    done = workplace.alertmill("verify", "--all")

    assert (0, "") == (done.returncode, done.stderr)
    assert "of the signed ledger are as they were signed." in done.stdout
    assert "note:" not in done.stdout, "the database was asked"
    signed = [stored.entry.path for stored in read_entries(demo_run.parents[1]) if stored.entry]
    assert f"ethereum/{demo_run.name}/manifest.json" in signed


def test_an_entry_that_is_cut_off_is_missed_by_the_database(
    workplace: Workplace, demo_run: Path, tmp_path: Path
) -> None:
    """Whoever may rewrite the runs folder takes the last entry away, and what it vouches for."""
    runs_dir = tmp_path / "runs"
    shutil.copytree(demo_run.parents[1], runs_dir)
    last = read_entries(runs_dir)[-1]
    assert last.entry is not None
    shutil.rmtree((runs_dir / last.entry.path).parent)
    last.path.unlink()

    done = workplace.alertmill(
        "verify", "--all", environment=workplace.environment | {"ALERTMILL_RUNS_DIR": str(runs_dir)}
    )

    assert 1 == done.returncode
    assert f"{SIGNED_LEDGER}: it ends at entry {len(entry_paths(runs_dir))}" in done.stdout
    assert "the database of ethereum knows entry" in done.stdout


def test_the_reports_print_the_key_and_where_the_ledger_stood(demo_run: Path) -> None:
    mark = read_mark(demo_run)

    assert mark is not None
    assert mark.is_development_key
    for page in sorted((demo_run / "reports").glob("*.html")):
        assert mark.sentence in page.read_text(), page.name


def test_the_manifest_names_who_started_the_run_and_what_it_ran_on(demo_run: Path) -> None:
    manifest = read_manifest(demo_run)

    assert manifest.trigger is not None
    assert "" == manifest.trigger.deployment
    assert manifest.provenance.processor
    assert manifest.provenance.usable_cores
    assert Run.open(demo_run).parameters == manifest.parameters


def test_the_run_is_equal_in_every_part_when_it_is_made_again(
    workplace: Workplace, demo_run: Path
) -> None:
    before = sorted(path for path in demo_run.parents[1].rglob("*"))

    done = workplace.alertmill("reproduce", str(demo_run), "--from-database")

    assert 0 == done.returncode, done.stdout + done.stderr
    surroundings, *parts, summary, database = done.stdout.splitlines()
    assert "surroundings: the same code, versions, processor and cores" in surroundings
    assert 11 == len(parts)
    assert [] == [line for line in parts if ": equal, " not in line]
    assert "The run was made again, and is equal in every part." == summary
    assert "database: gives the same extract, 10 queries" == database
    assert before == sorted(path for path in demo_run.parents[1].rglob("*"))


def test_every_report_is_the_same_when_it_is_rendered_again_from_its_sealed_notebook(
    demo_run: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "runs" / demo_run.parent.name / demo_run.name
    shutil.copytree(demo_run, copy)
    run = Run.open(copy)
    outcomes, seal = load_outcomes(run), seal_of(copy)

    for outcome in outcomes:
        export_html(run, outcome)

    assert outcomes
    for outcome in outcomes:
        name = f"reports/{outcome.template}.html"
        assert (demo_run / name).read_bytes() == (copy / name).read_bytes(), name
        assert seal.text in (copy / name).read_text()


def test_a_score_leads_to_the_simulation_that_its_rows_come_from(
    workplace: Workplace, demo_run: Path
) -> None:
    scored = Run.open(demo_run).predictions.filter(pl.col("split") == "test")

    done = workplace.alertmill("lineage", "--score", scored["alert_id"][0], "--run", str(demo_run))

    assert (0, "") == (done.returncode, done.stderr)
    first, *_, last = done.stdout.splitlines()
    assert first.endswith("[verified: scored again by the model: the same to the bit]")
    assert last.startswith("source: transfers from simulation:")
