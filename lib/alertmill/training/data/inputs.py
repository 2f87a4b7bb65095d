"""The check of feature frames and labels in front of train, fit, predict and the folds.

A frame is a pandas or polars DataFrame or a numpy array of two dimensions. Anything else, and any
frame in which a column is not certain, is refused with one sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from alertmill.errors import ConfigurationError, MissingColumnsError, WrongTypeError
from alertmill.errors.snapshots import quote

if TYPE_CHECKING:
    import pandas as pd

    Frame = pd.DataFrame | pl.DataFrame | np.ndarray
    """Rows of features."""
    Labels = pd.Series | pd.DataFrame | pl.Series | pl.DataFrame | np.ndarray | Sequence[int]
    """One label per row; a frame has one column."""

_NUMERIC_KINDS = "biuf"
_EXPECTED_FRAME = (
    "expected a pandas or polars DataFrame, or a numpy array of two dimensions, with one row per "
    "alert"
)


def column_names(X: Any, table: str = "X") -> list[str]:  # noqa: ANN401 - what callers hand over
    """Return the names of the columns as text; those of an array are 0, 1, 2 and so on.

    Parameters
    ----------
    X : DataFrame or ndarray
        What a caller handed over.
    table : str
        What messages call it.

    Raises
    ------
    WrongTypeError
        If it is no frame, or its columns have several levels.
    ConfigurationError
        If two columns have one name.
    """
    import pandas as pd

    if isinstance(X, pl.DataFrame):
        return X.columns
    if isinstance(X, np.ndarray) and X.ndim == 2:  # noqa: PLR2004 - rows and columns
        return [str(place) for place in range(X.shape[1])]
    if not isinstance(X, pd.DataFrame):
        raise WrongTypeError(f"{table} is {kind_of(X)}; {_EXPECTED_FRAME}.")
    if isinstance(X.columns, pd.MultiIndex):
        raise WrongTypeError(
            f"the columns of {table} have {X.columns.nlevels} levels; expected one name per "
            "column. Join the levels into one text."
        )
    names = [str(name) for name in X.columns]
    repeated = sorted(name for name, n in Counter(names).items() if n > 1)
    if repeated:
        raise ConfigurationError(
            f"{table} has several columns named {', '.join(repeated)}; expected every name once. "
            "Rename or drop columns."
        )
    return names


def to_matrix(X: Frame, names: Sequence[str], *, table: str = "the feature matrix") -> np.ndarray:
    """Return the named columns as float64, missing as nan, shape (n_alerts, len(names)).

    Columns of a frame are picked by name. An array has no names: it is taken only where the names
    are those that `column_names` gave to the columns of an array.

    Raises
    ------
    MissingColumnsError
        If a named column is not there.
    WrongTypeError
        If it is no frame, or a named column holds no numbers.
    ConfigurationError
        If two columns have one name.
    """
    found = column_names(X, table)
    if isinstance(X, np.ndarray):
        if found != list(names):
            raise MissingColumnsError.in_array(len(found), names)
        return _array_matrix(X, table)
    missing = set(names) - set(found)
    if missing:
        raise MissingColumnsError.of(table, missing, found)
    if isinstance(X, pl.DataFrame):
        return _polars_matrix(X.select(names), table)
    place_of = {name: place for place, name in enumerate(found)}
    return _pandas_matrix(X.iloc[:, [place_of[name] for name in names]], table)


def text_columns(X: Frame, names: Iterable[str]) -> pl.DataFrame:
    """Return those of the named columns that hold text or categories; none of an array."""
    import pandas as pd

    if isinstance(X, pl.DataFrame):
        kinds = pl.String, pl.Categorical, pl.Enum
        return X.select(n for n in names if n in X.columns and isinstance(X.schema[n], kinds))
    if isinstance(X, np.ndarray):
        return pl.DataFrame()
    column_names(X)
    found = [
        name
        for name in names
        if name in X.columns and not pd.api.types.is_numeric_dtype(X[name].dtype)
    ]
    return pl.DataFrame(
        {name: [None if pd.isna(v) else str(v) for v in X[name]] for name in found},
        schema=dict.fromkeys(found, pl.String),
    )


def with_columns(X: Frame, columns: pl.DataFrame) -> Frame:
    """Return a frame in which these columns stand for its own of the same names."""
    if isinstance(X, pl.DataFrame):
        return X.with_columns(columns.get_columns())
    return X.assign(**{name: columns[name].to_numpy() for name in columns.columns})  # type: ignore[union-attr]  # an array has no names


def read_labels(y: Any, *, n_rows: int) -> np.ndarray:  # noqa: ANN401 - what callers hand over
    """Return the labels as int8, shape (n_rows,).

    Parameters
    ----------
    y : Series, DataFrame of one column, ndarray or sequence
        0 or 1 (or False and True) in every row.
    n_rows : int
        Rows of the features.

    Raises
    ------
    WrongTypeError
        If it has several columns, holds no numbers, or something else than 0 and 1.
    ConfigurationError
        If there are more or fewer labels than rows.
    """
    values = _single_column(y)
    if len(values) != n_rows:
        raise ConfigurationError(
            f"X has {n_rows} rows and y has {len(values)}; expected one label for each row."
        )
    is_label = np.isin(values, (0, 1))
    if values.dtype.kind not in _NUMERIC_KINDS + "O" or not is_label.all():
        wrong = values[~is_label] if not is_label.all() else values
        raise WrongTypeError(
            f"y holds {_label_text(wrong[0])}; expected 0 or 1 in every row, 1 for a confirmed "
            "alert. Encode the labels, and leave out the rows without one."
        )
    return values.astype(np.int8)


def check_same_index(X: object, y: object, *, tables: tuple[str, str] = ("X", "y")) -> None:
    """Refuse pandas objects whose indexes differ: which label belongs to which row is not known.

    Parameters
    ----------
    X, y : object
        Only if both are of pandas they have an index to compare.
    tables : pair of str
        What messages call them.

    Raises
    ------
    ConfigurationError
        If the indexes are not equal, in the same order.
    """
    import pandas as pd

    if not isinstance(X, pd.DataFrame) or not isinstance(y, pd.Series | pd.DataFrame):
        return
    if len(X) != len(y) or X.index.equals(y.index):
        return
    one, other = tables
    if X.index.nlevels == y.index.nlevels and y.index.is_unique:
        places = y.index.get_indexer(X.index)
        if (places == np.arange(len(y))).all():  # equal labels of different types
            return
        if (places >= 0).all():
            raise ConfigurationError(
                f"{other} has the index of {one} in another order; expected the same order. Pass "
                f"{other}.loc[{one}.index]."
            )
    raise ConfigurationError(
        f"{one} and {other} have different indexes, so it is not certain which rows belong "
        f"together; expected one index. Pass {other}.to_numpy() if they correspond by position."
    )


def check_category_codes(
    matrix: np.ndarray, names: Sequence[str], categorical: Sequence[str]
) -> None:
    """Refuse category codes that LightGBM would take for missing, or cut down to other codes.

    Parameters
    ----------
    matrix : ndarray of shape (n_alerts, n_features)
        Float64, missing is nan.
    names : sequence of str
        One per column.
    categorical : sequence of str
        Those that hold codes.

    Raises
    ------
    WrongTypeError
        If a code is negative, no whole number, or above 2,147,483,647.
    """
    for name in categorical:
        codes = matrix[:, list(names).index(name)]
        known = codes[~np.isnan(codes)]
        is_wrong = (known < 0) | (known != np.floor(known)) | (known > np.iinfo(np.int32).max)
        if is_wrong.any():
            raise WrongTypeError(
                f"the category codes of {name} hold {known[is_wrong][0]:g}; expected whole numbers "
                "from 0, and nan or null where the category is missing. Encode the categories."
            )


def take_rows(table: Frame | Labels, positions: np.ndarray) -> Any:  # noqa: ANN401 - the kind of the table
    """Return the rows at the positions, in the kind in which the table was handed over.

    Parameters
    ----------
    table : DataFrame, Series, ndarray or sequence
        Of pandas or polars; a sequence becomes an array.
    positions : ndarray of int
        Rows from 0.
    """
    import pandas as pd

    if isinstance(table, pd.DataFrame | pd.Series):
        return table.iloc[positions]
    return (table if isinstance(table, pl.DataFrame | pl.Series) else np.asarray(table))[positions]


def kind_of(value: object) -> str:
    """Return what a value is, for a message.

    Examples
    --------
    >>> kind_of(np.zeros(3)), kind_of([1.0]), kind_of(pl.Series())
    ('a numpy array of shape (3,)', 'a list', 'a polars Series')
    """
    if isinstance(value, np.ndarray):
        return f"a numpy array of shape {value.shape}"
    if value is None:
        return "None"
    library = type(value).__module__.partition(".")[0]
    origin = f"{library} " if library in ("pandas", "polars", "scipy") else ""
    return f"a {origin}{type(value).__name__}"


def _single_column(y: Any) -> np.ndarray:  # noqa: ANN401 - what callers hand over
    import pandas as pd

    if isinstance(y, pl.DataFrame | pd.DataFrame) and y.shape[1] == 1:
        y = y.to_series() if isinstance(y, pl.DataFrame) else y.iloc[:, 0]
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == 1:  # noqa: PLR2004 - a column
        y = y[:, 0]
    if isinstance(y, pd.Series):
        if y.hasnans:
            return np.array([None if pd.isna(value) else value for value in y], dtype=object)
        return y.to_numpy()
    if isinstance(y, pl.Series):
        return y.to_numpy()
    if isinstance(y, list | tuple):
        y = np.asarray(y, dtype=object)
    if isinstance(y, np.ndarray) and y.ndim == 1:
        return _unmasked(y)
    found = f"a table of {y.shape[1]} columns" if _is_table(y) else kind_of(y)
    raise WrongTypeError(
        f"y is {found}; expected one label per row: a Series, one column, or a numpy array of one "
        "dimension."
    )


def _unmasked(y: np.ndarray) -> np.ndarray:
    """Return masked labels as nan, which is refused, and not as what the mask hides."""
    if isinstance(y, np.ma.MaskedArray) and np.ma.is_masked(y):
        return np.asarray(np.ma.filled(y.astype(np.float64), np.nan))
    return np.asarray(y)


def _is_table(y: object) -> bool:
    import pandas as pd

    return isinstance(y, pl.DataFrame | pd.DataFrame)


def _label_text(value: object) -> str:
    is_missing = value is None or value != value or str(value) == "<NA>"  # noqa: PLR0124 - nan
    return (
        "missing labels"
        if is_missing
        else quote(value.item() if isinstance(value, np.generic) else value)
    )


def _array_matrix(X: np.ndarray, table: str) -> np.ndarray:
    if X.dtype.kind not in _NUMERIC_KINDS:
        raise WrongTypeError(f"{table} is an array of {X.dtype}; expected an array of numbers.")
    if isinstance(X, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(X.astype(np.float64), np.nan))
    return np.asarray(X, dtype=np.float64)


def _polars_matrix(X: pl.DataFrame, table: str) -> np.ndarray:
    wrong = [n for n, t in X.schema.items() if not (t.is_numeric() or t == pl.Boolean)]
    if wrong:
        raise WrongTypeError.of(table, wrong, expected="numbers")
    return X.cast(pl.Float64).to_numpy(order="c")


def _pandas_matrix(X: pd.DataFrame, table: str) -> np.ndarray:
    from pandas.api.types import is_complex_dtype, is_numeric_dtype

    wrong = [
        str(name)
        for name, kind in X.dtypes.items()
        if not is_numeric_dtype(kind) or is_complex_dtype(kind)
    ]
    if wrong:
        raise WrongTypeError.of(table, wrong, expected="numbers")
    return X.to_numpy(dtype=np.float64, na_value=np.nan)
