"""Processing date and address of rows, in whatever frame a caller has them."""

from __future__ import annotations

from typing import Any

import polars as pl

from alertmill.errors import ConfigurationError, MissingColumnsError, WrongTypeError
from alertmill.errors.snapshots import quote
from alertmill.training.data.inputs import column_names, kind_of
from alertmill.training.data.rows import KEYS

SPLIT_KEYS = KEYS[:2]
_MOST_NAMED = 10
_EXPECTED_DATES = "expected dates, times in UTC, or text such as 2024-01-31"


def read_keys(groups: Any, X: Any = None) -> pl.DataFrame:  # noqa: ANN401 - what callers hand over
    """Return the keys of rows as a polars frame.

    Parameters
    ----------
    groups : DataFrame
        Polars or pandas, with processing_date and address as columns or index levels. Dates may be
        dates, times without a zone or in UTC, or ISO text.
    X : DataFrame, optional
        Where the keys are looked for in the same way when ``groups`` is None, as a pandas frame of
        features has them in its index.

    Returns
    -------
    DataFrame
        Columns processing_date (Date), address, and alert_id if it is there; same rows.

    Raises
    ------
    MissingColumnsError
        If neither of the two has the keys.
    WrongTypeError
        If it is no frame, or the dates are no dates in UTC.
    ConfigurationError
        If a key is missing in some row.
    """
    import pandas as pd

    table, frame = ("groups", groups) if groups is not None else ("X", X)
    if not isinstance(frame, pl.DataFrame | pd.DataFrame):
        raise WrongTypeError(
            f"{table} is {kind_of(frame)}; expected groups to be a pandas or polars DataFrame with "
            "processing_date and address of every row."
        )
    found = find_keys(frame, table)
    missing = set(SPLIT_KEYS) - set(found)
    if missing:
        raise MissingColumnsError.of(table, missing, _names_of(frame)[:_MOST_NAMED])
    keys = pl.DataFrame(
        [_dates(c) if name == SPLIT_KEYS[0] else _plain(name, c) for name, c in found.items()]
    )
    for name in SPLIT_KEYS:
        n_missing = keys[name].null_count()
        if n_missing:
            raise ConfigurationError(
                f"{name} is missing in {n_missing} of {keys.height} rows; expected both keys in "
                "every row. Leave those rows out."
            )
    return keys


def find_keys(frame: Any, table: str = "X") -> dict[str, Any]:  # noqa: ANN401 - Series of both kinds
    """Return those of the keys that are columns or index levels, each a Series of its library.

    Parameters
    ----------
    frame : DataFrame
        Pandas or polars. A column is taken before an index level of the same name.
    table : str
        What messages call it.

    Raises
    ------
    WrongTypeError, ConfigurationError
        If the columns of the frame are refused by `column_names`.
    """
    names = column_names(frame, table)
    if isinstance(frame, pl.DataFrame):
        return {key: frame[key] for key in KEYS if key in names}
    levels = {
        str(name): frame.index.get_level_values(place).to_series(index=range(len(frame)))
        for place, name in enumerate(frame.index.names)
    }
    columns = {name: frame.iloc[:, place] for place, name in enumerate(names) if name in KEYS}
    return {key: (levels | columns)[key] for key in KEYS if key in levels | columns}


def _names_of(frame: Any) -> list[str]:  # noqa: ANN401 - pandas or polars
    index = [] if isinstance(frame, pl.DataFrame) else frame.index.names
    return [str(name) for name in (*index, *frame.columns) if name is not None]


def _dates(column: Any) -> pl.Series:  # noqa: ANN401 - a Series of pandas or polars
    values = _without_zone(column)
    if values.dtype == pl.String:
        try:
            return values.str.to_date()
        except pl.exceptions.PolarsError:
            first = quote(values.drop_nulls().first())
            message = f"processing_date holds text such as {first}; {_EXPECTED_DATES}."
            raise WrongTypeError(message) from None
    if values.dtype not in (pl.Date, pl.Datetime, pl.Null):
        raise WrongTypeError(f"processing_date holds {values.dtype}; {_EXPECTED_DATES}.")
    return values.cast(pl.Date)


def _without_zone(column: Any) -> pl.Series:  # noqa: ANN401 - a Series of pandas or polars
    """Take away the zone UTC; a date in another zone may be another day."""
    zone = getattr(column.dtype, "time_zone", None) or getattr(column.dtype, "tz", None)
    if zone is None:
        return _plain(SPLIT_KEYS[0], column)
    if str(zone) != "UTC":
        raise WrongTypeError(
            f"processing_date has the time zone {zone}; {_EXPECTED_DATES}. Convert the times, or "
            "take away the zone if they are the dates of snapshots."
        )
    if isinstance(column, pl.Series):
        return column.dt.replace_time_zone(None)
    return _plain(SPLIT_KEYS[0], column.dt.tz_localize(None))


def _plain(name: str, column: Any) -> pl.Series:  # noqa: ANN401 - a Series of pandas or polars
    if isinstance(column, pl.Series):
        return column.alias(name)
    values = column.to_numpy()
    if values.dtype != object:
        return pl.Series(name, values)
    try:
        # Python's own dates and texts, which an array holds as objects.
        return pl.Series(name, values.tolist())
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series(name, values)
