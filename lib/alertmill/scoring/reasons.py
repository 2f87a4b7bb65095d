"""Why an alert has its score: the strongest contributions as JSON, and what is new in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from alertmill.explanation.reasons import FeatureWords

N_REASONS = 5
REASON = pl.Struct(
    {"feature": pl.String, "value": pl.Float64, "contribution": pl.Float64, "sentence": pl.String}
)
"""An entry of reasons_json."""
CHANGE = pl.Struct(
    {
        "since": pl.String,
        "score_before": pl.Float64,
        "new_reasons": pl.List(pl.String),
        "gone_reasons": pl.List(pl.String),
    }
)
"""What change_json holds."""


def reasons_json(
    contributions: np.ndarray, values: np.ndarray, words: Sequence[FeatureWords]
) -> pl.Series:
    """Return the strongest reasons of every alert as a JSON array of objects.

    Parameters
    ----------
    contributions : ndarray
        Log-odds that each feature contributes, shape (n_alerts, n_features).
    values : ndarray
        The features, nan where missing; same shape.
    words : sequence of FeatureWords
        How to speak of each feature, in the order of the columns.

    Returns
    -------
    Series
        Texts of arrays of at most `N_REASONS` objects with feature, value (null: missing),
        contribution and sentence: what raises the score first, then what lowers it, each the
        strongest first. A feature that contributes nothing is no reason.
    """
    n_alerts = len(contributions)
    strongest = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :N_REASONS]
    picked = np.take_along_axis(contributions, strongest, axis=1)
    raising_first = np.argsort(picked <= 0, axis=1, kind="stable")
    places = np.take_along_axis(strongest, raising_first, axis=1)
    n_reasons = places.shape[1]
    names = pl.Series([one.name for one in words], dtype=pl.String)
    long = pl.DataFrame(
        {
            "alert": np.repeat(np.arange(n_alerts), n_reasons),
            "feature": names.gather(places.ravel()),
            "value": np.take_along_axis(values, places, axis=1).ravel(),
            "contribution": np.take_along_axis(contributions, places, axis=1).ravel(),
        }
    ).filter(pl.col("contribution") != 0)
    spoken = long.join(
        _sentences(long, words), on=["feature", "value"], how="left", maintain_order="left",
        nulls_equal=True,
    ).with_columns(pl.col("value").fill_nan(None))  # fmt: skip
    encoded = spoken.select(
        "alert", text=pl.struct("feature", "value", "contribution", "sentence").struct.json_encode()
    )
    joined = encoded.group_by("alert").agg(pl.col("text").str.join(","))
    every = pl.DataFrame({"alert": np.arange(n_alerts)}).join(
        joined, on="alert", how="left", maintain_order="left"
    )
    return every.select(
        reasons_json=pl.concat_str(pl.lit("["), pl.col("text").fill_null(""), pl.lit("]"))
    ).to_series()


def change_json(scored: pl.DataFrame, last: pl.DataFrame) -> pl.Series:
    """Return what is new in every alert since its address was last scored.

    Parameters
    ----------
    scored : DataFrame
        Alerts with address, score and reasons_json.
    last : DataFrame
        Earlier scores with address, processing_date, score and reasons_json; one row an address.

    Returns
    -------
    Series
        Texts of objects with since (the earlier day), score_before, new_reasons and gone_reasons
        (names of features); null for an address that was not scored before.
    """
    features = pl.col("reasons_json").str.json_decode(pl.List(REASON))
    earlier = last.select(
        "address",
        since=pl.col("processing_date").cast(pl.String),
        score_before="score",
        before=_names(features),
    )
    beside = scored.select("address", now=_names(features)).join(
        earlier, on="address", how="left", validate="m:1", maintain_order="left"
    )
    told = pl.struct(
        "since",
        "score_before",
        new_reasons=pl.col("now").list.set_difference("before").list.sort(),
        gone_reasons=pl.col("before").list.set_difference("now").list.sort(),
    ).struct.json_encode()
    return beside.select(change_json=pl.when(pl.col("since").is_not_null()).then(told)).to_series()


def _names(reasons: pl.Expr) -> pl.Expr:
    return reasons.list.eval(pl.element().struct.field("feature"))


def _sentences(long: pl.DataFrame, words: Sequence[FeatureWords]) -> pl.DataFrame:
    """Return a sentence for every value that occurs of a feature, each once."""
    by_name = {one.name: one for one in words}
    distinct = long.select("feature", "value").unique()
    sentences = [
        f"{by_name[name].description.rstrip('.')}: {by_name[name].of(value)}"
        for name, value in distinct.iter_rows()
    ]
    return distinct.with_columns(sentence=pl.Series(sentences, dtype=pl.String))
