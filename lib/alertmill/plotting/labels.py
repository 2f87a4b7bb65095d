"""Figures of the labels: what review found, by split and by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from alertmill.plotting.style import (
    BLUE,
    INK,
    OUTCOME_COLORS,
    date_axis,
    legend,
    new_figure,
    percent_axis,
    words_figure,
)
from alertmill.tables.labels import OUTCOMES, LabelArrival
from alertmill.wording import counted, percent

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
        caption=f"{counted(totals['n_alerts'], 'alert')}. The last table of this report says "
        "which labels count, and until when they had to be known; too young alerts stand with "
        "the unlabelled.",
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


def plot_label_arrival(arrival: LabelArrival, *, maturity_days: int) -> Figure:
    """Draw how the share of labelled addresses grows after their first alert.

    Parameters
    ----------
    arrival : LabelArrival
        The curve, and how many addresses it rests on.
    maturity_days : int
        Days after which the run takes an alert for old enough; marked.
    """
    n_unknown = arrival.n_of_unknown_age
    are = "is" if n_unknown == 1 else "are"
    left_out = f"{counted(n_unknown, 'address')} with labels of unknown age {are} left out"
    if not arrival.n_addresses:
        return words_figure("Nobody knows how long labels take", f"{left_out}; there is no other.")
    curve = arrival.curve
    last = int(curve["days"][-1])
    figure, (ax,) = new_figure(
        f"{percent(arrival.share_after(0), 0)} of the addresses have a label when they first "
        f"alert, {percent(arrival.share_after(last), 0)} within {counted(last, 'day')}",
        size=(9.0, 3.8),
        caption=f"{counted(arrival.n_addresses, 'address')} that alerted before the first "
        "test day, Kaplan-Meier estimate with 95 % interval: who has no label by then counts as "
        "waiting. "
        f"{left_out}.",
    )
    ax.fill_between(curve["days"], curve["low"], curve["high"], step="post", color=BLUE, alpha=0.2)
    ax.step(curve["days"], curve["known_share"], where="post", color=BLUE, linewidth=2)
    ax.axvline(maturity_days, color=INK, linewidth=0.9, linestyle="--")
    ax.text(
        maturity_days,
        0.97,
        f" label maturity: {counted(maturity_days, 'day')}",
        transform=ax.get_xaxis_transform(),
        va="top",
        fontsize=8.5,
        color=INK,
    )
    ax.set_xlabel("days since the address's first alert")
    ax.set_ylabel("addresses with a label")
    ax.set_xlim(left=-0.5)
    ax.set_ylim(0, 1)
    percent_axis(ax)
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
    return f"{counted(row['n_alerts'], 'alert')},\n{words}"
