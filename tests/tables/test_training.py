"""How the fit went, and whether the saved model is the same."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from alertmill.tables.training import (
    THIS_RUN,
    check_round_trip,
    curve_summary,
    hyperparameter_table,
    list_runs,
)
from tests.explanation.factories import Example, make_example
from tests.tables.factories import FIRST_DAY, make_curve

METRICS = {
    "test_auc": 0.8,
    "test_average_precision": None,
    "cv_auc_mean": 0.7,
    "cv_auc_std": 0.1,
}


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example(n_addresses=120)


def test_of_a_loss_the_least_value_is_the_best() -> None:
    summary = curve_summary(make_curve(n_trees=40, best_iteration=25), best_iteration=25)

    row = summary.row(
        by_predicate=(pl.col("metric") == "binary_logloss") & (pl.col("split") == "validation"),
        named=True,
    )
    assert (row["at_kept"], row["best"], row["best_at"]) == (0.2, 0.2, 25)


def test_of_a_score_the_largest_value_is_the_best() -> None:
    summary = curve_summary(make_curve(n_trees=40, best_iteration=25), best_iteration=10)

    row = summary.row(
        by_predicate=(pl.col("metric") == "auc") & (pl.col("split") == "validation"), named=True
    )
    assert (row["best"], row["best_at"]) == (0.85, 25)
    assert (row["first"], row["at_kept"], row["last"]) == pytest.approx((0.79, 0.8125, 0.8125))


def test_a_saved_and_loaded_model_passes_every_check(example: Example) -> None:
    checks = check_round_trip(example.model, example.features)

    assert checks.filter(~pl.col("passed")).is_empty()
    assert checks.height == 6


def test_a_model_can_be_checked_without_rows(example: Example) -> None:
    assert check_round_trip(example.model, example.features.clear())["passed"].all()


def test_without_registered_models_this_run_stands_alone(example: Example) -> None:
    runs = list_runs(pl.DataFrame(), example.model.metadata, METRICS)

    assert runs["status"].to_list() == [THIS_RUN]
    assert runs.select(*METRICS).row(0, named=True) == METRICS


def test_registered_models_follow_the_newest_first_and_this_one_once(example: Example) -> None:
    metadata = example.model.metadata
    registered = pl.DataFrame(
        {
            "model_id": ["old", "new", metadata.model_id],
            "created_at": [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3)],
            "version": ["1.0.0", "1.1.0", metadata.version],
            "status": ["archived", "active", "active"],
            "training_start_date": [FIRST_DAY] * 3,
            "training_end_date": [FIRST_DAY] * 3,
            "num_samples": [10] * 3,
            "positives": [1] * 3,
            "test_auc": [0.7] * 3,
            "test_average_precision": [0.2] * 3,
            "cv_auc_mean": [0.6] * 3,
            "cv_auc_std": [None] * 3,
        }
    )

    runs = list_runs(registered, metadata, METRICS)

    assert runs["model_id"].to_list() == [metadata.model_id, "new", "old"]


def test_every_hyperparameter_has_a_meaning(example: Example) -> None:
    table = hyperparameter_table(example.model.metadata)

    assert table.filter(pl.col("hyperparameter") == "num_leaves")["value"].to_list() == [7.0]
    assert (table["meaning"].str.len_chars() > 0).all()
