"""The searches stay in their space, repeat, resume, and are measured on the folds alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import optuna
import polars as pl
import pytest

from alertmill.parameters import TuningParameters
from alertmill.training.boosting import BoosterSettings
from alertmill.training.hyperparameters import SEARCH_SPACE, Dimension, Hyperparameters
from alertmill.training.rows import LabelledRows
from alertmill.training.tuning import Method, Progress, Tuning, tune
from tests.training.labelled_rows import make_rows

SMALL = TuningParameters(n_trials=3, n_random_trials=2, grid_points=2, cv_folds=2)


@pytest.fixture(scope="module")
def rows() -> LabelledRows:
    return make_rows(n_addresses=150, n_days=40)


def search(
    rows: LabelledRows,
    storage: Path,
    *,
    parameters: TuningParameters = SMALL,
    n_threads: int = 1,
    progress: Progress | None = None,
) -> Tuning:
    return tune(
        rows,
        parameters=parameters,
        embargo_days=7,
        settings=BoosterSettings(seed=7, n_threads=n_threads),
        storage=storage / "studies.journal",
        progress=progress,
    )


@pytest.fixture(scope="module")
def tuning(rows: LabelledRows, tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    return search(rows, tmp_path_factory.mktemp("tuning"))


def untimed(tuning: Tuning) -> pl.DataFrame:
    return tuning.trials.drop("seconds")


def test_every_search_makes_its_trials(tuning: Tuning) -> None:
    counts = dict(tuning.trials.group_by("method").len().rows())

    assert {"grid": 4, "random": 2, "bayesian": 3} == counts


@pytest.mark.parametrize("dimension", SEARCH_SPACE, ids=lambda d: d.name)
def test_no_trial_leaves_the_space(tuning: Tuning, dimension: Dimension) -> None:
    assert tuning.trials[dimension.name].is_between(dimension.low, dimension.high).all()


def test_the_grid_varies_two_axes_and_keeps_the_other_defaults(tuning: Tuning) -> None:
    grid = tuning.trials.filter(method="grid")

    assert 4 == grid.select("learning_rate", "num_leaves").n_unique()
    assert [Hyperparameters().lambda_l2] == grid["lambda_l2"].unique().to_list()


def test_the_bayesian_search_starts_at_the_defaults(tuning: Tuning) -> None:
    first = tuning.trials.filter(method="bayesian", number=0).row(0, named=True)

    assert Hyperparameters() == Hyperparameters(**{d.name: first[d.name] for d in SEARCH_SPACE})


def test_a_value_is_the_mean_of_the_folds(tuning: Tuning) -> None:
    folds = tuning.trials["fold_average_precision"].to_list()

    assert [float(np.mean(values)) for values in folds] == tuning.trials["value"].to_list()
    assert {2} == {len(values) for values in folds}


def test_the_choice_is_the_best_trial(tuning: Tuning) -> None:
    best = tuning.trials.sort("value", descending=True).row(0, named=True)

    assert best["value"] == tuning.choice.best_value
    assert best["method"] == tuning.best_method
    assert best["num_leaves"] == tuning.best.num_leaves


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

    def stop_after_seven(done: int, _: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(rows, tmp_path, progress=stop_after_seven)
    _leave_a_trial_running(tmp_path)  # as a process does that is killed while it fits
    resumed = search(rows, tmp_path, progress=lambda done, _: told.append(done))

    assert untimed(tuning).equals(untimed(resumed))
    assert list(range(1, 10)) == told


def _leave_a_trial_running(folder: Path) -> None:
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "studies.journal"))
    storage = optuna.storages.JournalStorage(backend)
    (name,) = (n for n in optuna.get_all_study_names(storage) if n.startswith("bayesian"))
    optuna.load_study(study_name=name, storage=storage).ask()


def test_trials_of_other_rows_are_not_taken_over(
    tuning: Tuning, rows: LabelledRows, tmp_path: Path
) -> None:
    fewer = rows.take(np.arange(len(rows.y) - 1))
    search(fewer, tmp_path)

    assert untimed(tuning).equals(untimed(search(rows, tmp_path)))


def test_progress_counts_to_the_end(rows: LabelledRows, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    few = TuningParameters(n_trials=2, n_random_trials=1, grid_points=0, cv_folds=2)

    search(rows, tmp_path, parameters=few, progress=lambda done, total: told.append((done, total)))

    assert [(1, 3), (2, 3), (3, 3)] == told


def test_too_few_trials_rank_no_hyperparameter(rows: LabelledRows, tmp_path: Path) -> None:
    few = TuningParameters(n_trials=1, n_random_trials=0, grid_points=0, cv_folds=2)

    tuning = search(rows, tmp_path, parameters=few)

    assert 0 == tuning.importances.height
    assert Method.BAYESIAN is tuning.best_method
    assert Hyperparameters() == tuning.best


def test_a_saved_tuning_reads_back(tuning: Tuning, tmp_path: Path) -> None:
    paths = tuning.save(tmp_path)

    loaded = Tuning.load(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert tuning.trials.equals(loaded.trials)
    assert tuning.folds.equals(loaded.folds)
    assert tuning.importances.equals(loaded.importances)
    assert tuning.choice == loaded.choice


def test_the_axis_of_a_logarithmic_dimension_is_divided_by_ratios() -> None:
    rate = Dimension(name="learning_rate", kind="float", low=0.01, high=1.0, is_log=True)
    share = Dimension(name="feature_fraction", kind="float", low=0.0, high=1.0, is_log=False)

    assert pytest.approx(0.1) == rate.at(0.5)
    assert pytest.approx(0.25) == share.at(0.25)
