"""How much of a search's gain is the luck of its seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from alertmill.tables.search_noise import (
    describe_noise,
    expected_maximum,
    search_noise,
    seed_table,
    shipping_sentence,
)
from alertmill.training.models.hyperparameters import Hyperparameters
from tests.tables.factories import make_tuning
from tests.training.tuning.written_searches import searched

TUNING = make_tuning()
"""Chosen: 0.40 with the search's seed, 0.36 and 0.34 with others; default: 0.30, 0.30, 0.32."""


def test_the_gain_is_compared_with_that_of_other_seeds() -> None:
    noise = search_noise(TUNING)

    assert noise is not None
    assert noise.gain == pytest.approx(0.10)
    assert noise.gains == pytest.approx((0.06, 0.02))
    assert noise.lasting_gain == pytest.approx(0.04)
    assert noise.noise_share == pytest.approx(0.6)
    assert noise.seed_spread == pytest.approx(np.sqrt(0.0002))


def test_the_table_has_a_row_for_the_gain() -> None:
    chosen, default, gain = seed_table(TUNING).rows(named=True)

    assert (chosen["search_seed"], chosen["other_seeds"]) == pytest.approx((0.40, 0.35))
    assert (default["search_seed"], default["other_seeds"]) == pytest.approx((0.30, 0.31))
    assert (gain["lowest"], gain["highest"]) == pytest.approx((0.02, 0.06))
    assert gain["n_seeds"] == 2


def test_a_sentence_says_how_much_is_noise() -> None:
    assert describe_noise(search_noise(TUNING)) == (
        "The gain over the defaults is +0.100 with the seed of the search and +0.040 on average "
        "with 2 others (+0.020 to +0.060), so 60 % of it is noise. Seeds alone move a value by "
        "0.014 (standard deviation), and the best of 15 trials that differ by nothing else would "
        "seem 0.025 better than their mean."
    )


def test_a_choice_of_the_defaults_has_no_gain() -> None:
    choice = TUNING.choice.model_copy(update={"best": TUNING.space.default})

    told = describe_noise(search_noise(replace(TUNING, choice=choice)))

    assert "there is no gain" in told


def test_without_other_seeds_nothing_is_claimed() -> None:
    unmeasured = replace(TUNING, seeds=TUNING.seeds.clear())

    assert search_noise(unmeasured) is None
    assert "is not known" in describe_noise(None)
    assert seed_table(unmeasured).is_empty()


CHOSEN, DEFAULT = Hyperparameters(learning_rate=0.2), Hyperparameters()


PROVEN = (
    "The search's choice ships: it is better than the default hyperparameters by more than one "
    "standard error (average precision +0.200 against the defaults, standard error 0.007, over "
    "3 folds with the seed of the search alone)."
)
UNPROVEN = (
    "The search proved nothing, so the default hyperparameters ship: its best trial is not better "
    "by more than one standard error (average precision +0.055 against the defaults, standard "
    "error 0.282, over 2 folds with the seed of the search alone)."
)
DEFAULTS_BEST = (
    "The search found nothing better than the default hyperparameters, so the defaults ship."
)
UNMEASURED = (
    "The best trial of the search ships; its gain over the default hyperparameters was not put to "
    "the proof."
)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ({CHOSEN: (0.50, 0.61, 0.55), DEFAULT: (0.30, 0.40, 0.36)}, PROVEN),
        ({CHOSEN: (0.50, 0.61), DEFAULT: (0.70, 0.30)}, UNPROVEN),
        ({DEFAULT: (0.5, 0.6)}, DEFAULTS_BEST),
        ({CHOSEN: (0.5, 0.6)}, UNMEASURED),
    ],
)
def test_a_sentence_says_what_ships_and_why(
    points: dict[Hyperparameters, tuple[float, ...]], told: str
) -> None:
    assert told == shipping_sentence(searched(points).choice)


@pytest.mark.parametrize("n", [2, 5, 20, 100])
def test_the_expected_maximum_is_near_a_simulated_one(n: int) -> None:
    drawn = np.random.default_rng(3).standard_normal((20_000, n)).max(axis=1).mean()

    assert expected_maximum(n) == pytest.approx(drawn, abs=0.05)
