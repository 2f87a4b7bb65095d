"""Values that a feature cannot have: made missing by its declared range, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import polars as pl

from alertmill.training.features.catalogue import FeatureDefinition

_SLACK = 1e-6
"""A share rounded to 32 bits may lie this far outside of its range; it is moved to the end."""


class Refusal(StrEnum):
    """Why a value was refused."""

    NOT_A_NUMBER = "not a number"
    INFINITE = "infinite"
    BELOW = "below the range"
    ABOVE = "above the range"


_SCHEMA = {"feature": pl.String, "reason": pl.String, "n_alerts": pl.Int64}


def refuse(
    rows: pl.DataFrame, features: Sequence[FeatureDefinition]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make missing what is not finite or lies outside of the declared range.

    Parameters
    ----------
    rows : DataFrame
        One Float64 column per feature, and any others.
    features : sequence of FeatureDefinition
        What the columns may hold.

    Returns
    -------
    DataFrame
        The rows, with null where a value was refused. What was missing is still missing.
    DataFrame
        Columns feature, reason and n_alerts, one row for each that occurs.
    """
    kept = rows.with_columns(_allowed(feature) for feature in features)
    names = [feature.name for feature in features]
    n_refused = (rows.select(pl.col(names).count()) - kept.select(pl.col(names).count())).row(0)
    counted = [_count(rows, feature) for feature, n in zip(features, n_refused, strict=True) if n]
    return kept, pl.concat([pl.DataFrame(schema=_SCHEMA), *counted])


def _allowed(feature: FeatureDefinition) -> pl.Expr:
    value = pl.col(feature.name)
    is_allowed = value.is_finite()
    if feature.lowest is not None:
        is_allowed &= ~_is_below(feature.name, feature.lowest)
    if feature.highest is not None:
        is_allowed &= ~_is_above(feature.name, feature.highest)
    return pl.when(is_allowed).then(value.clip(feature.lowest, feature.highest)).alias(feature.name)


def _count(rows: pl.DataFrame, feature: FeatureDefinition) -> pl.DataFrame:
    value = pl.col(feature.name)
    cases = {Refusal.NOT_A_NUMBER: value.is_nan(), Refusal.INFINITE: value.is_infinite()}
    if feature.lowest is not None:
        cases[Refusal.BELOW] = _is_below(feature.name, feature.lowest)
    if feature.highest is not None:
        cases[Refusal.ABOVE] = _is_above(feature.name, feature.highest)
    # The first that holds: not a number counts as larger than every number.
    reason = pl.coalesce(pl.when(holds).then(pl.lit(why.value)) for why, holds in cases.items())
    return (
        rows.select(reason=reason)
        .drop_nulls()
        .group_by("reason")
        .agg(n_alerts=pl.len().cast(pl.Int64))
        .sort("reason")
        .select(feature=pl.lit(feature.name), reason="reason", n_alerts="n_alerts")
    )


def _is_below(name: str, lowest: float) -> pl.Expr:
    return pl.col(name) < lowest - _SLACK * max(1.0, abs(lowest))


def _is_above(name: str, highest: float) -> pl.Expr:
    return pl.col(name) > highest + _SLACK * max(1.0, abs(highest))
