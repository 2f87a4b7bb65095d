"""Figures of the network: its size over time, and when transfers happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.plotting.style import (
    BLUE,
    INK,
    SEQUENTIAL,
    SKY,
    date_axis,
    new_figure,
    panel_title,
    percent_axis,
)
from alertmill.plotting.words import change, short_number
from alertmill.tables.activity import WEEKDAYS
from alertmill.wording import counted, listing, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SATURDAY = 5


def plot_activity(activity: pl.DataFrame, changes: pl.DataFrame) -> Figure:
    """Draw the size of the network and the alerts over time, each with its trailing mean.

    Parameters
    ----------
    activity : DataFrame
        Columns processing_date, measure, value, trailing_mean.
    changes : DataFrame
        Columns measure, first_week, last_week, change_share.
    """
    measures = changes["measure"].to_list()
    change_of = dict(changes.select("measure", "change_share").iter_rows())
    n_rows = -(-len(measures) // 2)
    figure, axes = new_figure(
        "From the first to the last week: "
        + listing([f"{name} {change(change_of[name])}" for name in _headline_measures(measures)]),
        size=(9.4, 1.2 + 1.75 * n_rows),
        n_rows=n_rows,
        n_cols=2,
        share_x=True,
        caption="Dots: one snapshot, whose window holds the days before its date. Line: mean of "
        "this and the six snapshots before.",
    )
    for ax in axes[len(measures) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, measures, strict=False):
        part = activity.filter(pl.col("measure") == name)
        ax.plot(part["processing_date"], part["value"], "o", color=SKY, markersize=2.5)
        ax.plot(part["processing_date"], part["trailing_mean"], color=BLUE, linewidth=1.6)
        panel_title(ax, f"{name} ({change(change_of[name])})")
        ax.set_ylim(bottom=0)
        ax.yaxis.set_major_formatter(lambda value, _: short_number(value))
        date_axis(ax)
    return figure


def plot_network_activity(
    by_hour: pl.DataFrame, hours: pl.DataFrame, weekdays: pl.DataFrame
) -> Figure:
    """Draw when transfers happen: by hour over the snapshots, by hour, and by weekday.

    Parameters
    ----------
    by_hour : DataFrame
        Columns processing_date, hour, share.
    hours : DataFrame
        Columns hour, mean_share.
    weekdays : DataFrame
        Columns weekday (0 is Monday), mean_share.
    """
    busiest = hours.sort("mean_share", descending=True).row(0, named=True)
    weekend = weekdays.filter(pl.col("weekday") >= _SATURDAY)["mean_share"].to_list()
    figure, (heat, by_clock, by_day) = new_figure(
        f"In an average snapshot, {busiest['hour']:02d} h UTC is busiest with "
        f"{percent(busiest['mean_share'])} of the transfers; Saturday and Sunday hold "
        f"{percent(sum(weekend))} (2 of 7 days are 28.6 %)",
        size=(9.4, 4.8),
        n_cols=3,
        width_ratios=(5, 2, 2),
        caption=f"{counted(by_hour['processing_date'].n_unique(), 'snapshot')}; transfers of each "
        "window.",
    )
    _draw_hours_over_time(figure, heat, by_hour)
    by_clock.barh(hours["hour"], hours["mean_share"], color=BLUE, height=0.8)
    by_clock.set_ylim(23.5, -0.5)
    by_clock.set_yticks(range(0, 24, 3))
    by_clock.set_ylabel("hour (UTC)")
    by_clock.axvline(1 / 24, color=INK, linestyle=":", linewidth=1)
    by_day.barh(weekdays["weekday"], weekdays["mean_share"], color=BLUE, height=0.7)
    by_day.set_yticks(weekdays["weekday"], [WEEKDAYS[day] for day in weekdays["weekday"]])
    by_day.invert_yaxis()
    by_day.axvline(1 / 7, color=INK, linestyle=":", linewidth=1)
    for ax, words in ((by_clock, "by hour"), (by_day, "by weekday")):
        ax.grid(visible=False, axis="y")
        ax.set_xlabel("mean share (dotted: even)")
        ax.locator_params(axis="x", nbins=3)
        percent_axis(ax, axis="x")
        panel_title(ax, words)
    return figure


def _headline_measures(measures: list[str]) -> list[str]:
    return [name for name in measures if name in ("active addresses", "alerts")]


def _draw_hours_over_time(figure: Figure, ax: Axes, by_hour: pl.DataFrame) -> None:
    from matplotlib.dates import date2num

    days = by_hour["processing_date"].unique().sort()
    shares = by_hour.sort("hour", "processing_date")["share"].to_numpy().reshape(24, len(days))
    first, last = date2num([days[0], days[-1]])  # type: ignore[no-untyped-call]  # matplotlib has no types for it
    image = ax.imshow(
        shares,
        aspect="auto",
        cmap=SEQUENTIAL,
        vmin=0,
        extent=(first - 0.5, last + 0.5, 23.5, -0.5),
        interpolation="nearest",
    )
    ax.xaxis_date()
    date_axis(ax)
    ax.set_yticks(range(0, 24, 3))
    ax.grid(visible=False)
    ax.set_xlabel("processing date")
    ax.set_ylabel("hour (UTC)")
    panel_title(ax, "share of the window's transfers")
    bar = figure.colorbar(image, ax=ax, pad=0.02)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
