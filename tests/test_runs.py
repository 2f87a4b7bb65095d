"""The run folder: found again by its key, resumed by its records, honest about what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alertmill.errors import ArtifactChangedError, ConfigurationError, UnfinishedRunError
from alertmill.files import write_text
from alertmill.parameters import TrainingParameters
from alertmill.runs import Run, Stage
from alertmill.vocabulary import Network

NOW = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
PARAMETERS = TrainingParameters(
    network=Network.ETHEREUM, start_date=date(2024, 1, 1), end_date=date(2024, 2, 29)
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, PARAMETERS, key="flow run 1", now=NOW)


def test_a_run_id_sorts_by_time_and_names_its_key(run: Run) -> None:
    assert run.run_id.startswith("20260105T060000Z-")
    assert run.path.parent.name == "ethereum"


def test_the_same_key_finds_the_same_folder_at_any_time(run: Run, tmp_path: Path) -> None:
    again = Run.create(tmp_path, PARAMETERS, key="flow run 1", now=datetime.now(UTC))
    other = Run.create(tmp_path, PARAMETERS, key="flow run 2", now=NOW)

    assert run.path == again.path
    assert run.path != other.path


def test_other_parameters_for_the_same_key_are_refused(run: Run, tmp_path: Path) -> None:
    changed = PARAMETERS.model_copy(update={"seed": 8})

    with pytest.raises(ConfigurationError, match=run.run_id):
        Run.create(tmp_path, changed, key="flow run 1", now=NOW)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnfinishedRunError, match=r"parameters\.json"):
        Run.open(tmp_path)


def test_reading_what_no_stage_has_written_says_the_run_is_unfinished(run: Run) -> None:
    with pytest.raises(UnfinishedRunError, match=r"data/alerts\.parquet"):
        _ = run.alerts

    assert not run.is_finished


class _Writer:
    """A stage that counts how often it was done."""

    def __init__(self, run: Run) -> None:
        self.path = run.path / "data" / "numbers.txt"
        self.n_calls = 0

    def __call__(self) -> Iterable[Path]:
        self.n_calls += 1
        write_text(self.path, "1 2 3")
        return [self.path]


def test_a_finished_stage_is_not_done_again(run: Run) -> None:
    write = _Writer(run)

    first, second = (run.complete(Stage.EXTRACT, write) for _ in range(2))

    assert (1, first) == (write.n_calls, second)


def test_a_stage_whose_file_changed_is_done_again(run: Run) -> None:
    write = _Writer(run)
    run.complete(Stage.EXTRACT, write)
    write.path.write_text("changed")

    run.complete(Stage.EXTRACT, write)

    assert (2, "1 2 3") == (write.n_calls, write.path.read_text())


def test_a_stage_done_anew_undoes_the_stages_after_it(run: Run) -> None:
    write = _Writer(run)
    run.complete(Stage.EXTRACT, write)
    run.complete(Stage.FEATURES, list)
    write.path.write_text("changed")

    run.complete(Stage.EXTRACT, write)

    assert (True, False) == (run.is_done(Stage.EXTRACT), run.is_done(Stage.FEATURES))


def test_a_stage_that_fails_leaves_no_record(run: Run) -> None:
    def fail() -> Iterable[Path]:
        raise RuntimeError("no luck")

    with pytest.raises(RuntimeError, match="no luck"):
        run.complete(Stage.EXTRACT, fail)

    assert not run.is_done(Stage.EXTRACT)


def test_a_later_stage_refuses_changed_input_by_name(run: Run) -> None:
    write = _Writer(run)
    record = run.complete(Stage.EXTRACT, write)
    write.path.write_text("changed")

    with pytest.raises(ArtifactChangedError, match=r"numbers\.txt has changed"):
        run.check_unchanged(record)
