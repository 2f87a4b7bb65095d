"""How `ModelTrainer.train` divides the rows that it is given."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import polars as pl

from alertmill.errors import (
    ConfigurationError,
    MissingColumnsError,
    OneClassError,
    TooFewSnapshotsError,
    UnknownNameError,
)
from alertmill.training.data.inputs import check_same_index, column_names, read_labels, to_matrix
from alertmill.training.data.keys import SPLIT_KEYS, find_keys, read_keys
from alertmill.training.data.rows import KEYS, LabelledRows

if TYPE_CHECKING:
    from alertmill.training.data.inputs import Frame, Labels

Split = Literal["time", "random"]
TEST_SHARE, VALIDATION_SHARE = 0.25, 0.2
"""Of the days, or of the rows of a random split, that are not left to the embargo."""

_SPLITS: tuple[Split, ...] = get_args(Split)
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Partition:
    """Positions of rows; no two members of train, validation and test overlap."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    """Pairs inside ``train``: positions to fit on, positions to measure on."""
    development: np.ndarray
    """All rows up to the last one of validation, those of the embargo between included."""


@dataclass(frozen=True)
class _Lengths:
    """Calendar days of the two later ranges."""

    validation: int
    test: int


def rows_of(X: Frame, y: Labels) -> LabelledRows:
    """Return a frame and its labels as rows of equal weight.

    The keys (processing_date, address, alert_id) are taken from the index or the columns of ``X``
    and are no features; without processing_date or address the number of a row is its key.

    Raises
    ------
    WrongTypeError
        If a column of ``X`` holds no numbers, or ``y`` something else than 0 and 1.
    ConfigurationError
        If ``y`` has other rows than ``X``, or the same in another order.
    """
    names = column_names(X)
    labels = read_labels(y, n_rows=len(X))
    check_same_index(X, y)
    found = {} if isinstance(X, np.ndarray) else find_keys(X)
    features = [name for name in names if isinstance(X, np.ndarray) or name not in KEYS]
    has_keys = set(SPLIT_KEYS) <= set(found)
    return LabelledRows(
        X=pl.DataFrame(to_matrix(X, features, table="X"), schema=features).fill_nan(None),
        y=labels,
        weight=np.ones(len(labels)),
        keys=read_keys(X) if has_keys else pl.DataFrame({"row": np.arange(len(labels))}),
    )


def partition_rows(
    rows: LabelledRows, *, cv_folds: int, embargo_days: int, seed: int, split: str = "time"
) -> Partition:
    """Split by time and address, or at random and stratified.

    Raises
    ------
    UnknownNameError
        If ``split`` is neither ``time`` nor ``random``.
    MissingColumnsError
        If a split by time lacks processing_date or address.
    TooFewSnapshotsError
        If the days are too few for a split with an embargo.
    OneClassError
        If a fold holds one class only.
    ConfigurationError
        If the rarer class has fewer rows than a random split needs for the folds.
    """
    if split not in _SPLITS:
        raise UnknownNameError.of("split", str(split), _SPLITS)
    if split == "random":
        return _partition_at_random(rows.y, cv_folds=cv_folds, seed=seed)
    missing = [key for key in SPLIT_KEYS if key not in rows.keys.columns]
    if missing:
        raise MissingColumnsError.of_split(missing)
    return _partition_by_time(rows, cv_folds=cv_folds, embargo_days=embargo_days)


def _partition_by_time(rows: LabelledRows, *, cv_folds: int, embargo_days: int) -> Partition:
    from alertmill.training.data.splits import TimeAddressFolds, split_by_time

    dates = rows.keys["processing_date"]
    lengths = _lengths_of(dates, cv_folds=cv_folds, embargo_days=embargo_days)
    try:
        split = split_by_time(
            dates,
            validation_days=lengths.validation,
            test_days=lengths.test,
            embargo_days=embargo_days,
        )
        train, validation, test = (
            np.flatnonzero(dates.is_between(part.first, part.last).to_numpy())
            for part in (split.train, split.validation, split.test)
        )
        folds = TimeAddressFolds(n_splits=cv_folds, embargo_days=embargo_days).split(
            rows.X[train], rows.y[train], rows.keys[train]
        )
        development = np.flatnonzero((dates <= split.validation.last).to_numpy())
        return Partition(train, validation, test, _within(train, folds), development)
    except (TooFewSnapshotsError, OneClassError) as error:
        # Days without rows, or days of one class, which the calendar does not show.
        raise type(error)(f"{error} Fewer cv_folds (now {cv_folds}) make longer folds.") from None


def _lengths_of(dates: pl.Series, *, cv_folds: int, embargo_days: int) -> _Lengths:
    """Return the usual shares, or less where training would be too short for its folds."""
    days = dates.unique().sort()
    span = (days[-1] - days[0]).days + 1
    n_days = max(len(days) - 2 * embargo_days, 1)
    usual = _Lengths(
        validation=max(round(VALIDATION_SHARE * n_days), 1),
        test=max(round(TEST_SHARE * n_days), 1),
    )
    room = span - 2 * embargo_days - (cv_folds + 1 + embargo_days)
    if usual.validation + usual.test <= room:
        return usual
    if room < 2:  # noqa: PLR2004 - a day of validation and a day of test
        raise TooFewSnapshotsError.of_call(
            (days[0], days[-1]), cv_folds=cv_folds, embargo=embargo_days, needed=span - room + 2
        )
    test = max(round(room * TEST_SHARE / (TEST_SHARE + VALIDATION_SHARE)), 1)
    shorter = _Lengths(validation=room - test, test=test)
    _LOGGER.warning(
        "validation has %d and test %d of the %d days, instead of %d and %d, so that training is "
        "long enough for cv_folds=%d; lower cv_folds, or pass a longer range",
        shorter.validation, shorter.test, span, usual.validation, usual.test, cv_folds,
    )  # fmt: skip
    return shorter


def _partition_at_random(y: np.ndarray, *, cv_folds: int, seed: int) -> Partition:
    from sklearn.model_selection import StratifiedKFold, train_test_split

    train_share = 1 - TEST_SHARE - VALIDATION_SHARE
    rarer, needed = int(min(y.sum(), len(y) - y.sum())), math.ceil(cv_folds / train_share)
    if rarer < needed:
        raise ConfigurationError(
            f"{cv_folds} folds beside validation and test need {needed} rows of each class, but "
            f"the rarer class has {rarer}; lower cv_folds or pass more labelled rows."
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
    return Partition(train, validation, test, _within(train, folds), np.sort(rest))


def _within(
    train: np.ndarray, folds: Iterable[tuple[np.ndarray, np.ndarray]]
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return tuple((train[fit], train[held_out]) for fit, held_out in folds)
