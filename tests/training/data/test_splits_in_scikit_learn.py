"""scikit-learn and Optuna take the folds as they take their own, with keys in any frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_validate

from alertmill.errors import (
    ConfigurationError,
    MissingColumnsError,
    UnknownNameError,
    WrongTypeError,
)
from alertmill.training.data.splits import TimeAddressFolds
from tests.training.labelled_rows import as_pandas, make_rows

ROWS = make_rows()
X = ROWS.X.fill_null(0).to_numpy()
FOLDS = TimeAddressFolds(3, embargo_days=5)
EXPECTED = list(FOLDS.split(X, ROWS.y, ROWS.keys))

GROUPS: dict[str, Callable[[], Any]] = {
    "polars": lambda: ROWS.keys,
    "pandas": ROWS.keys.to_pandas,
    "pandas with times": lambda: ROWS.keys.to_pandas().astype(
        {"processing_date": "datetime64[us]"}
    ),
    "pandas with text": lambda: ROWS.keys.to_pandas().astype(str),
    "pandas index": lambda: ROWS.keys.to_pandas().set_index(["processing_date", "address"]),
}


@pytest.mark.parametrize("kind", GROUPS)
def test_keys_in_any_frame_give_the_same_folds(kind: str) -> None:
    found = list(FOLDS.split(X, pd.Series(ROWS.y), GROUPS[kind]()))

    for (fit, held_out), (other_fit, other_held_out) in zip(EXPECTED, found, strict=True):
        assert np.array_equal(fit, other_fit)
        assert np.array_equal(held_out, other_held_out)


def test_features_with_keys_in_their_index_need_no_groups() -> None:
    features, y = as_pandas(ROWS)

    (fit, held_out), *_ = FOLDS.split(features, y)

    assert np.array_equal(EXPECTED[0][0], fit)
    assert np.array_equal(EXPECTED[0][1], held_out)


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_cross_validate_takes_the_folds(kind: str) -> None:
    scores = cross_validate(
        LogisticRegression(),
        X,
        ROWS.y,
        groups=GROUPS[kind](),
        cv=FOLDS,
        scoring="roc_auc",
        return_indices=True,
    )

    assert all(map(np.array_equal, (fit for fit, _ in EXPECTED), scores["indices"]["train"]))
    assert all(map(np.array_equal, (held for _, held in EXPECTED), scores["indices"]["test"]))
    assert scores["test_score"].mean() > 0.6


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_a_grid_search_takes_the_folds(kind: str) -> None:
    search = GridSearchCV(
        LogisticRegression(), {"C": [1e-6, 1.0]}, cv=FOLDS, scoring="average_precision"
    )

    search.fit(X, ROWS.y, groups=GROUPS[kind]())

    assert 3 == search.n_splits_
    assert 0.5 < roc_auc_score(ROWS.y, search.predict_proba(X)[:, 1])
    assert 3 == clone(search).cv.n_splits


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_an_optuna_objective_takes_the_folds(kind: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial: optuna.Trial) -> float:
        model = LogisticRegression(C=trial.suggest_float("C", 1e-3, 10, log=True))
        scores = cross_validate(
            model, X, ROWS.y, groups=GROUPS[kind](), cv=FOLDS, scoring="roc_auc"
        )
        return float(scores["test_score"].mean())

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(objective, n_trials=3)

    assert study.best_value > 0.6


def test_a_clone_is_another_with_the_same_parameters() -> None:
    copy = clone(FOLDS)

    assert copy is not FOLDS
    assert FOLDS.get_params() == copy.get_params() == {"n_splits": 3, "embargo_days": 5}
    assert 4 == copy.set_params(n_splits=4).get_n_splits(X, ROWS.y, ROWS.keys)
    assert 3 == FOLDS.get_n_splits()


def test_it_shows_as_the_call_that_makes_it() -> None:
    again = eval(repr(FOLDS), {"TimeAddressFolds": TimeAddressFolds})  # noqa: S307 - our own text

    assert "TimeAddressFolds(n_splits=3, embargo_days=5)" == repr(FOLDS)
    assert FOLDS.get_params() == again.get_params()


def test_parameters_are_checked_however_they_are_set() -> None:
    with pytest.raises(ConfigurationError, match="n_splits is 0"):
        TimeAddressFolds(0)
    with pytest.raises(ConfigurationError, match="embargo_days is -1"):
        clone(FOLDS).set_params(embargo_days=-1)
    with pytest.raises(UnknownNameError, match=r"'shuffle'; expected one of embargo_days, n_split"):
        clone(FOLDS).set_params(shuffle=1)


def test_keys_that_are_missing_are_named() -> None:
    with pytest.raises(
        MissingColumnsError, match=r"^groups lacks the columns address; it has alert_id, proc"
    ):
        list(FOLDS.split(X, ROWS.y, ROWS.keys.drop("address")))


@pytest.mark.parametrize("groups", [None, ROWS.keys["address"], ROWS.keys["address"].to_list()])
def test_keys_that_are_no_frame_are_refused(groups: object) -> None:
    with pytest.raises(WrongTypeError, match="expected groups to be a pandas or polars DataFrame"):
        list(FOLDS.split(X, ROWS.y, groups))  # type: ignore[arg-type]  # so are users


def test_labels_and_keys_of_other_rows_are_refused() -> None:
    n = ROWS.keys.height

    with pytest.raises(ConfigurationError, match=f"X has {n} rows and y has {n - 1}"):
        list(FOLDS.split(X, ROWS.y[1:], ROWS.keys))
    with pytest.raises(ConfigurationError, match=f"X has {n} rows and groups has {n - 1}"):
        list(FOLDS.split(X, ROWS.y[1:], ROWS.keys[1:]))
    with pytest.raises(WrongTypeError, match="y is None; expected one label per row"):
        list(FOLDS.split(X, None, ROWS.keys))  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("kind", ["pandas", "pandas index"])
def test_labels_in_another_order_than_the_features_are_refused(kind: str) -> None:
    features, y = as_pandas(ROWS)
    mixed = y.sample(frac=1, random_state=1)

    with pytest.raises(ConfigurationError, match="y has the index of X in another order"):
        list(FOLDS.split(features, mixed, GROUPS[kind]().set_axis(mixed.index)))


def test_labels_in_another_order_than_the_keys_are_refused() -> None:
    keys = ROWS.keys.to_pandas()
    mixed = pd.Series(ROWS.y).sample(frac=1, random_state=1)

    with pytest.raises(ConfigurationError, match="y has the index of groups in another order"):
        list(FOLDS.split(X, mixed, keys))


@pytest.mark.parametrize("n_splits", [2.5, "3", True])
def test_folds_are_counted_in_whole_numbers(n_splits: object) -> None:
    with pytest.raises(ConfigurationError, match="expected a whole number of folds from 1"):
        TimeAddressFolds(n_splits)  # type: ignore[arg-type]  # the point of the test
