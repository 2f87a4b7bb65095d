"""Figures of what goes together: correlation and near repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import DIVERGING, INK, new_figure, shorten, words_figure
from alertmill.wording import readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_NAMED = 46
_MOST_NUMBERED = 14


def plot_correlation(
    correlation: pl.DataFrame, pairs: pl.DataFrame, *, groups: pl.DataFrame | None = None
) -> Figure:
    """Draw a correlation matrix in the order of its columns.

    Parameters
    ----------
    correlation : DataFrame
        Column feature, then one column per feature.
    pairs : DataFrame
        Columns feature, other, correlation; the strongest first. The first one makes the title.
    groups : DataFrame, optional
        Columns feature, group: names the axes by group, where there are too many single names; an
        empty group has no name.
    """
    names = correlation["feature"].to_list()
    if pairs.is_empty():
        return words_figure("Nothing can be correlated", "fewer than two columns vary")
    strongest = pairs.row(0, named=True)
    n_strong = pairs.filter(pl.col("correlation").abs() >= 0.9).height  # noqa: PLR2004 - said in words
    side = 3.4 + min(0.16 * len(names), 5.4)
    figure, (ax,) = new_figure(
        f"{n_strong:,} of {pairs.height:,} pairs correlate at 0.9 or more; most do "
        f"{shorten(strongest['feature'])} and {shorten(strongest['other'])} "
        f"({strongest['correlation']:.2f})",
        size=(side + 1.0, side),
        caption=f"Spearman rank correlation of {len(names)} columns that vary.",
    )
    matrix = correlation.drop("feature").to_numpy().astype(float)
    image = ax.imshow(matrix, cmap=DIVERGING, vmin=-1, vmax=1, interpolation="nearest")
    ax.grid(visible=False)
    if groups is not None and len(names) > _MOST_NAMED:
        _name_groups(ax, names, groups)
    else:
        _name_columns(ax, names)
    if len(names) <= _MOST_NUMBERED:
        _write_numbers(ax, matrix)
    figure.colorbar(image, ax=ax, shrink=0.7, pad=0.02, label="rank correlation")
    return figure


def _name_columns(ax: Axes, names: list[str]) -> None:
    if len(names) > _MOST_NAMED:
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_xlabel("columns, alike ones side by side")
        return
    shown = [shorten(name, 30) for name in names]
    ax.set_xticks(range(len(names)), shown, rotation=90, fontsize=7.5)
    ax.set_yticks(range(len(names)), shown, fontsize=7.5)


def _name_groups(ax: Axes, names: list[str], groups: pl.DataFrame) -> None:
    """Write the name of each group beside its columns, with lines between groups."""
    group_of = dict(groups.select("feature", "group").iter_rows())
    labels = [group_of[name] for name in names]
    starts = [i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    ends = [*starts[1:], len(labels)]
    for start in starts[1:]:
        ax.axhline(start - 0.5, color=INK, linewidth=0.7)
        ax.axvline(start - 0.5, color=INK, linewidth=0.7)
    middles = [(start + end - 1) / 2 for start, end in zip(starts, ends, strict=True)]
    words = [
        f"{shorten(readable(labels[start]))} ({end - start})" if labels[start] else ""
        for start, end in zip(starts, ends, strict=True)
    ]
    ax.set_xticks(middles, words, rotation=90)
    ax.set_yticks(middles, words)
    ax.tick_params(length=0)


def _write_numbers(ax: Axes, matrix: np.ndarray) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            color = "white" if abs(value) > 0.6 else INK  # noqa: PLR2004 - the map is dark above
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color=color)
