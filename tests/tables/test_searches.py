"""What the searches found."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from alertmill.tables.searches import (
    best_choice,
    describe_end,
    grid_values,
    list_trials,
    most_important_pair,
    search_history,
    search_summary,
    slices,
    surface,
)
from alertmill.training.models.search_spaces import search_space_of
from alertmill.training.tuning.results import Ending, Tuning
from alertmill.vocabulary import ModelType
from tests.tables.factories import make_tuning

SPACE = search_space_of(ModelType.ALERT_SCORER)
RATE_AND_LEAVES = SPACE.model_copy(update={"dimensions": SPACE.dimensions[:2]})
TRIALS = pl.DataFrame(
    {
        "method": ["grid", "grid", "random", "random"],
        "number": [0, 1, 0, 1],
        "value": [0.4, 0.2, 0.5, None],
        "last_value": [0.4, 0.2, 0.5, 0.6],
        "state": ["complete", "complete", "complete", "pruned"],
        "seconds": [1.0, 2.0, 4.0, 0.5],
        "fold_average_precision": [[0.3, 0.5], [0.2, 0.2], [0.5, 0.5], [0.6, 0.6]],
        "best_iteration": [10, 20, 30, 5],
        "learning_rate": [0.06, 0.3, 0.1, 0.2],
        "num_leaves": [4, 32, 8, 16],
    }
)


def test_history_follows_the_best_of_each_search_and_of_all() -> None:
    history = search_history(TRIALS)

    assert history["trial"].to_list() == [1, 2, 3, 4]
    assert history["number"].to_list() == [1, 2, 1, 2]
    assert history["best_of_method"].to_list() == [0.4, 0.4, 0.5, 0.5]
    assert history["best_so_far"].to_list() == [0.4, 0.4, 0.5, 0.5]


def test_the_summary_names_the_best_search_first() -> None:
    random, grid = search_summary(TRIALS).rows(named=True)

    assert (random["search"], random["best"], random["found_at"]) == ("random", 0.5, 3)
    assert (random["n_trials"], random["n_pruned"]) == (2, 1)
    assert (grid["n_trials"], grid["median"], grid["worst"]) == (2, pytest.approx(0.3), 0.2)
    assert grid["total_seconds"] == 3.0


def test_trials_of_one_search_come_by_their_value() -> None:
    listed = list_trials(TRIALS, RATE_AND_LEAVES, method="grid")

    assert listed["trial"].to_list() == [1, 2]
    assert listed["fold_spread"].to_list() == pytest.approx([0.1414, 0.0], abs=1e-4)
    assert listed.columns[-2:] == ["learning_rate", "num_leaves"]


def test_a_pruned_trial_is_listed_last_however_good_it_was() -> None:
    listed = list_trials(TRIALS, RATE_AND_LEAVES, method="random")

    assert listed["state"].to_list() == ["complete", "pruned"]
    assert listed["trial"].to_list() == [3, 4], "numbered as in the history"
    assert listed["average_precision"].to_list() == [0.5, 0.6]


def ended(by: Ending, *, n_planned: int, max_minutes: float | None) -> Tuning:
    tuning = make_tuning()
    update = {"ended_by": by, "n_planned": n_planned, "max_minutes": max_minutes}
    return replace(tuning, choice=tuning.choice.model_copy(update=update))


def test_it_is_told_that_all_trials_were_done() -> None:
    told = describe_end(ended(Ending.TRIALS, n_planned=16, max_minutes=5))

    assert told == "The search ended when all 16 trials were done (1 pruned)."


def test_it_is_told_that_the_minutes_ran_out() -> None:
    told = describe_end(ended(Ending.MINUTES, n_planned=40, max_minutes=2.5))

    assert told == ("The limit of 2.5 minutes ended the search after 16 of 40 trials (1 pruned).")


def test_a_search_without_trials_lists_none() -> None:
    assert list_trials(TRIALS, RATE_AND_LEAVES, method="bayesian").is_empty()


def test_the_choice_stands_in_its_range() -> None:
    choice = best_choice(make_tuning())

    assert choice["hyperparameter"].to_list() == list(SPACE.names)
    assert choice["place_share"].is_between(0, 1).all()
    rate = choice.row(by_predicate=pl.col("hyperparameter") == "learning_rate", named=True)
    assert rate["default_share"] == pytest.approx(0.3174, abs=1e-4)  # log(0.1/0.06) / log(5)


def test_a_choice_at_the_edge_is_noted() -> None:
    tuning = make_tuning(n_random=0, n_bayesian=0)

    choice = best_choice(tuning)

    # the grid's better rate is the lower bound
    assert choice["note"][0] == "at the lower edge of the search"


def test_slices_hold_every_complete_trial_once_per_hyperparameter() -> None:
    table = slices(TRIALS, RATE_AND_LEAVES)

    assert table.height == 6
    rates = table.filter(pl.col("hyperparameter") == "learning_rate")
    assert rates["place_share"].to_list() == pytest.approx([0, 1, 0.3174], abs=1e-4)


def test_the_surface_is_empty_far_from_trials() -> None:
    one = TRIALS.head(1)

    values = surface(one, *RATE_AND_LEAVES.dimensions)["value"]

    assert len(values) == 41 * 41
    assert values[0] == pytest.approx(0.4)
    assert values[-1] is None


def test_the_surface_lies_between_the_values_of_the_trials() -> None:
    values = surface(TRIALS, *RATE_AND_LEAVES.dimensions)["value"].drop_nulls()

    assert values.is_between(0.2, 0.5).all()


def test_the_most_important_pair_comes_from_the_importances() -> None:
    tuning = make_tuning()

    assert [d.name for d in most_important_pair(tuning)] == ["learning_rate", "num_leaves"]


def test_the_grid_is_given_by_its_axes() -> None:
    grid = grid_values(TRIALS, *SPACE.grid_axes)

    assert grid.rows() == [(0.06, 4.0, 0.4), (0.3, 32.0, 0.2)]
