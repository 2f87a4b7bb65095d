"""`alertmill reproduce` and `alertmill lineage`: what cannot be done is bad input, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.housekeeping.stored_runs import Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """The folder that the program looks at."""
    return Runs(tmp_path / "runs")


def test_a_run_that_was_not_published_cannot_be_made_again(program: Program, runs: Runs) -> None:
    run = runs.begin(days_old=3)

    done = program("reproduce", str(run.path))

    assert (2, "") == (done.code, done.out)
    assert "is unfinished: manifest.json is not there" in done.err


def test_a_run_without_an_extract_cannot_be_made_again(program: Program, runs: Runs) -> None:
    run = runs.finish(days_old=3)

    done = program("reproduce", str(run.path), "--json")

    assert (2, "") == (done.code, done.out)
    assert "an extract is not there" in done.err


def test_a_score_is_looked_for_in_the_only_network_with_runs(program: Program, runs: Runs) -> None:
    without = program("lineage", "--score", "a1")
    runs.finish(days_old=3)
    found = program("lineage", "--score", "a1")

    assert 2 == without.code
    assert "the network is missing" in without.err
    assert 2 == found.code
    assert "the database of ethereum has no score of 'a1'; score its day with" in found.err


def test_the_folder_of_a_lineage_must_be_a_run(program: Program, tmp_path: Path) -> None:
    done = program("lineage", "--score", "a1", "--run", str(tmp_path))

    assert 2 == done.code
    assert "holds no parameters.json" in done.err
