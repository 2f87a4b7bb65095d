"""Nine leaks of an earlier system, planted one at a time into a real run; and clean runs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.runs import Run
from alertmill.storage import Client
from alertmill.training.leaks import CheckName, screen
from tests.training.leaks.worlds import (
    LEAKS,
    derive_world,
    extracted_run,
    make_world,
    nothing,
    subject_of,
)

N_CLEAN = 20


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_named_and_nothing_else(run: Run, leak: str) -> None:
    plant, name = LEAKS[leak]

    report = screen(subject_of(run, plant), overruled={})

    assert {name} == {finding.name for finding in report.standing}


@pytest.mark.parametrize("leak", ["L1", "L2", "L3", "L4", "L5"])
def test_a_leaked_label_is_found_by_what_it_does_whatever_it_is_called(run: Run, leak: str) -> None:
    plant, name = LEAKS[leak]

    subject = subject_of(run, lambda data, built: plant(data, built).rename({name: "quiet"}))
    report = screen(subject, overruled={})

    checks = {finding.check for finding in report.findings if finding.feature == "quiet"}
    assert CheckName.LABELS in checks
    assert CheckName.NAMES not in checks


@pytest.mark.parametrize("leak", ["L6", "L7", "L8", "L9"])
def test_knowing_the_future_is_found_by_deleting_it(run: Run, leak: str) -> None:
    plant, _ = LEAKS[leak]

    report = screen(subject_of(run, plant), overruled={})

    assert {CheckName.FUTURE} == {finding.check for finding in report.findings}


def test_no_row_of_the_test_range_is_looked_at(run: Run) -> None:
    subject = subject_of(run, nothing)

    assert {"train", "validation"} == set(subject.targets["split"].cast(pl.String))
    assert subject.features.height == subject.targets.height < run.features.height


def test_a_clean_run_is_not_stopped(run: Run) -> None:
    assert_nothing_is_found(run)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(1, N_CLEAN + 1))
def test_no_clean_run_is_stopped(client: Client, tmp_path: Path, seed: int) -> None:
    world = make_world(seed)
    derive_world(client, world)

    assert_nothing_is_found(extracted_run(client, world, tmp_path))


def assert_nothing_is_found(run: Run) -> None:
    report = screen(subject_of(run, nothing), overruled={})

    assert [] == [str(finding) for finding in report.findings]
    assert all(result.is_done for result in report.checks)
