"""What the searches found."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.exploration.searches import (
    best_choice,
    grid_values,
    list_trials,
    most_important_pair,
    search_history,
    search_summary,
    slices,
    surface,
)
from alertmill.training.hyperparameters import GRID_AXES, SEARCH_SPACE
from tests.exploration.factories import make_tuning

TRIALS = pl.DataFrame(
    {
        "method": ["grid", "grid", "random"],
        "number": [0, 1, 0],
        "value": [0.4, 0.2, 0.5],
        "seconds": [1.0, 2.0, 4.0],
        "fold_average_precision": [[0.3, 0.5], [0.2, 0.2], [0.5, 0.5]],
        "best_iteration": [10, 20, 30],
        "learning_rate": [0.06, 0.3, 0.1],
        "num_leaves": [4, 32, 8],
    }
)
SPACE = SEARCH_SPACE[:2]


def test_history_follows_the_best_of_each_search_and_of_all() -> None:
    history = search_history(TRIALS)

    assert history["trial"].to_list() == [1, 2, 3]
    assert history["number"].to_list() == [1, 2, 1]
    assert history["best_of_method"].to_list() == [0.4, 0.4, 0.5]
    assert history["best_so_far"].to_list() == [0.4, 0.4, 0.5]


def test_the_summary_names_the_best_search_first() -> None:
    random, grid = search_summary(TRIALS).rows(named=True)

    assert (random["search"], random["best"], random["found_at"]) == ("random", 0.5, 1)
    assert (grid["n_trials"], grid["median"], grid["worst"]) == (2, pytest.approx(0.3), 0.2)
    assert grid["total_seconds"] == 3.0


def test_trials_of_one_search_come_by_their_value() -> None:
    listed = list_trials(TRIALS, SPACE, method="grid")

    assert listed["trial"].to_list() == [1, 2]
    assert listed["fold_spread"].to_list() == pytest.approx([0.1414, 0.0], abs=1e-4)
    assert listed.columns[-2:] == ["learning_rate", "num_leaves"]


def test_a_search_without_trials_lists_none() -> None:
    assert list_trials(TRIALS, SPACE, method="bayesian").is_empty()


def test_the_choice_stands_in_its_range() -> None:
    choice = best_choice(make_tuning())

    assert choice["hyperparameter"].to_list() == [d.name for d in SEARCH_SPACE]
    assert choice["place_share"].is_between(0, 1).all()
    rate = choice.row(by_predicate=pl.col("hyperparameter") == "learning_rate", named=True)
    assert rate["default_share"] == pytest.approx(0.3174, abs=1e-4)  # log(0.1/0.06) / log(5)


def test_a_choice_at_the_edge_is_noted() -> None:
    tuning = make_tuning(n_random=0, n_bayesian=0)

    choice = best_choice(tuning)

    # the grid's better rate is the lower bound
    assert choice["note"][0] == "at the lower edge of the search"


def test_slices_hold_every_trial_once_per_hyperparameter() -> None:
    table = slices(TRIALS, SPACE)

    assert table.height == 6
    rates = table.filter(pl.col("hyperparameter") == "learning_rate")
    assert rates["place_share"].to_list() == pytest.approx([0, 1, 0.3174], abs=1e-4)


def test_the_surface_is_empty_far_from_trials() -> None:
    one = TRIALS.head(1)

    values = surface(one, *SPACE)["value"]

    assert len(values) == 41 * 41
    assert values[0] == pytest.approx(0.4)
    assert values[-1] is None


def test_the_surface_lies_between_the_values_of_the_trials() -> None:
    values = surface(TRIALS, *SPACE)["value"].drop_nulls()

    assert values.is_between(0.2, 0.5).all()


def test_the_most_important_pair_comes_from_the_importances() -> None:
    tuning = make_tuning()

    assert [d.name for d in most_important_pair(tuning)] == ["learning_rate", "num_leaves"]


def test_the_grid_is_given_by_its_axes() -> None:
    grid = grid_values(TRIALS, *GRID_AXES)

    assert grid.rows() == [(0.06, 4.0, 0.4), (0.3, 32.0, 0.2)]
