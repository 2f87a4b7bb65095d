"""Which group every alert belongs to, where groups are compared."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import polars as pl

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.evaluation.segments import VOLUME_BAND_NAMES, with_volume_band
from alertmill.training.data.rows import KEYS

GROUP_COLUMNS = ("suspected_address_type", "age_band", "volume_band", "network")
AGE_BOUNDS_DAYS = (7, 30, 180)
AGE_BAND_NAMES = ("younger than 7 days", "7 to 30 days", "30 to 180 days", "180 days and older")
_MOST_VALUES = 20
_QUARTERS = (0.25, 0.5, 0.75)


def with_groups(
    alerts: pl.DataFrame,
    *,
    units: pl.DataFrame,
    features: pl.DataFrame,
    network: str,
    named: Sequence[str] = (),
) -> pl.DataFrame:
    """Add the columns of `GROUP_COLUMNS` and the named ones, as text or as bands in their order.

    An alert without a value has null and belongs to no group. A number of many values is cut into
    quarters of about as many alerts each.

    Parameters
    ----------
    alerts : DataFrame
        Keys, y and score, one row an alert.
    units, features : DataFrame
        Keys, then columns of the alerts and their features; may hold more alerts.
    network : str
        Of the alerts.
    named : sequence of str
        Columns of the units, else of the features.

    Raises
    ------
    UnknownNameError, ConfigurationError
        As `check_group_columns`.
    """
    check_group_columns(named, units, features)
    known = units.select(
        *KEYS, *_there(units, ("suspected_address_type", "volume_usd", *named))
    ).join(
        features.select(
            *KEYS, *_there(features, ("age_days", *(n for n in named if n not in units.columns)))
        ),
        on=KEYS,
        how="left",
        validate="1:1",
    )
    others = [name for name in known.columns if name in KEYS or name not in alerts.columns]
    joined = with_volume_band(alerts.join(known.select(others), on=KEYS, how="left"))
    ages = [_age_band()] if "age_days" in joined.columns else []
    grouped = joined.with_columns(*ages, network=pl.lit(network)).with_columns(
        pl.col("^volume_band$").cast(pl.Enum(VOLUME_BAND_NAMES))
    )
    return grouped.with_columns(_as_group(grouped[name]) for name in named)


def columns_of_groups(alerts: pl.DataFrame, named: Sequence[str] = ()) -> tuple[str, ...]:
    """Columns by which the alerts may be grouped, each once."""
    return tuple(n for n in dict.fromkeys((*GROUP_COLUMNS, *named)) if n in alerts.columns)


def check_group_columns(named: Sequence[str], units: pl.DataFrame, features: pl.DataFrame) -> None:
    """Refuse columns that do not exist, or that hold too many texts to be groups.

    Raises
    ------
    UnknownNameError
        If neither the units nor the features have the column.
    ConfigurationError
        If it holds more than 20 different texts.
    """
    for name in named:
        frame = units if name in units.columns else features
        if name in KEYS or name not in frame.columns:
            names = {*units.columns, *features.columns} - {*KEYS}
            raise UnknownNameError.of("column for groups", name, names)
        n_values = frame[name].n_unique()
        if not frame[name].dtype.is_numeric() and n_values > _MOST_VALUES:
            raise ConfigurationError(
                f"computing.groups names {name!r}, which has {n_values:,} different values; "
                f"expected at most {_MOST_VALUES}: every value is a group."
            )


def _there(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name in frame.columns and name not in KEYS]


def _age_band() -> pl.Expr:
    age = pl.col("age_days")
    reached = pl.sum_horizontal(age >= bound for bound in AGE_BOUNDS_DAYS).cast(pl.Int64)
    band = reached.replace_strict(dict(enumerate(AGE_BAND_NAMES)), return_dtype=pl.String)
    is_known = age.is_not_null() & age.is_not_nan()
    return pl.when(is_known).then(band).cast(pl.Enum(AGE_BAND_NAMES)).alias("age_band")


def _as_group(values: pl.Series) -> pl.Series:
    if not values.dtype.is_numeric():
        return values if values.dtype == pl.Enum else values.cast(pl.String)
    known = values.cast(pl.Float64).fill_nan(None)
    found = known.drop_nulls().unique().sort()
    if len(found) <= _MOST_VALUES:
        names = [f"{value:g}" for value in found]
        places = np.searchsorted(found.to_numpy(), known.fill_null(0.0).to_numpy())
        places = np.minimum(places, max(len(names) - 1, 0))
    else:
        edges = np.unique(np.quantile(known.drop_nulls().to_numpy(), _QUARTERS))
        names = _names_between(edges)
        places = np.searchsorted(edges, known.fill_null(0.0).to_numpy(), side="right")
    text = pl.Series([names[place] for place in places] if names else [None] * len(known))
    told = pl.select(pl.when(known.is_not_null()).then(text.cast(pl.String))).to_series()
    return told.cast(pl.Enum(names)).alias(values.name)


def _names_between(edges: np.ndarray) -> list[str]:
    texts = [f"{edge:.6g}" for edge in edges]
    middle = [f"{low} to {high}" for low, high in itertools.pairwise(texts)]
    return [f"below {texts[0]}", *middle, f"{texts[-1]} and more"]
