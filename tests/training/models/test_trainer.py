"""Training repeats to the byte, never looks at the test rows, and takes any numeric frame."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from alertmill.errors import (
    ConfigurationError,
    OneClassError,
    TooFewSnapshotsError,
    UnknownNameError,
    WrongTypeError,
)
from alertmill.training.data.partition import partition_rows, rows_of
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import FIRST_DATE, as_pandas, make_rows, rows_between

METRICS = {
    "split",
    "test_auc",
    "test_average_precision",
    "cv_auc_mean",
    "cv_auc_std",
    "cv_average_precision_mean",
    "cv_average_precision_std",
}


def foreign_frame(n: int = 800, *, seed: int = 2) -> tuple[pd.DataFrame, pd.Series]:
    """Make a frame that knows nothing of alerts, with names that LightGBM would refuse."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=["a: b", "a; b", "count", "flag"])
    X["count"] = rng.integers(0, 9, n)
    X["flag"] = rng.random(n) < 0.5
    X.loc[::7, "a: b"] = np.nan
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - 2 * X["a; b"]))).astype(int)
    return X, y.rename("y")


# --- fit --------------------------------------------------------------------------------------


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        rows = make_rows()
        fitted = ModelTrainer().fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29))
        fitted.model.save(tmp_path / name)

    for file in sorted((tmp_path / "first").iterdir()):
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes()


def test_another_seed_gives_another_model() -> None:
    rows = make_rows()
    train, validation = rows_between(rows, 0, 15), rows_between(rows, 20, 29)

    ids = {ModelTrainer(seed=s).fit(train, validation).model.metadata.model_id for s in (1, 2)}

    assert 2 == len(ids)


def test_the_curve_shows_both_splits_and_the_least_loss_is_kept() -> None:
    rows = make_rows()

    fitted = ModelTrainer().fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29))

    losses = fitted.training_curve.filter(split="validation", metric="binary_logloss")
    best = losses.sort("value", maintain_order=True)["iteration"][0]
    assert best == fitted.model.metadata.best_iteration
    assert {"train", "validation"} == set(fitted.training_curve["split"])
    assert 1 == fitted.training_curve["iteration"].min()


def test_calibration_makes_probabilities_of_later_rows_better() -> None:
    rows = make_rows(n_addresses=900, seed=8)
    later = rows_between(rows, 26, 29)

    model = ModelTrainer().fit(rows_between(rows, 0, 12), rows_between(rows, 16, 24)).model

    assert log_loss(later.y, model.predict(later.X)) < log_loss(later.y, model.raw_score(later.X))


def test_the_weights_of_the_rows_count() -> None:
    rows = make_rows()
    train, validation = rows_between(rows, 0, 15), rows_between(rows, 20, 29)
    weighted = replace(train, weight=np.where(train.y == 1, 3.0, 0.5))

    texts = {ModelTrainer().fit(t, validation).model.booster_text for t in (train, weighted)}

    assert 2 == len(texts)


def test_the_metadata_tells_where_the_model_comes_from() -> None:
    rows = make_rows()
    train, validation = rows_between(rows, 0, 15), rows_between(rows, 20, 29)

    metadata = ModelTrainer(seed=3, version="2.4.0").fit(train, validation).model.metadata

    assert (3, "2.4.0") == (metadata.seed, metadata.version)
    assert (FIRST_DATE, date(2024, 1, 16)) == (metadata.training_start, metadata.training_end)
    assert (len(train.y), int(train.y.sum())) == (metadata.n_train, metadata.n_train_positives)
    assert train.keys["address"].n_unique() == metadata.n_train_addresses


@pytest.mark.parametrize("split", ["train", "validation"])
def test_one_class_is_refused_by_the_name_of_its_split(split: str) -> None:
    rows = make_rows()
    parts = {"train": rows_between(rows, 0, 15), "validation": rows_between(rows, 20, 29)}
    parts[split] = replace(parts[split], y=np.zeros_like(parts[split].y))

    with pytest.raises(OneClassError, match=f"the {split} rows hold 0 positive"):
        ModelTrainer().fit(parts["train"], parts["validation"])


def test_an_unknown_model_type_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'alert_oracle'.*alert_scorer"):
        ModelTrainer(model_type="alert_oracle")


# --- train: the call of the notebooks ----------------------------------------------------------


def test_an_indexed_frame_is_split_by_time_and_address() -> None:
    rows = make_rows(n_addresses=500, n_days=60)

    model, metrics = ModelTrainer(model_type="alert_scorer").train(*as_pandas(rows), cv_folds=5)

    assert set(metrics) == METRICS
    assert metrics["split"] == "time"
    assert all(0 <= value <= 1 for name, value in metrics.items() if name != "split")
    assert metrics["test_auc"] > 0.6
    assert model.metadata.training_end is not None
    parts = partition_rows(rows, cv_folds=5, embargo_days=7, seed=7)
    first_test_day = rows.take(parts.test).keys["processing_date"].min()
    assert first_test_day - model.metadata.training_end > timedelta(days=7)  # type: ignore[operator]  # a date


def test_nothing_about_the_test_rows_enters_the_model() -> None:
    rows = make_rows(n_addresses=500, n_days=60)
    parts = partition_rows(rows, cv_folds=3, embargo_days=7, seed=7)
    X, y = as_pandas(rows)
    other_X, other_y = X.copy(), y.copy()
    other_X.iloc[parts.test] *= -5.0
    other_y.iloc[parts.test] = 1 - y.iloc[parts.test]

    model, metrics = ModelTrainer().train(X, y, cv_folds=3)
    other_model, other_metrics = ModelTrainer().train(other_X, other_y, cv_folds=3)

    assert model == other_model
    assert metrics["cv_auc_mean"] == other_metrics["cv_auc_mean"]
    assert metrics["test_auc"] != other_metrics["test_auc"]


def test_the_reported_test_auc_is_that_of_the_returned_model() -> None:
    rows = make_rows(n_addresses=500, n_days=60)
    test = rows.take(partition_rows(rows, cv_folds=3, embargo_days=7, seed=7).test)

    model, metrics = ModelTrainer().train(*as_pandas(rows), cv_folds=3)

    assert pytest.approx(roc_auc_score(test.y, model.raw_score(test.X))) == metrics["test_auc"]


def test_labels_without_any_signal_score_like_a_coin() -> None:
    rng = np.random.default_rng(4)
    X = pd.DataFrame(rng.normal(size=(3_000, 5)))
    y = pd.Series((rng.random(3_000) < 0.3).astype(int))

    _, metrics = ModelTrainer().train(X, y, cv_folds=5, split="random")

    assert pytest.approx(0.5, abs=0.08) == metrics["test_auc"]
    assert pytest.approx(0.5, abs=0.06) == metrics["cv_auc_mean"]


def test_a_foreign_numeric_frame_is_trained_as_it_is() -> None:
    X, y = foreign_frame()

    model, metrics = ModelTrainer(model_type="alert_scorer").train(X, y, split="random")

    assert metrics["split"] == "random"
    assert tuple(X.columns) == model.feature_names
    assert metrics["test_auc"] > 0.75
    assert (len(X),) == model.predict(X).shape


def test_training_twice_gives_the_same_model_and_metrics() -> None:
    X, y = foreign_frame()

    once, again = (ModelTrainer().train(X, y, split="random") for _ in range(2))

    assert once == again


def test_parts_and_folds_do_not_overlap() -> None:
    rows = make_rows(n_addresses=500, n_days=60)

    parts = partition_rows(rows, cv_folds=3, embargo_days=7, seed=7)

    dates = rows.keys["processing_date"].to_numpy()
    week = np.timedelta64(7, "D")
    assert dates[parts.train].max() + week < dates[parts.validation].min()
    assert dates[parts.validation].max() + week < dates[parts.test].min()
    for fit, held_out in parts.folds:
        assert set(fit) | set(held_out) <= set(parts.train)
        assert set(rows.keys["address"][fit]).isdisjoint(rows.keys["address"][held_out])


def test_random_parts_cover_every_row_once() -> None:
    rows = rows_of(*foreign_frame())

    parts = partition_rows(rows, cv_folds=4, embargo_days=7, seed=7, split="random")

    together = np.concatenate([parts.train, parts.validation, parts.test])
    assert list(range(len(rows.y))) == sorted(together)
    assert 4 == len(parts.folds)


def test_dates_as_text_or_timestamps_in_the_index_are_understood() -> None:
    X, y = as_pandas(make_rows(n_addresses=20))
    texts = X.copy()
    texts.index = texts.index.set_levels(
        [d.strftime("%Y-%m-%d") for d in pd.to_datetime(X.index.levels[0])], level=0
    )

    assert rows_of(X, y).keys.equals(rows_of(texts, y).keys)


def test_one_class_is_refused() -> None:
    X, y = foreign_frame()

    with pytest.raises(OneClassError, match="0 positive and 800 negative"):
        ModelTrainer().train(X, y * 0)


def test_too_few_positives_for_the_folds_say_how_many_are_needed() -> None:
    X, y = foreign_frame()
    y[:] = 0
    y.iloc[:4] = 1

    with pytest.raises(ConfigurationError, match=r"need 10 rows of each class.*has 4"):
        ModelTrainer().train(X, y, cv_folds=5, split="random")


def test_too_few_days_are_named() -> None:
    with pytest.raises(TooFewSnapshotsError, match=r"X spans 10 days .*embargo of 7 days needs 29"):
        ModelTrainer().train(*as_pandas(make_rows(n_days=10)))


def test_text_columns_and_other_labels_are_refused() -> None:
    X, y = foreign_frame()

    with pytest.raises(WrongTypeError, match="chain"):
        ModelTrainer().train(X.assign(chain="ethereum"), y)
    with pytest.raises(WrongTypeError, match="0 or 1"):
        ModelTrainer().train(X, y + 1)


def test_rows_of_different_length_are_refused() -> None:
    X, y = foreign_frame()

    with pytest.raises(ConfigurationError, match="800 rows and y has 799"):
        ModelTrainer().train(X, y.iloc[1:])


def test_other_hyperparameters_leave_the_trainer_as_it_was() -> None:
    trainer = ModelTrainer(seed=3)

    other = trainer.with_hyperparameters(Hyperparameters(num_leaves=4))

    assert (3, 4) == (other.seed, other.hyperparameters.num_leaves)
    assert Hyperparameters() == trainer.hyperparameters
