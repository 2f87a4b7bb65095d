"""Every command that prints a table prints the same as JSON, with the same exit code."""

from __future__ import annotations

import json
from pathlib import Path

from alertmill.evaluation.check_results import CheckState
from alertmill.files import write_text
from alertmill.storage import Client
from tests.cli.program import Program
from tests.housekeeping.stored_runs import Runs
from tests.housekeeping.test_rebuild import history
from tests.reporting.decided_runs import add_checks
from tests.reporting.example_runs import make_run
from tests.training.registry.models import make_model


def test_models_and_decisions_are_those_of_the_tables(
    program: Program, client: Client, tmp_path: Path
) -> None:
    history(client, Runs(tmp_path / "runs"), {n: make_model(seed=n) for n in (1, 2, 3)})

    models = json.loads(program("models", "--json").out)
    decisions = json.loads(program("promotions", "--json").out)

    assert ["rejected", "champion", "former champion"] == [model["role"] for model in models]
    assert ["ann", "bob", "ann"] == [decision["actor"] for decision in decisions]
    assert models[1]["model_id"] == decisions[1]["model_id"]
    assert models[2]["model_id"] == decisions[1]["replaced_model_id"]
    assert not isinstance(decisions[0]["evidence"], str)


def test_without_models_there_are_empty_lists(program: Program) -> None:
    assert [] == json.loads(program("models", "--json").out)
    assert [] == json.loads(program("promotions", "--json").out)


def test_a_blocking_check_is_in_the_document_and_in_the_exit_code(
    program: Program, tmp_path: Path
) -> None:
    run = make_run(tmp_path)
    add_checks(run, CheckState.ISSUE, CheckState.PASSED)

    found = program("checks", str(run.path), "--json")

    results = json.loads(found.out)["results"]
    assert ["issue", "passed"] == [result["state"] for result in results]
    assert results[0]["is_blocking"]
    assert 1 == found.code


def test_the_catalogue_of_checks_is_a_list_of_their_codes(program: Program) -> None:
    found = json.loads(program("checks", "--json").out)

    assert "AM001" == found[0]["code"]


def test_a_changed_file_is_listed_and_fails_the_verification(
    program: Program, tmp_path: Path
) -> None:
    run = Runs(tmp_path / "runs").finish(days_old=9)

    whole = program("verify", str(run.path), "--json")
    write_text(run.path / "data" / "rows.txt", "other")
    changed = program("verify", str(run.path), "--json")

    assert (0, True) == (whole.code, json.loads(whole.out)["ok"])
    place = f"ethereum/{run.run_id}/data/rows.txt"
    assert (1, [{"place": place, "text": "it was changed"}]) == (
        changed.code,
        json.loads(changed.out)["deviations"],
    )


def test_doctor_reports_folders_versions_and_the_database_that_answers(
    program: Program, tmp_path: Path
) -> None:
    found = json.loads(program("doctor", "--json").out)

    assert str(tmp_path / "runs") == found["runs_folder"]
    assert found["clickhouse_version"]
    assert {"alertmill", "prefect"} <= set(found["versions"])
