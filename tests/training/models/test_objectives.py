"""What the trees learn differs by model type; everything else about a fit is the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.errors import ConfigurationError, MissingColumnsError
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import make_rows, rows_between

BUDGET = 5


def ranker(**settings: object) -> ModelTrainer:
    return ModelTrainer("alert_ranker", n_threads=1, review_budget=BUDGET, **settings)  # type: ignore[arg-type]


def in_order_of_days(rows: LabelledRows) -> LabelledRows:
    return rows.take(rows.keys["processing_date"].arg_sort().to_numpy())


def test_a_ranker_stops_at_the_best_ndcg_of_the_budget_and_orders_the_days() -> None:
    rows = in_order_of_days(make_rows())
    later = rows_between(rows, 20, 29)

    fitted = ranker().fit(rows_between(rows, 0, 15), later)

    metadata = fitted.model.metadata
    curve = fitted.training_curve.filter(metric="ndcg@5", split="validation")
    assert metadata.objective == "lambdarank"
    assert metadata.stopping_metric == "ndcg@5"
    assert curve["value"].arg_max() == metadata.best_iteration - 1
    assert curve["value"].max() > 1.5 * curve["value"][0]  # type: ignore[operator]  # of Float64


def test_a_ranker_is_calibrated_and_keeps_its_order() -> None:
    rows = in_order_of_days(make_rows())
    later = rows_between(rows, 20, 29)

    model = ranker().fit(rows_between(rows, 0, 15), later).model

    raw, probability = model.raw_score(later.X), model.predict(later.X)
    assert (np.diff(probability[np.argsort(raw)]) >= 0).all()
    assert abs(probability.mean() - later.y.mean()) < 0.02


def test_the_order_of_a_day_does_not_depend_on_what_is_common_to_the_day() -> None:
    rows = in_order_of_days(make_rows())
    level = rows.keys["processing_date"].rank("dense").cast(pl.Float64)
    with_day = LabelledRows(rows.X.with_columns(day=level), rows.y, rows.weight, rows.keys)

    model = ranker().fit(rows_between(with_day, 0, 15), rows_between(with_day, 20, 29)).model

    importance = dict(model.gain_importance().iter_rows())
    assert importance["day"] < importance["feature_0"] / 10


def test_rows_of_a_day_must_lie_together() -> None:
    rows = make_rows()
    shuffled = rows.take(np.random.default_rng(1).permutation(len(rows.y)))

    with pytest.raises(ConfigurationError, match="sort the rows by processing_date"):
        ranker().fit(shuffled, shuffled)


def test_a_ranker_needs_days() -> None:
    rows = make_rows()
    without = LabelledRows(rows.X, rows.y, rows.weight, rows.keys.drop("processing_date"))

    with pytest.raises(MissingColumnsError, match="processing_date"):
        ranker().fit(without, without)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_monotone_feature_moves_the_score_in_one_direction_only(direction: int) -> None:
    rows = make_rows(separation=0.3, seed=9)
    trainer = ModelTrainer(n_threads=1, monotone={"feature_0": direction, "feature_1": 0})

    model = trainer.fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29)).model

    steps = np.linspace(-4, 4, 201)
    grid = pl.DataFrame({name: np.zeros(201) for name in rows.X.columns}).with_columns(
        feature_0=pl.Series(steps)
    )
    moves = direction * np.diff(model.raw_score(grid))
    assert (moves >= 0).all()
    assert model.metadata.monotone == {"feature_0": direction}
