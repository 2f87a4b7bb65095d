"""Figures of the alerts: how many, of which kind, how large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import (
    BLUE,
    PALETTE,
    RED,
    SEVERITY_COLORS,
    SKY,
    date_axis,
    legend,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
    words_figure,
)
from alertmill.plotting.words import short_number, usd
from alertmill.wording import counted, percent, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_TYPES = 12


def plot_alerts_per_day(table: pl.DataFrame, *, by: str) -> Figure:
    """Draw the alerts of every day, stacked by the values of a column.

    Parameters
    ----------
    table : DataFrame
        Columns processing_date, value, n_alerts.
    by : str
        What the values are, for the legend.
    """
    if table.is_empty():
        return words_figure("There are no alerts to count", "the range holds no alerts")
    totals = table.group_by("processing_date", maintain_order=True).agg(pl.sum("n_alerts"))
    values = table.group_by("value", maintain_order=True).agg(pl.sum("n_alerts"))
    named = values.filter(pl.col("value") != "other") if values.height > 1 else values
    most = named.sort("n_alerts", descending=True).row(0, named=True)
    n_alerts, least, largest = totals.select(
        pl.sum("n_alerts"), pl.min("n_alerts").alias("least"), pl.max("n_alerts").alias("largest")
    ).row(0)
    figure, (ax,) = new_figure(
        f"{least:,} to {counted(largest, 'alert')} a day; "
        f"{percent(most['n_alerts'] / n_alerts, 0)} of them are {readable(most['value'])}",
        size=(9.4, 4.4),
        caption=f"{counted(n_alerts, 'alert')} on {counted(totals.height, 'day')}. A scheme that "
        "lasts raises an alert in every snapshot whose window it touches, so neighbouring days "
        "repeat each other.",
    )
    base = np.zeros(totals.height)
    for place, name in enumerate(values["value"]):
        counts = table.filter(pl.col("value") == name)["n_alerts"].to_numpy()
        color = SEVERITY_COLORS.get(name, PALETTE[place % len(PALETTE)])
        label = shorten(readable(name), 24)
        ax.bar(totals["processing_date"], counts, 0.92, bottom=base, color=color, label=label)
        base += counts
    ax.set_xlabel("processing date")
    ax.set_ylabel("alerts a day")
    ax.grid(visible=False, axis="x")
    ax.margins(x=0.01)
    date_axis(ax)
    legend(ax, title=by, loc="upper left", bbox_to_anchor=(1.0, 1.0), reverse=True)
    return figure


def plot_outcomes_by(table: pl.DataFrame, *, by: str) -> Figure:
    """Draw how many alerts have each value, and which share of the labelled ones is confirmed.

    Parameters
    ----------
    table : DataFrame
        Columns value, n_alerts, share, n_labelled, n_confirmed, confirmed_share.
    by : str
        What the values are.
    """
    if table.is_empty():
        return words_figure(f"There is no {by} to count", "the range holds no alerts")
    figure, (left, right) = new_figure(
        _outcome_title(table, by),
        size=(9.4, 1.7 + 0.36 * table.height),
        n_cols=2,
        share_y=True,
        width_ratios=(3, 2),
        caption=f"{counted(int(table['n_alerts'].sum()), 'alert')}. Confirmed: of the alerts with "
        "a label known before the test range; labels of the test range are not looked at here.",
    )
    places = range(table.height)
    colors = [SEVERITY_COLORS.get(name, BLUE) for name in table["value"]]
    bars = left.barh(places, table["n_alerts"], color=colors, height=0.7)
    texts = [f"{r['n_alerts']:,} ({percent(r['share'])})" for r in table.iter_rows(named=True)]
    left.bar_label(bars, texts, padding=4, fontsize=8.5)
    left.margins(x=0.28)
    left.set_yticks(places, [readable(name) for name in table["value"]])
    left.set_ylim(table.height - 0.5, -0.5)
    left.set_xlabel("alerts")
    left.grid(visible=False, axis="y")
    _draw_confirmed(right, table)
    return figure


def plot_address_types(suspected: pl.DataFrame, labelled: pl.DataFrame) -> Figure:
    """Draw what the rules take the alerted addresses for, and what labels call the known ones.

    Parameters
    ----------
    suspected : DataFrame
        Columns value (suspected type), n_alerts, n_addresses.
    labelled : DataFrame
        Columns address_type, n_addresses, n_alerted.
    """
    if suspected.is_empty():
        return words_figure("There are no addresses to show", "the range holds no alerts")
    most = suspected.sort("n_alerts", descending=True).row(0, named=True)
    share = most["n_alerts"] / suspected["n_alerts"].sum()
    shown = labelled.head(_MOST_TYPES)
    figure, (left, right) = new_figure(
        f"The rules suspect the type {readable(most['value'])} behind {percent(share, 0)} of the "
        f"alerts; labels name {labelled.height} types",
        size=(9.4, 1.9 + 0.34 * max(suspected.height, shown.height)),
        n_cols=2,
        caption="Left: guessed by the alert rules without labels. Right: given by labels, of any "
        "date, so only of addresses that somebody looked at.",
    )
    _draw_pair(left, suspected, "value", {"n_alerts": "alerts", "n_addresses": "addresses"})
    panel_title(left, "suspected by the rules")
    names = {"n_addresses": "labelled addresses", "n_alerted": "of these with an alert"}
    _draw_pair(right, shown, "address_type", names)
    panel_title(right, "named by labels")
    return figure


def plot_volume(histogram: pl.DataFrame, quantiles: pl.DataFrame, *, by: str) -> Figure:
    """Draw the volume behind the alerts on a logarithmic scale.

    Parameters
    ----------
    histogram : DataFrame
        Columns value, low, high, n_alerts, share.
    quantiles : DataFrame
        Columns value, n_alerts, without_volume, p05_usd, median_usd, p95_usd, max_usd, total_usd.
    by : str
        What the values are.
    """
    if histogram.is_empty():
        return words_figure("No alert has a volume", "every volume_usd is 0")
    n_alerts, n_without = quantiles.select(pl.sum("n_alerts", "without_volume")).row(0)
    figure, (ax,) = new_figure(
        _volume_title(quantiles, by),
        size=(9.0, 4.4),
        caption=f"{counted(n_alerts - n_without, 'alert')} with a volume; {n_without:,} without "
        "are left out. Logarithmic scale, five bins a decade. Each curve is a share of its own "
        "alerts, so that few are seen beside many. Ticks at the bottom: medians.",
    )
    for place, name in enumerate(histogram["value"].unique(maintain_order=True)):
        part = histogram.filter(pl.col("value") == name)
        color = SEVERITY_COLORS.get(name, PALETTE[place % len(PALETTE)])
        edges = [*part["low"], part["high"][-1]]
        label = f"{readable(name)} ({part['n_alerts'].sum():,})"
        ax.stairs(part["share"], edges, color=color, linewidth=1.8, label=label)
        median = quantiles.filter(pl.col("value") == name)["median_usd"][0]
        ax.plot(median, 0, "^", color=color, markersize=8, clip_on=False, zorder=5)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: short_number(value))
    ax.set_ylim(bottom=0)
    percent_axis(ax)
    ax.set_xlabel("volume behind the alert (USD, logarithmic)")
    ax.set_ylabel(f"share of the alerts of its {by}")
    legend(ax, title=f"{by} (alerts)")
    return figure


def _volume_title(quantiles: pl.DataFrame, by: str) -> str:
    """Return the medians of the extremes; of a single value with a volume, its own."""
    ordered = quantiles.drop_nulls("median_usd").sort("median_usd", maintain_order=True)
    low, high = ordered.row(0, named=True), ordered.row(-1, named=True)
    text = f"The median alert of {by} {readable(high['value'])} moves {usd(high['median_usd'])}"
    if ordered.height == 1:
        return text
    return f"{text}, of {by} {readable(low['value'])} {usd(low['median_usd'])}"


def _outcome_title(table: pl.DataFrame, by: str) -> str:
    most = table.sort("n_alerts", descending=True).row(0, named=True)
    # Which value is confirmed most often is no title: a share may rest on one address.
    return f"{percent(most['share'], 0)} of the alerts have the {by} {readable(most['value'])}"


def _draw_confirmed(ax: Axes, table: pl.DataFrame) -> None:
    shares = table["confirmed_share"].fill_null(0.0)
    ax.barh(range(table.height), shares, color=RED, height=0.7)
    for place, row in enumerate(table.iter_rows(named=True)):
        words = (
            f"{percent(row['confirmed_share'])} of {row['n_labelled']:,}"
            if row["n_labelled"]
            else "no labels"
        )
        ax.annotate(
            words,
            (row["confirmed_share"] or 0.0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    highest = float(shares.to_numpy().max())
    ax.set_xlim(0, max(1.6 * highest, 0.01))
    ax.locator_params(axis="x", nbins=6)
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= min(1.3 * highest, 1.0)])
    ax.set_xlabel("confirmed share of the labelled alerts")
    ax.grid(visible=False, axis="y")
    percent_axis(ax, axis="x")


def _draw_pair(ax: Axes, table: pl.DataFrame, names: str, columns: Mapping[str, str]) -> None:
    places = np.arange(table.height)
    for offset, color, (column, label) in zip(
        (-0.2, 0.2), (BLUE, SKY), columns.items(), strict=True
    ):
        bars = ax.barh(places + offset, table[column], 0.38, color=color, label=label)
        ax.bar_label(bars, [f"{n:,}" for n in table[column]], padding=3, fontsize=8)
    ax.set_yticks(places, [readable(name) for name in table[names]])
    ax.set_ylim(max(table.height, 1) - 0.5, -0.5)
    ax.margins(x=0.16)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("count")
    legend(ax, loc="lower right")
