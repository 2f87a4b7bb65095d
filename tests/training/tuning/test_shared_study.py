"""Processes share a study: together they make each trial once, and one may be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import optuna
import pytest
from pydantic import SecretStr

from alertmill.errors import TuningStorageError
from alertmill.parameters import TuningParameters
from alertmill.training.tuning.objective import Measured
from alertmill.training.tuning.plan import plan_slots
from alertmill.training.tuning.search import Tuning, help_tune, tune
from alertmill.training.tuning.storage import SLOT, opened
from alertmill.training.tuning.study import SharedStudy
from tests.training.tuning.searching import SMALL, SPACE, Worker, make_search, small_rows

pytestmark = pytest.mark.process

MANY = SMALL.model_copy(
    update={"n_trials": 4, "n_random_trials": 8, "prune": False, "n_noise_seeds": 0}
)
FEW = SMALL.model_copy(
    update={"n_trials": 2, "n_random_trials": 0, "grid_points": 0, "n_noise_seeds": 0}
)

Start = Callable[[str], Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start workers on the study of this test; none outlives it."""
    workers: list[Worker] = []

    def start_worker(role: str, parameters: TuningParameters = MANY) -> Worker:
        workers.append(Worker(role, tmp_path, parameters))
        return workers[-1]

    yield start_worker
    for worker in workers:
        worker.kill()


def states_by_slot(folder: Path) -> dict[str, list[str]]:
    with opened(folder / "study.db") as storage:
        (name,) = optuna.get_all_study_names(storage)
        found: dict[str, list[str]] = {}
        for trial in optuna.load_study(study_name=name, storage=storage).get_trials():
            found.setdefault(trial.user_attrs[SLOT], []).append(trial.state.name)
        storage.engine.dispose()
    return found


def untimed(tuning: Tuning) -> object:
    return tuning.trials.drop("seconds").rows()


def test_two_processes_make_each_trial_once_and_together_exactly_the_budget(
    start: Start, tmp_path: Path
) -> None:
    leader = start("lead")
    first = leader.read()
    helper = start("help")
    helped = helper.read()

    ended = (leader.join(), helper.join())

    states = states_by_slot(tmp_path)
    assert 1 == first
    assert (0, 0) == ended
    assert 0 <= helped < 16
    assert 16 == len(states)
    assert {("COMPLETE",)} == {tuple(found) for found in states.values()}


def test_a_search_whose_process_was_killed_goes_on_and_ends_as_if_it_had_not_been(
    start: Start, tmp_path: Path
) -> None:
    undisturbed = tune(make_search(tmp_path / "undisturbed", small_rows(), MANY))
    leader = start("lead")
    while leader.read() < 4:
        pass
    leader.kill()

    resumed = tune(make_search(tmp_path, small_rows(), MANY))

    assert untimed(undisturbed) == untimed(resumed)
    assert undisturbed.choice == resumed.choice


def test_the_trial_of_a_worker_that_was_killed_is_offered_again(
    start: Start, tmp_path: Path
) -> None:
    slots = plan_slots(MANY, SPACE)
    study = SharedStudy.create(tmp_path / "study.db", "shared", slots)
    start("shared").join()

    held = study.claim()
    study.recover()
    offered = study.claim()

    assert held is not None
    assert slots[1] == held.slot
    assert offered is not None
    assert slots[0] == offered.slot
    assert ["FAIL", "RUNNING"] == states_by_slot(tmp_path)[slots[0].key]
    study.close()


def test_what_a_worker_finds_that_was_given_up_does_not_count(tmp_path: Path) -> None:
    search = make_search(tmp_path, small_rows(), FEW)
    lost = SharedStudy.create(search.storage, "shared", plan_slots(FEW, SPACE))
    claim = lost.claim()
    found = tune(make_search(tmp_path / "other", small_rows(), FEW))
    again = SharedStudy.create(search.storage, "shared", plan_slots(FEW, SPACE))
    assert claim is not None

    lost.finish(claim, Measured(**measured_of(found)), is_pruned=False)

    assert [] == again.ended_trials()
    lost.close()
    again.close()


def measured_of(tuning: Tuning) -> dict[str, object]:
    row = tuning.best_trial
    return {name: row[name] for name in Measured.model_fields}


def test_a_helper_of_a_search_that_nobody_has_begun_says_so(tmp_path: Path) -> None:
    with pytest.raises(TuningStorageError, match="no search of these rows has begun"):
        help_tune(make_search(tmp_path, small_rows()))

    assert [] == list(tmp_path.iterdir())


def test_a_helper_with_other_parameters_of_the_search_does_not_join_it(tmp_path: Path) -> None:
    tune(make_search(tmp_path, small_rows(), FEW))

    with pytest.raises(TuningStorageError, match="no search of these rows has begun"):
        help_tune(make_search(tmp_path, small_rows(), FEW.model_copy(update={"prune": False})))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+no_such_driver://auditor:s3cret@db.example.org/studies",
        "sqlite:////no/such/folder/studies.db",
        "s3cret@db.example.org",
    ],
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str) -> None:
    with pytest.raises(TuningStorageError) as caught, opened(SecretStr(url)):
        pass

    said = str(caught.value)
    assert "ALERTMILL_TUNING_STORAGE" in said
    assert "s3cret@" not in said
    assert caught.value.__cause__ is None
    assert "auditor" not in said
