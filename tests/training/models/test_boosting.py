"""Fits repeat, and one fit leaves no trace in the next."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from alertmill.training.models.boosting import (
    BoosterSettings,
    FittedBooster,
    FoldDatasets,
    class_weights,
    grow_in_step,
    names_in_text,
)
from alertmill.training.models.hyperparameters import Hyperparameters

SETTINGS = BoosterSettings(seed=7, n_threads=1)
SHORT = Hyperparameters(n_estimators=12)


def make_datasets(*, seed: int = 1, categorical: tuple[str, ...] = ()) -> FoldDatasets:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(600, 4))
    X[:, 3] = rng.integers(0, 4, 600)
    y = (rng.random(600) < np.where(X[:, 3] == 2, 0.7, 0.1)).astype(np.int8)
    return FoldDatasets(
        X[:400],
        y[:400],
        np.ones(400),
        X[400:],
        y[400:],
        names=["a", "b", "c", "code"],
        categorical=categorical,
        max_bin=63,
    )


def text_of(datasets: FoldDatasets, hyperparameters: Hyperparameters) -> str:
    growing = datasets.start(hyperparameters, SETTINGS)
    return growing.text(grow_in_step([growing], hyperparameters).best_iteration)


def test_a_fit_does_not_depend_on_the_fits_before_it() -> None:
    reused = make_datasets()
    unweighted = SHORT.model_copy(update={"imbalance_power": 0.0, "min_data_in_leaf": 5})
    text_of(reused, SHORT)

    assert text_of(make_datasets(), unweighted) == text_of(reused, unweighted)


def test_folds_grown_at_the_same_time_equal_folds_grown_in_turn() -> None:
    folds = [make_datasets(seed=seed) for seed in range(3)]

    grown = [
        grow_in_step([fold.start(SHORT, SETTINGS) for fold in folds], SHORT, n_threads=n_threads)
        for n_threads in (1, 2)
    ]

    assert grown[0] == grown[1]


def test_folds_stop_at_the_tree_with_the_least_mean_loss() -> None:
    long = Hyperparameters(n_estimators=200, early_stopping_rounds=10, learning_rate=0.3)
    folds = [make_datasets(seed=seed).start(long, SETTINGS) for seed in range(3)]

    growth = grow_in_step(folds, long)

    losses = [np.mean([m["binary_logloss"] for m in metrics]) for metrics in growth.validation]
    assert int(np.argmin(losses)) + 1 == growth.best_iteration
    assert growth.best_iteration + 10 == len(growth.validation)


def test_a_code_is_split_as_a_category_and_an_unseen_one_does_no_harm() -> None:
    text = text_of(make_datasets(categorical=("code",)), SHORT)
    booster = FittedBooster.of(text, 1)

    scores = booster.log_odds(np.array([[0, 0, 0, 2], [0, 0, 0, 9], [0, 0, 0, np.nan]]))

    assert "num_cat=1" in text
    assert scores[0] > scores[1]
    assert scores[1] == scores[2]


def test_settings_of_a_text_do_not_reach_lightgbm() -> None:
    # Of a broken line among them it reads beyond the end, and crashes or not as chance has it.
    text = text_of(make_datasets(), SHORT)
    broken = text[: text.index("[num_leaves") + 5]
    X = np.random.default_rng(2).normal(size=(20, 4))

    fitted = FittedBooster.of(broken, 1)

    assert "num_leaves" not in fitted.handle.params
    assert np.array_equal(fitted.log_odds(X), FittedBooster.of(text, 1).log_odds(X))


def test_names_that_lightgbm_refuses_are_cleaned_and_stay_different() -> None:
    cleaned = names_in_text(['a "b"', "a:[b]", "a,{b}", "ü"])

    assert 4 == len(set(cleaned))
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in cleaned)


@pytest.mark.parametrize(("power", "expected"), [(0.0, 1.0), (0.5, 2.0), (1.0, 4.0)])
def test_positives_weigh_by_a_power_of_the_imbalance(power: float, expected: float) -> None:
    y = np.array([0, 0, 0, 0, 1])

    assert [1, 1, 1, 1, expected] == class_weights(y, power).tolist()


def test_small_data_get_one_thread_whatever_is_allowed() -> None:
    settings = BoosterSettings(seed=7, n_threads=4)

    assert 1 == settings.useful_threads(15_000 * 120)
    assert 4 == settings.useful_threads(1_000_000 * 120)


def test_every_hyperparameter_says_what_it_does() -> None:
    assert all(field.description for field in Hyperparameters.model_fields.values())


def test_a_fit_that_is_hopeless_grows_no_more_trees() -> None:
    asked: list[int] = []

    def is_hopeless(n_trees: int, at_best: tuple[dict[str, float], ...]) -> bool:
        asked.append(n_trees)
        return n_trees == 3 and "auc" in at_best[0]

    growth = grow_in_step([make_datasets().start(SHORT, SETTINGS)], SHORT, is_hopeless=is_hopeless)

    assert [1, 2, 3] == asked
    assert 3 == len(growth.validation)


@pytest.mark.process
def test_importing_the_models_loads_no_heavy_library() -> None:
    heavy = "lightgbm", "sklearn", "optuna", "scipy.stats"
    program = (
        "import sys, alertmill.training.models.trainer, alertmill.training.tuning.search, "
        "alertmill.training.models.variants; "
        f"sys.exit(any(name in sys.modules for name in {heavy}))"
    )

    finished = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603 - our own

    assert 0 == finished.returncode
