"""Figures of the labels: what review found, by split and by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from alertmill.exploration.labels import OUTCOMES
from alertmill.plotting.style import (
    INK,
    OUTCOME_COLORS,
    date_axis,
    legend,
    new_figure,
    percent_axis,
)
from alertmill.plotting.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_class_balance(table: pl.DataFrame, by_day: pl.DataFrame) -> Figure:
    """Draw the outcome of the alerts by split and by day.

    Parameters
    ----------
    table : DataFrame
        One row per split: split, n_alerts, n_confirmed, n_cleared, n_unlabelled, confirmed_share.
    by_day : DataFrame
        Columns processing_date, split, outcome, n_alerts.
    """
    totals = table.select(pl.sum("n_alerts", "n_confirmed", "n_cleared")).row(0, named=True)
    n_labelled = totals["n_confirmed"] + totals["n_cleared"]
    figure, (days, splits) = new_figure(
        f"{percent(n_labelled / max(totals['n_alerts'], 1), 0)} of the alerts carry a label, and "
        f"{percent(totals['n_confirmed'] / max(n_labelled, 1))} of those are confirmed",
        size=(9.4, 6.0),
        n_rows=2,
        height_ratios=(3, 2),
        caption=f"{totals['n_alerts']:,} alerts. Training and validation use the labels known "
        "before the first test day; the test uses all labels known at the end of the data.",
    )
    _draw_outcomes_by_day(days, by_day)
    base = np.zeros(table.height)
    for outcome in OUTCOMES:
        share = (table[f"n_{outcome}"] / table["n_alerts"]).to_numpy()
        splits.barh(range(table.height), share, 0.7, left=base, color=OUTCOME_COLORS[outcome])
        base += share
    for place, row in enumerate(table.iter_rows(named=True)):
        splits.text(1.01, place, _split_words(row), va="center", fontsize=8.5, color=INK)
    splits.set_yticks(range(table.height), table["split"])
    splits.set_ylim(table.height - 0.5, -0.5)
    splits.set_xlim(0, 1)
    splits.grid(visible=False, axis="y")
    splits.set_xlabel("share of the split's alerts")
    percent_axis(splits, axis="x")
    return figure


def _draw_outcomes_by_day(ax: Axes, by_day: pl.DataFrame) -> None:
    days = by_day["processing_date"].unique().sort()
    base = np.zeros(len(days))
    for outcome in OUTCOMES:
        counts = by_day.filter(pl.col("outcome").cast(pl.String) == outcome).sort("processing_date")
        values = counts["n_alerts"].to_numpy()
        ax.bar(days, values, 0.92, bottom=base, color=OUTCOME_COLORS[outcome], label=outcome)
        base += values
    top = 1.16 * float(base.max())
    starts = by_day.group_by("split").agg(pl.min("processing_date"))
    for split, first in starts.filter(pl.col("split") != "embargo").iter_rows():
        ax.axvline(first, color=INK, linewidth=0.9, linestyle="--")
        ax.text(first, 0.98 * top, f" {split}", va="top", fontsize=8.5, color=INK)
    ax.set_ylim(0, top)
    ax.set_ylabel("alerts a day")
    ax.grid(visible=False, axis="x")
    ax.margins(x=0.01)
    date_axis(ax)
    legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0), reverse=True)


def _split_words(row: Mapping[str, Any]) -> str:
    judged = f"{percent(row['confirmed_share'])} of the labelled are true"
    words = judged if row["n_confirmed"] or row["n_cleared"] else "no labels"
    return f"{row['n_alerts']:,} alerts,\n{words}"
