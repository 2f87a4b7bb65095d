"""Figures of what drives the scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.explanation.contributions import Contributions
from alertmill.explanation.reasons import FeatureWords
from alertmill.plotting.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    ORANGE,
    RED,
    SEQUENTIAL,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
    wide_axis,
    words_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_SWARM_BINS, _SWARM_HEIGHT = 120, 0.38
_LABELLED_FORCES = 4
"""Drawn one by one in each direction; the rest is drawn as one."""


def plot_contributions(table: pl.DataFrame, *, n: int = 20) -> Figure:
    """Draw the mean absolute contribution of the strongest features."""
    top = table.head(n)
    if not top.height:
        return words_figure("Nothing drives the scores", "the model has no features")
    share = float(top["share"].head(5).sum())
    figure, (ax,) = new_figure(
        f"Five features carry {100 * share:.0f} % of what moves the scores",
        size=(8.6, 1.4 + 0.26 * top.height),
        caption="Mean absolute SHAP value over test alerts. Orange: high values raise the score; "
        "blue: high values lower it; grey: neither, or a category.",
    )
    directions = top["direction"].fill_null(0.0).to_numpy()
    colors = [_direction_color(value) for value in directions]
    _bars(ax, top["feature"].to_list(), top["mean_abs"].to_numpy(), colors)
    ax.set_xlabel("mean absolute contribution (log-odds)")
    return figure


def plot_summary(contributions: Contributions, *, n: int = 15) -> Figure:
    """Draw every alert's contribution of the strongest features, coloured by the value."""
    names = contributions.strongest[:n]
    if not len(contributions.values):
        return words_figure("There is nothing to explain", "the test holds no alerts")
    figure, (ax,) = new_figure(
        f"{names[0]} moves the scores most",
        size=(9.0, 1.6 + 0.36 * len(names)),
        caption=f"One dot per alert and feature, {len(contributions.values):,} test alerts. "
        "Colour: rank of the value among the alerts; grey: missing.",
    )
    colors = _value_map()
    for place, name in enumerate(names):
        values, pushed = contributions.column(name)
        missing = np.isnan(values)
        height = place + _swarm(pushed)
        ax.scatter(pushed[missing], height[missing], s=5, color=GREY, linewidths=0)
        shown = ~missing
        ranks = _ranks(values[shown])
        ax.scatter(pushed[shown], height[shown], s=5, c=ranks, cmap=colors, vmin=0, vmax=1, lw=0)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("contribution to the score (log-odds); right of 0 raises it")
    _value_bar(ax, colors)
    return figure


def plot_forces(
    contributions: Contributions,
    words: Sequence[FeatureWords],
    *,
    titles: Sequence[tuple[str, str]],
) -> Figure:
    """Draw, for single alerts, what pushed the score up and what pushed it down.

    Parameters
    ----------
    contributions : Contributions
        Hold at least the alerts to draw.
    words : sequence of FeatureWords
        How to speak of the features' values.
    titles : sequence of (alert_id, title)
        Alerts to draw, one panel each, in this order.
    """
    if not titles:
        return words_figure("There is no alert to draw", "no alert was chosen")
    figure, axes = new_figure(
        "What pushed single alerts up (orange) and down (blue)",
        size=(9.6, 0.8 + 2.5 * len(titles)),
        n_rows=len(titles),
        caption="Log-odds before calibration; the orange forces end, and the blue ones begin, at "
        "the alert's score. The dotted line is the score of an alert of which nothing is known.",
    )
    spoken = {entry.name: entry for entry in words}
    for ax, (alert_id, title) in zip(axes, titles, strict=True):
        _draw_forces(ax, contributions, contributions.position_of(alert_id), spoken)
        panel_title(ax, title)
    return figure


def plot_tree_importance(table: pl.DataFrame, *, n: int = 20) -> Figure:
    """Draw the share of each feature in the gain and in the number of the trees' splits."""
    top = table.head(n)
    if not top.height or not top["gain_share"].sum():
        return words_figure("The trees never split", "the model gives every alert the same score")
    used = table.filter(pl.col("split_share") > 0).height
    figure, axes = new_figure(
        f"The trees split on {used} of {table.height} features; "
        f"{top['feature'][0]} removes {100 * top['gain_share'][0]:.0f} % of the loss",
        size=(9.6, 1.4 + 0.25 * top.height),
        n_cols=2,
        share_y=True,
        caption="LightGBM's own counts on the training alerts. They favour features with many "
        "values, so compare with the permutation importance on the test.",
    )
    names = top["feature"].to_list()
    _bars(axes[0], names, top["gain_share"].to_numpy(), [BLUE] * len(names))
    _bars(axes[1], names, top["split_share"].to_numpy(), [ORANGE] * len(names))
    for ax, text in zip(axes, ("share of the gain", "share of the splits"), strict=True):
        percent_axis(ax, axis="x")
        ax.set_xlabel(text)
    return figure


def plot_permutation(single: pl.DataFrame, groups: pl.DataFrame, *, n: int = 15) -> Figure:
    """Draw how much average precision falls when one feature, or a whole group, is shuffled."""
    if not single.height or not groups.height:
        return words_figure(
            "Permutation importance cannot be measured", "the labelled test alerts lack a class"
        )
    top = single.head(n)
    first = groups.row(0, named=True)
    figure, axes = new_figure(
        f"Without the {first['part']} features average precision would fall by "
        f"{100 * first['share']:.0f} %",
        size=(9.6, 1.6 + 0.26 * max(top.height, groups.height)),
        n_cols=2,
        caption="Labelled test alerts; bars: mean of five shuffles, lines: least and largest. "
        "Features that stand in for each other look weak alone: read the groups first. Drops near "
        "0 are noise.",
    )
    _drop_bars(axes[0], groups, BLUE)
    panel_title(axes[0], "whole groups")
    _drop_bars(axes[1], top, ORANGE)
    panel_title(axes[1], "single features")
    return figure


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
        f"{names[first]} and {names[second]} are read together most",
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


def _bars(ax: Axes, names: Sequence[str], values: np.ndarray, colors: Sequence[str]) -> None:
    ax.barh(range(len(names)), values, color=colors, height=0.72)
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def _drop_bars(ax: Axes, table: pl.DataFrame, color: str) -> None:
    _bars(ax, table["part"].to_list(), table["drop"].to_numpy(), [color] * table.height)
    ax.hlines(range(table.height), table["drop_low"], table["drop_high"], color=INK, linewidth=1)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlabel("drop of average precision")


def _draw_forces(
    ax: Axes, contributions: Contributions, row: int, words: dict[str, FeatureWords]
) -> None:
    values = contributions.values[row]
    score = contributions.log_odds[row]
    for sign, color in ((1, ORANGE), (-1, BLUE)):
        order = [place for place in np.argsort(-sign * values) if sign * values[place] > 0]
        end = score
        for rank, place in enumerate(order[:_LABELLED_FORCES]):
            start, end = end, end - values[place]
            _draw_force(ax, start, end, color)
            name = contributions.names[place]
            known = words.get(name, FeatureWords(name, "", ""))
            said = f"{shorten(name, 30)} = {known.of(contributions.features[row, place])}"
            _label_force(ax, (start + end) / 2, rank, f"{said} ({values[place]:+.2f})", sign)
        rest = order[_LABELLED_FORCES:]
        if rest:
            start, end = end, end - float(values[rest].sum())
            _draw_force(ax, start, end, color, alpha=0.45)
            said = f"{len(rest)} others ({start - end:+.2f})"
            _label_force(ax, (start + end) / 2, _LABELLED_FORCES, said, sign)
    ax.axvline(contributions.base, color=GREY, linestyle=":", linewidth=1.2)
    ax.plot([score, score], [-0.25, 0.5], color=INK, linewidth=1.6)
    probability = 1 / (1 + math.exp(-score))
    ax.text(score, 0.55, f"{score:.2f}, i.e. {100 * probability:.1f} %", ha="center", fontsize=8.5)
    ax.set_ylim(-2.6, 0.95)
    ax.margins(x=0.3)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)
    ax.set_xlabel("score (log-odds)")


def _draw_force(ax: Axes, start: float, end: float, color: str, *, alpha: float = 1.0) -> None:
    ax.barh(
        0, end - start, left=start, height=0.5, color=color, edgecolor="white", lw=0.8, alpha=alpha
    )


def _label_force(ax: Axes, x: float, rank: int, text: str, sign: int) -> None:
    height = -0.6 - 0.42 * rank
    ax.plot([x, x], [-0.25, height + 0.08], color=FAINT, linewidth=0.8, zorder=0)
    ax.text(
        x,
        height,
        text,
        ha="right" if sign > 0 else "left",
        va="center",
        fontsize=7.8,
        color="#8A5A00" if sign > 0 else "#00517F",
    )


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


def _swarm(x: np.ndarray) -> np.ndarray:
    """Heights that spread alerts with like contributions, so that the width shows their number."""
    if np.ptp(x) == 0:
        return np.linspace(-_SWARM_HEIGHT, _SWARM_HEIGHT, len(x))
    bins = np.floor((x - x.min()) / np.ptp(x) * (_SWARM_BINS - 1)).astype(np.int64)
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins, minlength=_SWARM_BINS)
    within = np.empty(len(x))
    within[order] = np.arange(len(x)) - np.repeat(np.cumsum(counts) - counts, counts)
    alternating = np.where(within % 2 == 0, 1, -1) * np.ceil(within / 2)
    return np.asarray(alternating / max(counts.max() / 2, 1) * _SWARM_HEIGHT)


def _ranks(values: np.ndarray) -> np.ndarray:
    if not len(values):
        return values
    distinct, inverse = np.unique(values, return_inverse=True)
    return np.asarray(inverse / max(len(distinct) - 1, 1))


def _direction_color(value: float) -> str:
    if abs(value) < 0.1:  # noqa: PLR2004 - no clear direction
        return GREY
    return ORANGE if value > 0 else BLUE


def _value_map() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("value", [BLUE, "#9B6BB5", RED])


def _value_bar(ax: Axes, colors: Colormap) -> None:
    from matplotlib.cm import ScalarMappable

    figure = ax.get_figure()
    if figure is None:
        return
    bar = figure.colorbar(ScalarMappable(cmap=colors), ax=ax, aspect=40, pad=0.01)
    bar.set_ticks([0, 1], labels=["low", "high"])
    bar.set_label("value of the feature")
