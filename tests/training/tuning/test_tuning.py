"""The searches stay in their space, repeat, resume, and are measured on the folds alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import optuna
import polars as pl
import pytest

from alertmill.errors import TuningFailedError
from alertmill.parameters import TuningParameters
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.hyperparameters import Dimension
from alertmill.training.tuning.results import Ending
from alertmill.training.tuning.search import Method, Progress, Tuning, tune
from alertmill.training.tuning.storage import MOST_TRIES, SLOT, opened
from tests.training.tuning.searching import SMALL, SPACE, make_search, small_rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows() -> LabelledRows:
    return small_rows()


def search(
    rows: LabelledRows,
    folder: Path,
    *,
    parameters: TuningParameters = SMALL,
    n_threads: int = 1,
    progress: Progress | None = None,
) -> Tuning:
    return tune(make_search(folder, rows, parameters, n_threads=n_threads), progress=progress)


@pytest.fixture(scope="module")
def tuning(rows: LabelledRows, tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    return search(rows, tmp_path_factory.mktemp("tuning"))


def untimed(tuning: Tuning) -> pl.DataFrame:
    return tuning.trials.drop("seconds")


def test_every_search_makes_its_trials(tuning: Tuning) -> None:
    counts = dict(tuning.trials.group_by("method").len().rows())

    assert {"grid": 4, "random": 2, "bayesian": 3} == counts


@pytest.mark.parametrize("dimension", SPACE.dimensions, ids=lambda d: d.name)
def test_no_trial_leaves_the_space(tuning: Tuning, dimension: Dimension) -> None:
    assert tuning.trials[dimension.name].is_between(dimension.low, dimension.high).all()


def test_the_grid_varies_two_axes_and_keeps_the_other_defaults(tuning: Tuning) -> None:
    grid = tuning.trials.filter(method="grid")

    assert 4 == grid.select("learning_rate", "num_leaves").n_unique()
    assert [SPACE.default.lambda_l2] == grid["lambda_l2"].unique().to_list()


def test_the_defaults_are_measured_first(tuning: Tuning) -> None:
    first = tuning.trials.row(0, named=True)

    assert ("bayesian", 0) == (first["method"], first["number"])
    assert SPACE.default == SPACE.at(first)


def test_the_searches_take_turns(tuning: Tuning) -> None:
    order = tuning.trials["method"].to_list()

    assert {"grid", "random", "bayesian"} == set(order[1:5])


def test_a_value_is_the_mean_of_the_folds(tuning: Tuning) -> None:
    folds = tuning.complete["fold_average_precision"].to_list()

    assert [float(np.mean(values)) for values in folds] == tuning.complete["value"].to_list()
    assert {2} == {len(values) for values in folds}


def test_the_choice_is_the_best_trial(tuning: Tuning) -> None:
    best = tuning.best_trial

    assert best["value"] == tuning.choice.best_value
    assert best["method"] == tuning.best_method
    assert best["num_leaves"] == tuning.best.num_leaves


def test_the_best_trial_ships_only_if_its_gain_with_other_seeds_is_proven(
    tuning: Tuning,
) -> None:
    gain = tuning.choice.gain

    assert gain is not None
    assert (2, 2) == (gain.n_folds, gain.n_seeds)
    others = tuning.seeds.filter(~pl.col("is_search_seed"))
    means = dict(others.group_by("candidate").agg(pl.mean("value")).rows())
    assert pytest.approx(means["chosen"] - means["default"]) == gain.mean
    assert tuning.shipped == (tuning.best if gain.is_proven else SPACE.default)
    assert SPACE.at(tuning.shipped_trial) == tuning.shipped


def test_importances_sum_to_one(tuning: Tuning) -> None:
    assert pytest.approx(1.0) == tuning.importances["importance"].sum()
    assert tuning.importances["importance"].is_sorted(descending=True)


def test_folds_tell_their_dates_and_sizes(tuning: Tuning, rows: LabelledRows) -> None:
    gaps = tuning.folds["validation_first"] - tuning.folds["train_last"]

    assert 2 == tuning.folds.height
    assert (gaps.dt.total_days() > 7).all()
    assert (tuning.folds["validation_n_positives"] > 0).all()
    assert tuning.folds["validation_last"].max() <= rows.keys["processing_date"].max()


def test_equal_seeds_repeat_whatever_the_number_of_threads(
    tuning: Tuning, rows: LabelledRows, tmp_path: Path
) -> None:
    again = search(rows, tmp_path, n_threads=2)

    assert untimed(tuning).equals(untimed(again))
    assert tuning.choice == again.choice


def test_an_interrupted_search_ends_as_if_it_had_never_stopped(
    tuning: Tuning, rows: LabelledRows, tmp_path: Path
) -> None:
    told: list[int] = []

    def stop_after_five(done: int, _: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(rows, tmp_path, progress=stop_after_five)
    resumed = search(rows, tmp_path, progress=lambda done, _: told.append(done))

    assert untimed(tuning).equals(untimed(resumed))
    assert list(range(1, 10)) == told


def test_trials_of_other_rows_are_not_taken_over(
    tuning: Tuning, rows: LabelledRows, tmp_path: Path
) -> None:
    fewer = rows.take(np.arange(len(rows.y) - 1))
    search(fewer, tmp_path)

    assert untimed(tuning).equals(untimed(search(rows, tmp_path)))


def test_progress_counts_to_the_end(rows: LabelledRows, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    few = SMALL.model_copy(update={"n_trials": 2, "n_random_trials": 1, "grid_points": 0})

    search(rows, tmp_path, parameters=few, progress=lambda done, total: told.append((done, total)))

    assert [(1, 3), (2, 3), (3, 3)] == told


def test_too_few_trials_rank_no_hyperparameter(rows: LabelledRows, tmp_path: Path) -> None:
    few = SMALL.model_copy(update={"n_trials": 1, "n_random_trials": 0, "grid_points": 0})

    tuning = search(rows, tmp_path, parameters=few)

    assert 0 == tuning.importances.height
    assert Method.BAYESIAN is tuning.best_method
    assert SPACE.default == tuning.best


def test_a_saved_tuning_reads_back(tuning: Tuning, tmp_path: Path) -> None:
    paths = tuning.save(tmp_path)

    loaded = Tuning.load(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert tuning.trials.equals(loaded.trials)
    assert tuning.folds.equals(loaded.folds)
    assert tuning.importances.equals(loaded.importances)
    assert tuning.choice == loaded.choice
    assert tuning.seeds.equals(loaded.seeds)


def test_the_chosen_and_the_default_are_measured_with_other_seeds(tuning: Tuning) -> None:
    chosen, default = (tuning.seeds.filter(candidate=name) for name in ("chosen", "default"))

    assert [7, 8, 9] == chosen["seed"].to_list()
    assert tuning.choice.best_value == chosen["value"][0]
    assert tuning.trials["value"][0] == default["value"][0]
    assert 3 == chosen["value"].n_unique()


@pytest.mark.parametrize("n_threads", [1, 2])
def test_parallel_trials_of_points_that_depend_on_no_other_equal_trials_in_turn(
    rows: LabelledRows, tmp_path: Path, n_threads: int
) -> None:
    parameters = SMALL.model_copy(
        update={"n_trials": 1, "n_random_trials": 8, "prune": False, "n_noise_seeds": 0}
    )
    parallel = parameters.model_copy(update={"n_parallel_trials": 3})

    in_turn = search(rows, tmp_path / "one", parameters=parameters)
    at_once = search(rows, tmp_path / "many", parameters=parallel, n_threads=n_threads)

    assert untimed(in_turn).equals(untimed(at_once))
    assert in_turn.choice == at_once.choice


def test_a_trial_among_the_worst_is_pruned_counts_and_is_never_chosen(
    rows: LabelledRows, tmp_path: Path
) -> None:
    parameters = SMALL.model_copy(update={"n_random_trials": 16, "n_noise_seeds": 0})

    tuning = search(rows, tmp_path, parameters=parameters)

    pruned = tuning.trials.filter(state="pruned")
    assert 23 == tuning.trials.height
    assert pruned.height > 0
    assert {"random", "bayesian"} >= set(pruned["method"])
    assert pruned["value"].null_count() == pruned.height
    assert pruned["last_value"].max() < tuning.choice.best_value  # type: ignore[operator]  # of Float64
    assert tuning.complete.height + pruned.height == 23


def test_a_search_without_pruning_finishes_every_trial(rows: LabelledRows, tmp_path: Path) -> None:
    parameters = SMALL.model_copy(
        update={"n_random_trials": 16, "n_noise_seeds": 0, "prune": False}
    )

    tuning = search(rows, tmp_path, parameters=parameters)

    assert ["complete"] == tuning.trials["state"].unique().to_list()


class Minutes:
    """A clock that moves on by a minute whenever it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        self.seconds += 60
        return self.seconds


def test_a_search_ends_when_its_minutes_are_over(rows: LabelledRows, tmp_path: Path) -> None:
    limited = SMALL.model_copy(update={"max_minutes": 3.5})

    tuning = tune(make_search(tmp_path, rows, limited, clock=Minutes()))

    assert 3 == tuning.trials.height
    assert Ending.MINUTES is tuning.choice.ended_by
    assert 9 == tuning.choice.n_planned


def test_the_defaults_are_measured_however_few_the_minutes(
    rows: LabelledRows, tmp_path: Path
) -> None:
    limited = SMALL.model_copy(update={"max_minutes": 0.01})

    tuning = tune(make_search(tmp_path, rows, limited, clock=Minutes()))

    assert SPACE.default == tuning.best
    assert 1 == tuning.trials.height


def test_a_search_that_was_done_in_time_does_not_say_that_the_minutes_ended_it(
    rows: LabelledRows, tmp_path: Path
) -> None:
    limited = SMALL.model_copy(update={"max_minutes": 10.0})

    tuning = tune(make_search(tmp_path, rows, limited, clock=Minutes()))

    assert Ending.TRIALS is tuning.choice.ended_by


def test_a_trial_that_has_ended_every_worker_is_given_up(
    rows: LabelledRows, tmp_path: Path
) -> None:
    few = SMALL.model_copy(update={"n_trials": 2, "n_random_trials": 0, "grid_points": 0})
    search(rows, tmp_path, parameters=few)
    _fail(tmp_path, number=1, times=MOST_TRIES)

    tuning = search(rows, tmp_path, parameters=few)

    assert ["complete", "failed"] == tuning.trials["state"].to_list()
    assert SPACE.default == tuning.best


def test_a_search_of_which_no_trial_was_finished_fails(rows: LabelledRows, tmp_path: Path) -> None:
    one = SMALL.model_copy(update={"n_trials": 1, "n_random_trials": 0, "grid_points": 0})
    search(rows, tmp_path, parameters=one)
    _fail(tmp_path, number=0, times=MOST_TRIES)

    with pytest.raises(TuningFailedError, match="1 were given up"):
        search(rows, tmp_path, parameters=one)


def _fail(folder: Path, *, number: int, times: int) -> None:
    """Write a study in which a trial of another's has failed so often."""
    with opened(folder / "study.db") as storage:
        (name,) = optuna.get_all_study_names(storage)
        kept = optuna.load_study(study_name=name, storage=storage).get_trials()
        optuna.delete_study(study_name=name, storage=storage)
        study = optuna.create_study(study_name=name, storage=storage, direction="maximize")
        failed = optuna.trial.create_trial(
            state=optuna.trial.TrialState.FAIL, user_attrs={SLOT: kept[number].user_attrs[SLOT]}
        )
        study.add_trials([*kept[:number], *[failed] * times])
        storage.engine.dispose()
