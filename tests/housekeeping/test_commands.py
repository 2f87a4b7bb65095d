"""`alertmill gc` and `alertmill rebuild`, and what other commands say of removed runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from alertmill.cli import app
from alertmill.errors import RemovedRunError
from alertmill.files import write_text
from alertmill.processes import own_user
from alertmill.removals import removals_of
from alertmill.runs import Run
from alertmill.storage import Client, ConnectionParams
from tests.housekeeping.stored_runs import Runs
from tests.housekeeping.test_rebuild import publish
from tests.training.registry.models import make_model


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


@pytest.fixture(autouse=True)
def configured(
    runs: Runs, connection_params: ConnectionParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands look at the runs and the database of the test."""
    monkeypatch.setenv("ALERTMILL_RUNS_DIR", str(runs.root))
    monkeypatch.setenv("ALERTMILL_STATE_DIR", str(runs.root.parent / "state"))
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(connection_params.path))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", connection_params.database)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def strict(*more: str) -> Result:
    return invoke("gc", "--keep-days", "1", "--keep-runs", "1", *more)


def test_without_runs_there_is_nothing_to_remove(runs: Runs) -> None:
    assert "0 runs removed, 0 kept.\n" == strict().stdout
    assert not runs.root.exists()


def test_a_dry_run_lists_every_run_with_its_size_and_the_reason(client: Client, runs: Runs) -> None:
    old, new = runs.finish(days_old=800), runs.finish(days_old=750)
    del client

    lines = strict("--dry-run").stdout.splitlines()

    by_run = {run.run_id: next(x for x in lines if run.run_id in x) for run in (old, new)}
    assert " remove " in by_run[old.run_id]
    assert "and 1 newer run of its kind is there" in by_run[old.run_id]
    assert " KiB " in by_run[old.run_id]
    assert " keep " in by_run[new.run_id]
    assert lines[-1].startswith("1 run would be removed (")
    assert Run.open(old.path).is_finished


def test_a_removed_run_is_recorded_with_the_name_of_the_person_and_verified_by_what_is_left(
    client: Client, runs: Runs
) -> None:
    old = runs.finish(days_old=800)
    runs.finish(days_old=750)
    del client

    done = strict()

    assert done.stdout.splitlines()[-1].startswith("1 run removed (")
    assert [own_user()] == [removal.actor for removal in removals_of(runs.network)]
    assert old.run_id not in invoke("runs").stdout
    verified = invoke("verify", str(old.path))
    assert 0 == verified.exit_code
    assert "They are what is kept of a removed run. Removed on 20" in verified.stdout
    (old.path / "manifest.json").write_text("{}")
    assert 0 != invoke("verify", str(old.path)).exit_code


def test_models_of_removed_runs_are_listed_as_removed(client: Client, runs: Runs) -> None:
    old = publish(client, runs, make_model(seed=1), days_old=800)
    runs.finish(days_old=750)
    for path in old.path.rglob("*"):
        _make_old(path)

    assert " trained " in invoke("models").stdout
    strict()

    assert " removed " in invoke("models").stdout
    with pytest.raises(RemovedRunError):
        Run.open(old.path)


def test_a_rebuild_that_finds_a_changed_folder_fails_and_names_it(
    client: Client, runs: Runs
) -> None:
    changed = runs.finish(days_old=20)
    write_text(changed.path / "data" / "rows.txt", "other")
    del client

    done = invoke("rebuild", "--network", "ethereum")

    assert 1 == done.exit_code
    assert "(changed: data/rows.txt)" in done.stdout
    assert "1 problem to look at." in done.stdout


@pytest.mark.parametrize("option", ["--keep-days", "--keep-runs"])
def test_a_limit_of_nothing_is_bad_input(option: str) -> None:
    assert 2 == invoke("gc", option, "0").exit_code


def _make_old(path: Path) -> None:
    os.utime(path, (0, 0))
