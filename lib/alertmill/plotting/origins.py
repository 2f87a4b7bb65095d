"""Figure of the metrics at several dates at which a model could have gone live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.origins import ORIGIN_METRICS
from alertmill.plotting.style import BLUE, GREY, new_figure, panel_title, words_figure
from alertmill.tables.origins import count_ranges
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_origins(origins: pl.DataFrame) -> Figure:
    """Draw each metric on every test range with its interval, and the mean as a band.

    Parameters
    ----------
    origins : DataFrame
        Of `alertmill.evaluation.origins.measure_origins`.
    """
    measured = origins.filter(pl.col("value").is_not_null())
    if measured.is_empty():
        return words_figure("No test range could be measured", origins["note"][0])
    figure, axes = new_figure(
        f"The same procedure on {counted(count_ranges(origins), 'test range')}, "
        "each after its own training",
        size=(9.4, 3.4),
        n_cols=len(ORIGIN_METRICS),
        share_y=True,
        caption="Filled: the model that ships. Open: a model that was fitted for that date with "
        "the default parameters. Line and band: mean over the dates. All with 95 % intervals by "
        "address.",
    )
    for ax, metric in zip(axes, ORIGIN_METRICS, strict=True):
        _draw(ax, measured.filter(pl.col("metric") == metric), metric)
    return figure


def _draw(ax: Axes, measured: pl.DataFrame, metric: str) -> None:
    panel_title(ax, readable(metric))
    ranges = measured.filter(pl.col("origin").is_not_null())
    for place, row in enumerate(ranges.iter_rows(named=True)):
        if row["ci_low"] is not None:
            ax.plot([place, place], [row["ci_low"], row["ci_high"]], color=BLUE, linewidth=1.8)
        inside = BLUE if row["is_shipped"] else "white"
        ax.plot(place, row["value"], "o", color=BLUE, markerfacecolor=inside)
    for row in measured.filter(pl.col("origin").is_null()).iter_rows(named=True):
        ax.axhline(row["value"], color=GREY, linewidth=1.2)
        if row["ci_low"] is not None:
            ax.axhspan(row["ci_low"], row["ci_high"], color=GREY, alpha=0.15)
    ax.set_xticks(range(ranges.height), [f"{day:%d %b}" for day in ranges["origin"]])
    ax.set_xlim(-0.6, max(ranges.height, 1) - 0.4)
    ax.set_ylim(0, 1)
    ax.set_xlabel("first test day")
    ax.grid(visible=False, axis="x")
