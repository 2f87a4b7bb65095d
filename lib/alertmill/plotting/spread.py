"""Figure of location, spread and tails of many columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import BLUE, INK, SKY, new_figure, shorten, wide_axis, words_figure
from alertmill.plotting.words import short_number
from alertmill.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 24


def plot_spread(statistics: pl.DataFrame) -> Figure:
    """Draw the columns with the longest tails: where most values lie, and how far the rest goes.

    Parameters
    ----------
    statistics : DataFrame
        Of `alertmill.tables.sources.describe_columns`.
    """
    varied = statistics.filter(pl.col("p75") > pl.col("p25"))
    if varied.is_empty():
        return words_figure("No column varies", f"{counted(statistics.height, 'column')}")
    tail = (pl.col("p99") - pl.col("median")) / (pl.col("p75") - pl.col("p25"))
    shown = varied.sort(tail, "column", descending=[True, False]).head(_SHOWN)
    places = np.arange(shown.height)
    figure, (ax,) = new_figure(
        f"{shown.height} of {counted(varied.height, 'column')} whose middle half varies, those "
        "with the longest tails",
        size=(9.0, 1.5 + 0.26 * shown.height),
        caption="Thin line: 1st to 99th percentile; bar: middle half; dot: median. Units differ "
        "by column; the axis is logarithmic away from 0.",
    )
    ax.hlines(places, shown["p01"], shown["p99"], color=SKY, linewidth=1.4)
    ax.hlines(places, shown["p25"], shown["p75"], color=BLUE, linewidth=5)
    ax.plot(shown["median"], places, "o", color=INK, markersize=4)
    wide_axis(ax, shown.select("p01", "p25", "median", "p75", "p99").to_numpy().ravel())
    ax.xaxis.set_major_formatter(lambda value, _: short_number(value))
    ax.set_yticks(places, [shorten(name, 34) for name in shown["column"]])
    ax.set_ylim(shown.height - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("value")
    return figure
