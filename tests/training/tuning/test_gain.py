"""The best trial ships only if it is proven better than the defaults, on simulated truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.tuning.gain import Gain, corrected_standard_error
from alertmill.training.tuning.noise import SCHEMA, measure_gain
from tests.training.tuning.written_searches import SPACE, searched

CHOSEN, DEFAULT = Hyperparameters(learning_rate=0.2), Hyperparameters()
N_SEARCHES, N_TRIALS, N_SEEDS, N_FOLDS = 600, 16, 5, 3


def test_the_error_of_folds_that_share_no_rows_is_that_of_a_mean() -> None:
    differences = np.random.default_rng(3).standard_normal(8)

    assert corrected_standard_error(differences, test_share=0.0) == pytest.approx(
        np.std(differences, ddof=1) / np.sqrt(8)
    )


def test_rows_that_folds_share_widen_the_error() -> None:
    differences = np.array([0.1, 0.2, 0.4])

    narrow, wide = (corrected_standard_error(differences, test_share=s) for s in (0.1, 0.5))

    assert narrow is not None
    assert wide is not None
    assert narrow < wide


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([[0.10, 0.12, 0.11]], "proven"),
        ([[0.10, -0.12, 0.11]], "not proven"),
        ([[-0.10, -0.12, -0.11]], "not proven"),
        ([[0.0, 0.0, 0.0]], "not proven"),
        ([[0.1]], "not proven"),
    ],
)
def test_a_gain_is_proven_above_its_error_alone(
    differences: list[list[float]], expected: str
) -> None:
    gain = Gain.of(np.array(differences), test_share=0.3, n_seeds=1)

    assert expected == ("proven" if gain.is_proven else "not proven")


def test_the_seed_by_which_a_trial_was_chosen_does_not_count_beside_others() -> None:
    tuning = searched({CHOSEN: (0.9, 0.9, 0.8), DEFAULT: (0.3, 0.3, 0.3)})
    seeds = pl.DataFrame(
        [
            ("chosen", 7, True, 0.87, [0.9, 0.9, 0.8]),
            ("chosen", 8, False, 0.3, [0.2, 0.3, 0.4]),
            ("default", 7, True, 0.3, [0.3, 0.3, 0.3]),
            ("default", 8, False, 0.4, [0.3, 0.4, 0.5]),
        ],
        schema=SCHEMA,
        orient="row",
    )

    gain = measure_gain(tuning.trials, seeds, tuning.folds, SPACE)
    alone = measure_gain(tuning.trials, seeds.clear(), tuning.folds, SPACE)

    assert gain is not None
    assert alone is not None
    assert (gain.mean, gain.n_seeds, gain.is_proven) == (pytest.approx(-0.1), 1, False)
    assert (alone.mean, alone.n_seeds) == (pytest.approx(0.5667, abs=1e-4), 0)
    assert alone.is_proven


def test_without_the_defaults_there_is_no_gain_and_the_best_trial_ships() -> None:
    tuning = searched({CHOSEN: (0.5, 0.6, 0.5)})

    assert tuning.choice.gain is None
    assert tuning.shipped == CHOSEN


def test_the_defaults_ship_unless_the_gain_is_proven() -> None:
    proven = searched({CHOSEN: (0.50, 0.61, 0.55), DEFAULT: (0.30, 0.40, 0.36)})
    unproven = searched({CHOSEN: (0.50, 0.61, 0.55), DEFAULT: (0.60, 0.30, 0.70)})

    assert (proven.shipped, unproven.shipped) == (CHOSEN, DEFAULT)
    assert (0.50, 0.60) == (
        proven.shipped_trial["fold_values"][0],
        unproven.shipped_trial["fold_values"][0],
    )


def simulate(spread: float, *, head_start: float) -> tuple[np.ndarray, np.ndarray]:
    """Search in many worlds; whether the best trial is shipped, and its worth above the defaults.

    The trials differ in truth by ``spread``, the defaults are so many of these better than an
    average trial, and alerts and seeds both add as much noise to a fold as in a run of the demo.
    """
    rng = np.random.default_rng(11)
    ships, worth = [], []
    for _ in range(N_SEARCHES):
        truth = spread * rng.standard_normal(N_TRIALS)
        truth[0] = spread * head_start
        shared, own = rng.standard_normal((N_TRIALS, 1)), rng.standard_normal((N_TRIALS, N_FOLDS))
        expected = truth[:, None] + 0.05 * (np.sqrt(0.4) * shared + np.sqrt(0.6) * own)
        best = int((expected + 0.05 * rng.standard_normal(expected.shape)).mean(axis=1).argmax())
        seeds = 0.05 * rng.standard_normal((2, N_SEEDS, N_FOLDS))
        differences = expected[best] - expected[0] + seeds[0] - seeds[1]
        gain = Gain.of(differences, test_share=0.4 / 0.6, n_seeds=N_SEEDS)
        ships.append(best != 0 and gain.is_proven)
        worth.append(truth[best] - truth[0])
    return np.array(ships), np.array(worth)


def test_where_the_defaults_are_good_the_rule_ships_fewer_worse_models() -> None:
    ships, worth = simulate(0.02, head_start=1.5)

    assert np.mean(worth < 0) > 0.6  # of the best trials
    assert np.mean(ships & (worth < 0)) < 0.25
    assert np.mean(ships * worth) > np.mean(worth)


def test_where_all_trials_are_worth_the_same_the_defaults_mostly_ship() -> None:
    ships, _ = simulate(0.0, head_start=0.0)

    assert np.mean(ships) < 0.45


def test_where_the_search_pays_most_of_its_gain_ships() -> None:
    ships, worth = simulate(0.06, head_start=0.0)

    assert np.mean(ships) > 0.65
    assert np.mean(ships * worth) > 0.8 * np.mean(worth)
