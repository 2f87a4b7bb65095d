"""A training that was killed is named when it is started again, and can be gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertmill.errors import BAD_INPUT, ConfigurationError
from alertmill.parameters import TrainingParameters, TrainingRequest
from alertmill.processes import ProcessTag
from alertmill.run_lock import Holder, RunLock
from alertmill.runs import Run
from tasks.runs import continue_run
from tests.cli.program import Program

RANGE = ("--network", "ethereum", "--start-date", "2024-01-01", "--end-date", "2024-03-31")
NOW = datetime(2024, 6, 1, tzinfo=UTC)
FLOW = """
import json, os, pathlib, sys
continues = os.environ.get("ALERTMILL_CONTINUED_RUN")
asked = {"request": json.load(open(sys.argv[1])), "continues": continues}
pathlib.Path("asked.json").write_text(json.dumps(asked))
"""
PARAMETERS = TrainingRequest.model_validate(
    {"network": "ethereum", "start_date": "2024-01-01", "end_date": "2024-03-31"}
).on(NOW.date())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose flow only keeps what it was asked for."""
    folder = tmp_path / "project"
    (folder / "flows").mkdir(parents=True)
    (folder / "flows" / "training.py").write_text(FLOW)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """The folder of a run that was killed."""
    return Run.create(tmp_path / "runs", PARAMETERS, key="killed", now=NOW).path


def asked(project: Path) -> tuple[TrainingRequest, str | None]:
    found = json.loads((project / "asked.json").read_text())
    return TrainingRequest.model_validate(found["request"]), found["continues"]


def hold(tmp_path: Path, run: Path) -> RunLock:
    """Take the lock of a run as a process that goes on with it."""
    lock = RunLock.named(tmp_path / "state" / "locks" / "runs", "any")
    lock.acquire(
        Holder(
            flow_run_id="another",
            flow_run_name="another",
            process=str(ProcessTag.own()),
            since=NOW,
            continues=str(run),
        )
    )
    return lock


def test_the_same_command_names_the_run_that_was_interrupted(
    program: Program, project: Path, interrupted: Path
) -> None:
    found = program("train", *RANGE)

    assert 0 == found.code
    assert f"alertmill train --continue {interrupted}" in found.err
    assert asked(project)[1] is None


@pytest.mark.parametrize("change", ["other parameters", "finished", "at work"])
@pytest.mark.usefixtures("project")
def test_a_run_that_cannot_be_gone_on_with_is_not_named(
    program: Program, interrupted: Path, tmp_path: Path, change: str
) -> None:
    if change == "finished":
        (interrupted / "manifest.json").write_text("{}")
    lock = hold(tmp_path, interrupted) if change == "at work" else None
    more = ("--seed", "5") if change == "other parameters" else ()

    found = program("train", *RANGE, *more)
    if lock is not None:
        lock.release()

    assert (0, "") == (found.code, found.err)


def test_continue_takes_the_folder_and_the_parameters_of_the_run(
    program: Program, project: Path, interrupted: Path
) -> None:
    found = program("train", "--continue", str(interrupted))

    assert (0, "") == (found.code, found.err)
    request, continues = asked(project)
    assert PARAMETERS == request.on(datetime(2025, 1, 1, tzinfo=UTC).date())
    assert str(interrupted) == continues


Change = Callable[[Path, Path], tuple[str, ...]]


def _finish(_: Path, run: Path) -> tuple[str, ...]:
    (run / "manifest.json").write_text("{}")
    return ()


def _ask_for_more(_: Path, __: Path) -> tuple[str, ...]:
    return ("--seed", "5")


def _work_on(tmp_path: Path, run: Path) -> tuple[str, ...]:
    hold(tmp_path, run)
    return ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_finish, "is finished"),
        (_ask_for_more, "takes the parameters of that run"),
        (_work_on, "a process works on"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused_in_one_line(
    program: Program, project: Path, interrupted: Path, tmp_path: Path, change: Change, reason: str
) -> None:
    found = program("train", "--continue", str(interrupted), *change(tmp_path, interrupted))

    assert BAD_INPUT == found.code
    assert reason in found.err
    assert not (project / "asked.json").exists()


def test_a_flow_goes_on_with_the_folder_of_equal_parameters_alone(interrupted: Path) -> None:
    assert interrupted == continue_run(interrupted, PARAMETERS).path

    others = TrainingParameters.model_validate(PARAMETERS.model_dump() | {"seed": 99})
    with pytest.raises(ConfigurationError, match="was started with other parameters"):
        continue_run(interrupted, others)
