"""How many alerts carry a label, which one, where in time, and how long labels take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.training.labels.labelling import ASSUMED
from alertmill.vocabulary import LabelStatus

OUTCOMES = ("confirmed", "cleared", "unlabelled")
SPLITS = ("train", "embargo", "validation", "test")
_ARRIVAL_COLUMNS = ("days", "known_share", "low", "high")
_DAY_MS, _NORMAL_95 = 86_400_000, 1.96


def outcome_of(targets: pl.DataFrame) -> pl.Series:
    """Return what review found for every row: confirmed (1), cleared (0), unlabelled (null)."""
    y = pl.col("y")
    words = (
        pl.when(y == 1)
        .then(pl.lit("confirmed"))
        .when(y == 0)
        .then(pl.lit("cleared"))
        .otherwise(pl.lit("unlabelled"))
    )
    return targets.select(outcome=words.cast(pl.Enum(OUTCOMES))).to_series()


def class_balance(targets: pl.DataFrame) -> pl.DataFrame:
    """Count the alerts of each split by outcome.

    Parameters
    ----------
    targets : DataFrame
        Keys, y (null where unlabelled) and split.

    Returns
    -------
    DataFrame
        One row per split in the order of time: split, first_day, last_day, n_alerts, n_addresses,
        n_confirmed, n_cleared, n_unlabelled, labelled_share (of the alerts), confirmed_share (of
        the labelled ones, null without any), confirmed_addresses. The embargo is one row, though
        its days lie before the validation and again before the test.
    """
    y = pl.col("y")
    table = targets.group_by(pl.col("split").cast(pl.String)).agg(
        first_day=pl.col("processing_date").min(),
        last_day=pl.col("processing_date").max(),
        n_alerts=pl.len().cast(pl.Int64),
        n_addresses=pl.col("address").n_unique().cast(pl.Int64),
        n_confirmed=(y == 1).sum().cast(pl.Int64),
        n_cleared=(y == 0).sum().cast(pl.Int64),
        n_unlabelled=y.null_count().cast(pl.Int64),
        labelled_share=y.count() / pl.len(),
        confirmed_share=y.mean(),
        confirmed_addresses=pl.col("address").filter(y == 1).n_unique().cast(pl.Int64),
    )
    place = pl.col("split").replace_strict({name: n for n, name in enumerate(SPLITS)})
    return table.sort(place)


def class_balance_by_day(targets: pl.DataFrame) -> pl.DataFrame:
    """Count the alerts of every day by outcome.

    Returns
    -------
    DataFrame
        Columns processing_date, split, outcome, n_alerts; three rows a day.
    """
    counts = (
        targets.select("processing_date", pl.col("split").cast(pl.String))
        .with_columns(outcome=outcome_of(targets))
        .group_by("processing_date", "split", "outcome")
        .agg(n_alerts=pl.len().cast(pl.Int64))
    )
    days = counts.select("processing_date", "split").unique()
    outcomes = pl.DataFrame({"outcome": OUTCOMES}, schema={"outcome": pl.Enum(OUTCOMES)})
    return (
        days.join(outcomes, how="cross")
        .join(counts, on=["processing_date", "split", "outcome"], how="left")
        .with_columns(pl.col("n_alerts").fill_null(0))
        .sort("processing_date", "outcome")
    )


def label_status_by_split(targets: pl.DataFrame) -> pl.DataFrame:
    """Count the alerts of each split by what is known of them as examples.

    Parameters
    ----------
    targets : DataFrame
        Keys, label_status and split.

    Returns
    -------
    DataFrame
        One row per split in the order of time: split, n_alerts, one column per `LabelStatus`, and
        n_conflicting_addresses.
    """
    status = pl.col("label_status").cast(pl.String)
    table = targets.group_by(pl.col("split").cast(pl.String)).agg(
        pl.len().cast(pl.Int64).alias("n_alerts"),
        *((status == name).sum().cast(pl.Int64).alias(f"n_{name}") for name in LabelStatus),
        pl.col("address")
        .filter(status == LabelStatus.CONFLICTING)
        .n_unique()
        .cast(pl.Int64)
        .alias("n_conflicting_addresses"),
    )
    return table.sort(pl.col("split").replace_strict({name: n for n, name in enumerate(SPLITS)}))


@dataclass(frozen=True)
class LabelArrival:
    """How long after its first alert an address is labelled."""

    curve: pl.DataFrame
    """Columns days (whole, from 0), known_share, low, high (95 % interval by address)."""
    n_addresses: int
    """Addresses that the curve rests on."""
    n_of_unknown_age: int
    """Addresses left out, because nobody knows when their label came."""

    def share_after(self, n_days: int) -> float | None:
        """Return the share of addresses with a label after some days; None without addresses."""
        reached = self.curve.filter(pl.col("days") <= n_days)
        return float(reached["known_share"][-1]) if reached.height else None


def label_arrival(targets: pl.DataFrame, address_labels: pl.DataFrame) -> LabelArrival:
    """Estimate the share of addresses with a label, by days since their first alert.

    An address without a label may get one later: it counts as waiting until the first test day
    (Kaplan and Meier), and alerts and labels from then on are not looked at. Who was labelled
    before the first alert has a label from day 0.

    Parameters
    ----------
    targets : DataFrame
        Keys and split.
    address_labels : DataFrame
        Label history: address, known_at in milliseconds since 1970, known_at_source.
    """
    is_test = pl.col("split").cast(pl.String) == "test"
    tested = targets.filter(is_test)["processing_date"]
    end = tested.min() if len(tested) else targets["processing_date"].max()
    milliseconds = pl.col("known_at").cast(pl.Int64)
    midnight = pl.col("first").cast(pl.Datetime("ms")).cast(pl.Int64)
    spoken = address_labels.group_by("address").agg(
        known_at=milliseconds.min(),
        is_ageless=(
            (pl.col("known_at_source").cast(pl.String) == ASSUMED) | pl.col("known_at").is_null()
        ).any(),
    )
    waited = (
        targets.filter(~is_test)
        .group_by("address")
        .agg(first=pl.col("processing_date").min())
        .join(spoken, on="address", how="left")
        .with_columns(
            until=(pl.lit(end, pl.Date) - pl.col("first")).dt.total_days(),
            labelled=((milliseconds - midnight) / _DAY_MS).ceil().clip(lower_bound=0),
        )
        .with_columns(is_known=(pl.col("labelled") <= pl.col("until")).fill_null(value=False))
    )
    dated = waited.filter(~pl.col("is_ageless").fill_null(value=False))
    days = dated.select(pl.when("is_known").then("labelled").otherwise("until")).to_series()
    return LabelArrival(
        _arrival_curve(days.to_numpy(), dated["is_known"].to_numpy()),
        n_addresses=dated.height,
        n_of_unknown_age=waited.height - dated.height,
    )


def _arrival_curve(days: np.ndarray, is_known: np.ndarray) -> pl.DataFrame:
    """One minus the survival of being unlabelled, at every day from 0 to the last."""
    from statsmodels.duration.survfunc import SurvfuncRight

    if not len(days):
        return pl.DataFrame(schema=dict.fromkeys(_ARRIVAL_COLUMNS, pl.Float64))
    waiting = SurvfuncRight(days.astype(float), is_known.astype(int))
    grid = np.arange(int(days.max()) + 1)
    place = np.searchsorted(waiting.surv_times, grid, side="right")
    known = 1 - np.append(1.0, waiting.surv_prob)[place]
    # Where everybody is known the error is not defined; there is none.
    error = np.nan_to_num(np.append(0.0, waiting.surv_prob_se)[place])
    margin = _NORMAL_95 * error
    columns = (grid, known, np.clip(known - margin, 0, 1), np.clip(known + margin, 0, 1))
    return pl.DataFrame(dict(zip(_ARRIVAL_COLUMNS, columns, strict=True)))
