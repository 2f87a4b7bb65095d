"""Figures of what each feature adds to the scores."""

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
    named_bars,
    new_figure,
    panel_title,
    shorten,
    words_figure,
)
from alertmill.wording import counted

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
        f"The first five of {counted(table.height, 'feature')} carry {100 * share:.0f} % of what "
        "moves these scores",
        size=(8.6, 1.4 + 0.26 * top.height),
        caption="Mean absolute SHAP value over test alerts. Orange: high values raise the score; "
        "blue: high values lower it; grey: neither, or a category.",
    )
    directions = top["direction"].fill_null(0.0).to_numpy()
    colors = [_direction_color(value) for value in directions]
    named_bars(ax, top["feature"].to_list(), top["mean_abs"].to_numpy(), colors)
    ax.set_xlabel("mean absolute contribution (log-odds)")
    return figure


def plot_summary(contributions: Contributions, *, n: int = 15) -> Figure:
    """Draw every alert's contribution of the strongest features, coloured by the value."""
    names = contributions.strongest[:n]
    if not len(contributions.values):
        return words_figure("There is nothing to explain", "the test holds no alerts")
    figure, (ax,) = new_figure(
        f"Values and contributions of the {counted(len(names), 'feature')} that move these "
        "scores most",
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
