"""How the rows handed to `ModelTrainer.train` are divided when the caller gives no split."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.errors import ConfigurationError, WrongTypeError
from alertmill.training.keys import SPLIT_KEYS, read_keys
from alertmill.training.models import to_matrix
from alertmill.training.rows import LabelledRows

if TYPE_CHECKING:
    import pandas as pd

TEST_SHARE, VALIDATION_SHARE = 0.25, 0.2
"""Of the days, or of the rows where there are none, that are not left to the embargo."""


@dataclass(frozen=True)
class Partition:
    """Positions of rows; no two members of train, validation and test overlap."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    """Pairs inside ``train``: positions to fit on, positions to measure on."""


def rows_of(X: pd.DataFrame, y: pd.Series) -> LabelledRows:
    """Turn a pandas frame and its labels into rows of equal weight.

    Index levels become the keys; a frame with a plain index gets its row numbers as key.

    Raises
    ------
    WrongTypeError
        If a column of ``X`` holds no numbers, or ``y`` something else than 0 and 1.
    """
    names = [str(name) for name in X.columns]
    labels = np.asarray(y)
    if len(labels) != len(X):
        raise ConfigurationError(
            f"X has {len(X)} rows and y has {len(labels)}; give the same rows."
        )
    if not np.isin(labels, (0, 1)).all():
        raise WrongTypeError.of("the labels", [str(y.name)], expected="0 or 1 in every row")
    matrix = to_matrix(X, list(X.columns))
    return LabelledRows(
        X=pl.DataFrame(matrix, schema=names).fill_nan(None),
        y=labels.astype(np.int8),
        weight=np.ones(len(labels)),
        keys=_keys_of(X),
    )


def partition_rows(rows: LabelledRows, *, cv_folds: int, embargo_days: int, seed: int) -> Partition:
    """Split by time and address where the keys allow it, else at random and stratified.

    Raises
    ------
    TooFewSnapshotsError
        If the dates are too few for a split with an embargo.
    ConfigurationError
        If the rarer class has fewer rows than there are folds.
    """
    if set(SPLIT_KEYS) <= set(rows.keys.columns):
        return _partition_by_time(rows, cv_folds=cv_folds, embargo_days=embargo_days)
    return _partition_at_random(rows.y, cv_folds=cv_folds, seed=seed)


def _keys_of(X: pd.DataFrame) -> pl.DataFrame:
    if not set(SPLIT_KEYS) <= set(X.index.names):
        return pl.DataFrame({"row": np.arange(len(X))})
    return read_keys(X)


def _partition_by_time(rows: LabelledRows, *, cv_folds: int, embargo_days: int) -> Partition:
    from alertmill.training.splits import TimeAddressFolds, split_by_time

    dates = rows.keys["processing_date"]
    n_days = max(dates.n_unique() - 2 * embargo_days, 1)
    split = split_by_time(
        dates,
        validation_days=max(round(VALIDATION_SHARE * n_days), 1),
        test_days=max(round(TEST_SHARE * n_days), 1),
        embargo_days=embargo_days,
    )
    train, validation, test = (
        np.flatnonzero(dates.is_between(part.first, part.last).to_numpy())
        for part in (split.train, split.validation, split.test)
    )
    folds = TimeAddressFolds(n_splits=cv_folds, embargo_days=embargo_days).split(
        rows.X[train], rows.y[train], rows.keys[train]
    )
    return Partition(train, validation, test, _within(train, folds))


def _partition_at_random(y: np.ndarray, *, cv_folds: int, seed: int) -> Partition:
    from sklearn.model_selection import StratifiedKFold, train_test_split

    train_share = 1 - TEST_SHARE - VALIDATION_SHARE
    rarer, needed = int(min(y.sum(), len(y) - y.sum())), math.ceil(cv_folds / train_share)
    if rarer < needed:
        raise ConfigurationError(
            f"{cv_folds} folds beside validation and test need {needed} rows of each class, but "
            f"the rarer class has {rarer}; take fewer folds or more labelled rows."
        )
    rest, test = train_test_split(
        np.arange(len(y)), test_size=TEST_SHARE, stratify=y, random_state=seed
    )
    train, validation = train_test_split(
        rest,
        test_size=VALIDATION_SHARE / (1 - TEST_SHARE),
        stratify=y[rest],
        random_state=seed,
    )
    folds = StratifiedKFold(cv_folds, shuffle=True, random_state=seed).split(train, y[train])
    return Partition(train, validation, test, _within(train, folds))


def _within(
    train: np.ndarray, folds: Iterable[tuple[np.ndarray, np.ndarray]]
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return tuple((train[fit], train[held_out]) for fit, held_out in folds)
