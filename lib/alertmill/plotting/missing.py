"""Figure of what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.plotting.style import (
    PALETTE,
    legend,
    new_figure,
    percent_axis,
    shorten,
    words_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_N_BARS = 25


def plot_missing(missing: pl.DataFrame, sentence: str) -> Figure:
    """Draw the columns with missing values, the worst on top.

    Parameters
    ----------
    missing : DataFrame
        Columns source, column, missing_share; falling.
    sentence : str
        What the table says in words.
    """
    if missing.is_empty():
        return words_figure("Nothing is missing", sentence)
    shown = missing.head(_N_BARS)
    figure, (ax,) = new_figure(
        sentence.rstrip("."),
        size=(9.0, 1.5 + 0.24 * shown.height),
        caption=f"{shown.height} of {missing.height} columns with missing values. Missing means "
        "not defined for the address, for example no median of incoming amounts without an income.",
    )
    sources = list(missing["source"].unique(maintain_order=True))
    colors = [PALETTE[sources.index(source)] for source in shown["source"]]
    ax.barh(range(shown.height), shown["missing_share"], color=colors, height=0.72)
    ax.set_yticks(range(shown.height), [shorten(name) for name in shown["column"]])
    ax.set_ylim(shown.height - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("share of rows without a value")
    percent_axis(ax, axis="x")
    for place, source in enumerate(sources):
        ax.barh(0, 0, color=PALETTE[place], label=source)
    legend(ax, loc="lower right")
    return figure
