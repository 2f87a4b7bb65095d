"""Division of alerts over time, and over time and addresses at once.

Neighbouring snapshots share most of their transactions, and an address alerts on many days. So a
range that is measured on starts only after an embargo, and a fold shares no address with the rows
that its model was fitted on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl

from alertmill.errors import (
    ConfigurationError,
    OneClassError,
    TooFewSnapshotsError,
    UnknownNameError,
)
from alertmill.training.data.arguments import check_whole
from alertmill.training.data.inputs import check_same_index, read_labels
from alertmill.training.data.keys import SPLIT_KEYS, read_keys

if TYPE_CHECKING:
    import pandas as pd

    from alertmill.training.data.inputs import Labels

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DateRange:
    """Processing dates from ``first`` to ``last``, both inclusive."""

    first: date
    last: date

    @property
    def n_days(self) -> int:
        """Calendar days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class TimeSplit:
    """Three ranges in their order, with an embargo after each of the first two."""

    train: DateRange
    validation: DateRange
    test: DateRange


def split_by_time(
    dates: pl.Series, *, validation_days: int, test_days: int, embargo_days: int
) -> TimeSplit:
    """Divide the calendar back from the last snapshot: test, embargo, validation, embargo, train.

    Parameters
    ----------
    dates : Series
        Processing dates, in any order, repeated or not. A day without a snapshot counts as a day.
    validation_days, test_days : int
        Calendar days of the two later ranges, at least 1.
    embargo_days : int
        Days left out between two ranges: ``validation.first - train.last`` is one day more.

    Raises
    ------
    ConfigurationError
        If a length is not allowed.
    TooFewSnapshotsError
        If no day is left for training, or no snapshot lies in the validation range.

    Examples
    --------
    >>> days = pl.date_range(date(2024, 1, 1), date(2024, 2, 29), eager=True)
    >>> split = split_by_time(days, validation_days=10, test_days=14, embargo_days=7)
    >>> split.train.n_days, split.validation.first, split.test.last
    (22, datetime.date(2024, 1, 30), datetime.date(2024, 2, 29))
    """
    _check_lengths(validation_days=validation_days, test_days=test_days, embargo_days=embargo_days)
    needed = 1 + validation_days + test_days + 2 * embargo_days
    layout = (
        f"1 training, {validation_days} validation, {test_days} test "
        f"and twice {embargo_days} embargo days"
    )
    days = dates.drop_nulls().unique().sort()
    if days.is_empty() or (days[-1] - days[0]).days + 1 < needed:
        raise TooFewSnapshotsError.of(found=len(days), needed=needed, layout=layout)
    test = DateRange(days[-1] - (test_days - 1) * _DAY, days[-1])
    validation = _range_before(test.first, n_days=validation_days, embargo_days=embargo_days)
    train = DateRange(days[0], validation.first - (embargo_days + 1) * _DAY)
    if not days.is_between(validation.first, validation.last).any():
        raise TooFewSnapshotsError(
            f"no snapshot lies in the validation range {validation.first} to {validation.last}; "
            "ingest those days, or change the validation, test or embargo days."
        )
    return TimeSplit(train, validation, test)


class TimeAddressFolds:
    """Folds that lie later than their training rows, at other addresses.

    A cross-validator in the sense of scikit-learn: for ``cv=`` of `cross_validate` or
    `GridSearchCV`, and for any loop over `split`, such as the objective of a search.

    The calendar is cut into ``n_splits`` validation periods of equal length; a fold is fitted on
    everything up to the embargo before its period. Of the addresses that alert on both sides,
    every other one is measured on and the rest trained on, the positive ones and the negative ones
    by themselves; an address that alerts on one side only stays there. The division of addresses
    alternates from fold to fold and needs no seed. Rows of the embargo, and those of an address on
    its wrong side, belong to neither.

    Parameters
    ----------
    n_splits : int
        Number of folds.
    embargo_days : int
        Days between the last training row and the first validation row are more than this: the
        window of the snapshots and the time that labels take to arrive, at least.

    Examples
    --------
    >>> folds = TimeAddressFolds(3, embargo_days=14)
    >>> folds
    TimeAddressFolds(n_splits=3, embargo_days=14)
    >>> scores = cross_validate(model, X, y, groups=keys, cv=folds)  # doctest: +SKIP
    """

    def __init__(self, n_splits: int = 5, *, embargo_days: int = 7) -> None:
        self.n_splits = n_splits
        self.embargo_days = embargo_days
        self._check()

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"TimeAddressFolds(n_splits={self.n_splits}, embargo_days={self.embargo_days})"

    def get_params(self, deep: bool = True) -> dict[str, int]:  # noqa: FBT001, FBT002 - scikit-learn's
        """Return the parameters, as `sklearn.base.clone` asks for them."""
        del deep
        return {"n_splits": self.n_splits, "embargo_days": self.embargo_days}

    def set_params(self, **parameters: int) -> Self:
        """Change parameters, as scikit-learn does.

        Raises
        ------
        UnknownNameError
            If a parameter does not exist.
        ConfigurationError
            If a value is not allowed.
        """
        for name, value in parameters.items():
            if name not in self.get_params():
                raise UnknownNameError.of("parameter", name, self.get_params())
            setattr(self, name, value)
        self._check()
        return self

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds, as scikit-learn asks for it."""
        del X, y, groups
        return self.n_splits

    def split(
        self, X: object, y: Labels, groups: pl.DataFrame | pd.DataFrame | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions to fit on and to measure on, one pair a fold, the earliest first.

        Parameters
        ----------
        X : object
            Looked at only without ``groups``: a pandas frame with the keys in its index will do.
        y : array of shape (n_alerts,)
            1 for a confirmed alert, else 0.
        groups : DataFrame, optional
            The keys of the same rows: processing_date, address, and any other columns; polars, or
            pandas with columns or index levels of these names.

        Raises
        ------
        MissingColumnsError
            If the keys are missing.
        WrongTypeError
            If the keys are no frame, or ``y`` holds something else than 0 and 1.
        ConfigurationError
            If ``y``, ``X`` and the keys have different rows, or the same in another order.
        TooFewSnapshotsError
            If the days are too few for the folds and the embargo.
        OneClassError
            If a fold holds one class only, on either side.
        """
        keys = read_keys(groups, X)
        is_positive = read_labels(y, n_rows=keys.height) == 1
        check_same_index(X, y)
        _check_groups(X, y, groups)
        rows = keys.select("processing_date", "address", is_positive=pl.Series(is_positive))
        dates = rows["processing_date"]
        periods = later_periods(dates, self.n_splits, embargo_days=self.embargo_days)
        for number, period in enumerate(periods):
            last = period.first - (self.embargo_days + 1) * _DAY
            before = (dates <= last).to_numpy()
            within = dates.is_between(period.first, period.last).to_numpy()
            is_held_out = _hold_out(rows, before=before, within=within, turn=number % 2)
            fit = np.flatnonzero(before & ~is_held_out)
            held_out = np.flatnonzero(within & is_held_out)
            _check_classes(rows["is_positive"][fit], f"fold {number + 1} training")
            _check_classes(rows["is_positive"][held_out], f"fold {number + 1} validation")
            yield fit, held_out

    def _check(self) -> None:
        self.n_splits = check_whole("n_splits", self.n_splits, least=1, meaning="folds")
        self.embargo_days = check_whole("embargo_days", self.embargo_days, least=0, meaning="days")


def later_periods(dates: pl.Series, n_periods: int, *, embargo_days: int) -> Iterator[DateRange]:
    """Cut the days after the first training days and an embargo into periods of equal length.

    Raises
    ------
    TooFewSnapshotsError
        If the days are too few.
    """
    needed = n_periods + 1 + embargo_days
    days = dates.unique().sort()
    n_days = (days[-1] - days[0]).days + 1 if len(days) else 0
    if n_days < needed:
        raise TooFewSnapshotsError.of(
            found=len(days),
            needed=needed,
            layout=f"{n_periods} validation folds of 1 day, {embargo_days} embargo "
            "days and 1 training day",
        )
    usable = n_days - embargo_days
    starts = [n_days - usable * n_left // (n_periods + 1) for n_left in range(n_periods, -1, -1)]
    for start, end in itertools.pairwise(starts):
        yield DateRange(days[0] + start * _DAY, days[0] + (end - 1) * _DAY)


def time_folds(
    dates: pl.Series, y: np.ndarray, *, n_splits: int, embargo_days: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return folds as a model in use meets alerts: later ones, of addresses it may know.

    Parameters
    ----------
    dates : Series
        Processing date of each row.
    y : ndarray of shape (n_alerts,)
        1 for a confirmed alert, else 0.
    n_splits : int
        Periods, the earliest first; see `later_periods`.
    embargo_days : int
        Days before a period that belong to neither side.

    Returns
    -------
    list of pairs of ndarray
        Positions to fit on, everything before the embargo, and positions of the period.

    Raises
    ------
    TooFewSnapshotsError
        If the days are too few.
    OneClassError
        If the rows to fit on, or those of all periods together, hold one class only.
    """
    folds = []
    for number, period in enumerate(later_periods(dates, n_splits, embargo_days=embargo_days), 1):
        last = period.first - (embargo_days + 1) * _DAY
        fit = np.flatnonzero((dates <= last).to_numpy())
        _check_classes(pl.Series(y[fit] == 1), f"fold {number} training")
        folds.append((fit, np.flatnonzero(dates.is_between(period.first, period.last).to_numpy())))
    held_out = np.concatenate([positions for _, positions in folds])
    _check_classes(pl.Series(y[held_out] == 1), "folds' validation")
    return folds


def _hold_out(
    rows: pl.DataFrame, *, before: np.ndarray, within: np.ndarray, turn: int
) -> np.ndarray:
    """Mark the rows whose address is measured on: of those on both sides, every other one."""
    addresses = (
        rows.with_columns(before=pl.Series(before), within=pl.Series(within))
        .group_by("address")
        .agg(pl.col("before", "within", "is_positive").any())
        .sort("is_positive", "address", descending=[True, False])
    )
    place = pl.int_range(pl.len()).over("is_positive")
    both = addresses.filter("before", "within").filter(place % 2 == turn)
    only_within = addresses.filter(pl.col("within") & ~pl.col("before"))
    chosen = pl.concat([both["address"], only_within["address"]])
    return rows["address"].is_in(chosen.implode()).to_numpy()


def _check_groups(X: object, y: object, groups: object) -> None:
    """Refuse keys of other rows than the features or labels, as far as an index shows it."""
    n_rows, n_keys = getattr(X, "shape", (None,))[0], getattr(groups, "shape", (None,))[0]
    if None not in (n_rows, n_keys) and n_rows != n_keys:
        raise ConfigurationError(
            f"X has {n_rows} rows and groups has {n_keys}; expected the keys of each row."
        )
    columns = getattr(groups, "columns", ())
    if all(key in columns for key in SPLIT_KEYS):  # else its index holds the keys, not row numbers
        check_same_index(groups, y, tables=("groups", "y"))


def _range_before(day: date, *, n_days: int, embargo_days: int) -> DateRange:
    last = day - (embargo_days + 1) * _DAY
    return DateRange(last - (n_days - 1) * _DAY, last)


def _check_lengths(*, embargo_days: int, **lengths: int) -> None:
    too_short = {name: n for name, n in lengths.items() if n < 1}
    if embargo_days < 0:
        too_short["embargo_days"] = embargo_days
    if too_short:
        found = ", ".join(f"{name} is {n}" for name, n in too_short.items())
        raise ConfigurationError(f"{found}; ranges need 1 day, an embargo 0 days at least.")


def _check_classes(is_positive: pl.Series, split: str) -> None:
    positives = int(is_positive.sum())
    if positives in (0, len(is_positive)):
        raise OneClassError.of(split, positives=positives, negatives=len(is_positive) - positives)
