"""Labelled alerts with a known truth, for tests of training."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import polars as pl

from alertmill.training.data.rows import LabelledRows

FIRST_DATE = date(2024, 1, 1)


def make_rows(
    *,
    n_addresses: int = 300,
    n_days: int = 30,
    n_features: int = 6,
    positive_share: float = 0.2,
    separation: float = 1.2,
    seed: int = 5,
) -> LabelledRows:
    """Draw daily alerts of addresses that have one truth each.

    The first two features of a positive address lie ``separation`` standard deviations higher, the
    others say nothing; a tenth of the values is missing.
    """
    rng = np.random.default_rng(seed)
    truth = (rng.random(n_addresses) < positive_share).astype(np.int8)
    own = rng.normal(size=(n_addresses, n_features))
    own[:, :2] += separation * truth[:, None]
    day, address = np.nonzero(rng.random((n_days, n_addresses)) < 0.15)
    values = own[address] + 0.5 * rng.normal(size=(len(day), n_features))
    values[rng.random(values.shape) < 0.1] = np.nan
    names = [f"feature_{position}" for position in range(n_features)]
    return LabelledRows(
        X=pl.DataFrame(values, schema=names).fill_nan(None),
        y=truth[address],
        weight=np.ones(len(day)),
        keys=pl.DataFrame(
            {
                "processing_date": [FIRST_DATE + timedelta(days=int(d)) for d in day],
                "address": [f"0x{a:04x}" for a in address],
                "alert_id": [f"alert-{position}" for position in range(len(day))],
            }
        ),
    )


def rows_between(rows: LabelledRows, first_day: int, last_day: int) -> LabelledRows:
    """Take the rows of the days from ``first_day`` to ``last_day``, both inclusive, from 0."""
    first, last = (FIRST_DATE + timedelta(days=day) for day in (first_day, last_day))
    inside = rows.keys["processing_date"].is_between(first, last).to_numpy()
    return rows.take(np.flatnonzero(inside))


def as_pandas(rows: LabelledRows) -> tuple[pd.DataFrame, pd.Series]:
    """Return the features with the keys as index, and the labels, as the feature builder does."""
    index = pd.MultiIndex.from_frame(rows.keys.to_pandas())
    X = pd.DataFrame(rows.X.to_numpy(), columns=rows.X.columns, index=index)
    return X, pd.Series(rows.y, index=index, name="y")
