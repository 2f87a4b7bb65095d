"""Processing date and address of rows, in whatever frame a caller has them."""

from __future__ import annotations

from typing import Any

import polars as pl

from alertmill.errors import MissingColumnsError

SPLIT_KEYS = ("processing_date", "address")


def read_keys(groups: Any, X: Any = None) -> pl.DataFrame:  # noqa: ANN401 - pandas or polars
    """Give the keys of rows as a polars frame.

    Parameters
    ----------
    groups : DataFrame
        Polars or pandas, with the columns processing_date and address, or with index levels of
        these names. Dates may be dates, times or ISO strings.
    X : DataFrame, optional
        Where the keys are looked for in the same way when ``groups`` is None, as a pandas frame of
        features has them in its index.

    Returns
    -------
    DataFrame
        Columns processing_date (Date), address and what else stands beside them; same rows.

    Raises
    ------
    MissingColumnsError
        If neither of the two has the keys.
    """
    keys = _as_polars(X if groups is None else groups)
    missing = set(SPLIT_KEYS) - set(keys.columns)
    if missing:
        raise MissingColumnsError.of("groups", missing, keys.columns)
    if keys.schema["processing_date"] == pl.String:
        return keys.with_columns(pl.col("processing_date").str.to_date())
    return keys.with_columns(pl.col("processing_date").cast(pl.Date))


def _as_polars(frame: Any) -> pl.DataFrame:  # noqa: ANN401 - pandas or polars
    import pandas as pd

    if isinstance(frame, pl.DataFrame):
        return frame
    if not isinstance(frame, pd.DataFrame):
        return pl.DataFrame()
    if not set(SPLIT_KEYS) <= set(frame.columns):
        frame = frame.index.to_frame(index=False)
    return pl.DataFrame({str(name): frame[name].to_numpy() for name in frame.columns})
