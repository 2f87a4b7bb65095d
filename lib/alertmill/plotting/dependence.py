"""Figures of how scores follow features, alone and in pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.explanation.reasons import FeatureWords
from alertmill.plotting.style import (
    BLUE,
    INK,
    SEQUENTIAL,
    new_figure,
    percent_axis,
    shorten,
    wide_axis,
    words_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_dependence(
    table: pl.DataFrame, words: Sequence[FeatureWords], *, n_cols: int = 3
) -> Figure:
    """Draw the mean score along the values of each feature, with the spread over alerts."""
    names = list(dict.fromkeys(table["feature"]))
    if not names:
        return words_figure("There is nothing to vary", "no feature has a value")
    n_rows = math.ceil(len(names) / n_cols)
    figure, axes = new_figure(
        _dependence_title(table),
        size=(9.8, 1.2 + 2.3 * n_rows),
        n_rows=n_rows,
        n_cols=n_cols,
        share_y=True,
        caption=f"Line: mean calibrated score of {table['n_alerts'][0]} test alerts if all had "
        "this value; band: the middle 80 % of them. Values between the 1 % and the 99 % quantile.",
    )
    spoken = {entry.name: entry for entry in words}
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, names, strict=False):
        part = table.filter(pl.col("feature") == name)
        _draw_dependence(ax, part, spoken.get(name, FeatureWords(name, "", "")))
    for ax in axes[::n_cols]:
        ax.set_ylabel("score")
        percent_axis(ax)
    return figure


def plot_interactions(matrix: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw the strength of the interaction of every pair of features."""
    if not len(names) or not np.any(matrix):
        return words_figure("The model reads no features together", "every interaction is 0")
    first, second = divmod(int(matrix.argmax()), len(names))
    figure, (ax,) = new_figure(
        f"Largest interaction in this sample: {names[first]} with {names[second]}",
        size=(8.4, 6.4),
        caption="Mean absolute SHAP interaction (both halves) over a sample of test alerts, in "
        "log-odds; white: none.",
    )
    shown = np.where(np.eye(len(names), dtype=bool), np.nan, matrix)
    image = ax.imshow(shown, cmap=SEQUENTIAL, vmin=0)
    for row, column in zip(*np.nonzero(matrix > 0), strict=True):
        is_dark = matrix[row, column] > 0.6 * matrix.max()
        text = f"{matrix[row, column]:.2f}".lstrip("0")
        ax.text(
            column,
            row,
            text if matrix[row, column] >= 0.005 else "",  # noqa: PLR2004 - would read .00
            ha="center",
            va="center",
            fontsize=7.5,
            color="white" if is_dark else INK,
        )
    short = [shorten(name, 28) for name in names]
    ax.set_xticks(range(len(names)), short, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(names)), short)
    ax.grid(visible=False)
    figure.colorbar(image, ax=ax, shrink=0.7, label="interaction (log-odds)")
    return figure


def _draw_dependence(ax: Axes, part: pl.DataFrame, words: FeatureWords) -> None:
    values = part["value"].to_numpy()
    if words.categories:
        places = np.arange(len(values))
        ax.bar(places, part["score"], color=BLUE, width=0.6)
        ax.vlines(places, part["low"], part["high"], color=INK, linewidth=1)
        ax.set_xticks(places, [words.of(v) for v in values], rotation=30, ha="right", fontsize=7)
    else:
        ax.fill_between(values, part["low"], part["high"], color=BLUE, alpha=0.18, linewidth=0)
        ax.plot(values, part["score"], color=BLUE, marker="o", markersize=2.5)
        wide_axis(ax, values)
    ax.set_xlabel(f"{shorten(words.name)}{f' ({words.unit})' if words.unit else ''}", fontsize=8.5)


def _dependence_title(table: pl.DataFrame) -> str:
    spans = (
        table.group_by("feature", maintain_order=True)
        .agg(span=pl.col("score").max() - pl.col("score").min())
        .sort("span", descending=True)
    )
    return (
        f"Changing {spans['feature'][0]} alone moves the mean score by up to "
        f"{100 * spans['span'][0]:.1f} percentage points"
    )
