"""Figures of the features together: pairs, projection, scales and outliers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    legend,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
    words_figure,
)
from alertmill.plotting.words import short_number
from alertmill.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

_N_SHOWN = 25
_TIGHT: dict[str, float] = {
    "fontsize": 6.5,
    "columnspacing": 0.6,
    "handletextpad": 0.0,
    "borderpad": 0.0,
}
"""A legend that is no wider than the panel below it."""


def plot_pairs(rows: pl.DataFrame, features: Sequence[str]) -> Figure:
    """Draw every pair of the given features, coloured by outcome.

    Parameters
    ----------
    rows : DataFrame
        Column outcome and the features; rows are drawn in their order.
    features : sequence of str
        Two to five features.
    """
    pairs = [(a, b) for place, a in enumerate(features) for b in features[place + 1 :]]
    if not pairs:
        return words_figure(
            "There is no pair to draw", "fewer than two features separate the classes"
        )
    n_rows = -(-len(pairs) // 3)
    figure, axes = new_figure(
        f"The {len(features)} features that separate best without repeating each other, in pairs",
        size=(9.6, 1.2 + 2.9 * n_rows),
        n_rows=n_rows,
        n_cols=min(3, len(pairs)),
        caption=f"{rows.height:,} training alerts, confirmed ones preferred and drawn on top. Axes "
        "with long tails are logarithmic from 1 on.",
    )
    for ax in axes[len(pairs) :]:
        ax.set_axis_off()
    for ax, (horizontal, vertical) in zip(axes, pairs, strict=False):
        _scatter(ax, rows, horizontal, vertical)
        for name, axis in ((horizontal, "x"), (vertical, "y")):
            _fit_scale(ax, rows[name].to_numpy().astype(float), axis)
        ax.set_xlabel(shorten(horizontal, 32), fontsize=8.5)
        ax.set_ylabel(shorten(vertical, 32), fontsize=8.5)
    legend(axes[0], loc="lower left", bbox_to_anchor=(0, 1), ncols=3, markerscale=2, **_TIGHT)
    return figure


def plot_projection(points: pl.DataFrame, variance: pl.DataFrame, loadings: pl.DataFrame) -> Figure:
    """Draw the first two principal components, what they hold, and what they are made of.

    Parameters
    ----------
    points : DataFrame
        Columns outcome, pc1, pc2.
    variance : DataFrame
        Columns component, share, cumulative_share.
    loadings : DataFrame
        Columns component (1 or 2), feature, loading.
    """
    two = variance["cumulative_share"][min(1, variance.height - 1)]
    figure, (scatter, scree, first, second) = new_figure(
        f"Two of the {variance.height} components drawn hold {percent(two, 0)} of the features' "
        "variance; the outcome played no part in finding them",
        size=(9.6, 7.2),
        n_rows=2,
        n_cols=2,
        height_ratios=(5, 4),
        caption=f"{points.height:,} training alerts, features as ranks. Unlabelled alerts grey.",
    )
    _scatter(scatter, points.sort("outcome", descending=True), "pc1", "pc2")
    scatter.set_xlabel(f"component 1 ({percent(variance['share'][0], 0)} of the variance)")
    scatter.set_ylabel("component 2")
    legend(scatter, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, markerscale=2, **_TIGHT)
    scree.bar(variance["component"], variance["share"], color=BLUE, width=0.7, label="each")
    scree.plot(
        variance["component"], variance["cumulative_share"], "o-", color=ORANGE, label="together"
    )
    scree.set_xticks(variance["component"])
    scree.set_ylim(0, 1)
    scree.set_xlabel("component")
    scree.set_ylabel("share of the variance")
    scree.grid(visible=False, axis="x")
    percent_axis(scree)
    legend(scree, loc="upper left")
    for ax, component in ((first, 1), (second, 2)):
        _draw_loadings(ax, loadings.filter(pl.col("component") == component))
        panel_title(ax, f"component {component}: largest loadings")
    return figure


def plot_scaling(scaling: pl.DataFrame) -> Figure:
    """Draw the skewness of the most skewed features before and after a logarithm.

    Parameters
    ----------
    scaling : DataFrame
        Columns feature, skewness, skewness_log, advice; the most skewed first.
    """
    counts = dict(scaling["advice"].value_counts().iter_rows())
    shown = scaling.filter(pl.col("advice") != "none").head(_N_SHOWN)
    figure, (ax,) = new_figure(
        f"{counts.get('logarithm', 0)} of {scaling.height} features need a logarithm and "
        f"{counts.get('rank', 0)} a rank before a scaled model may use them; "
        f"{counts.get('as is', 0)} do not",
        size=(9.0, 1.6 + 0.25 * max(shown.height, 4)),
        caption=f"The {shown.height} most skewed features of the training range. Skewness is 0 for "
        "a symmetric feature; beyond ±2 (dotted) a mean and a standard deviation say little. The "
        "boosted trees see only the order of values and need no scaling.",
    )
    places = range(shown.height)
    ax.hlines(places, shown["skewness"], shown["skewness_log"], color=GREY, linewidth=1)
    ax.plot(shown["skewness"], places, "o", color=ORANGE, label="as it is")
    ax.plot(shown["skewness_log"], places, "o", color=BLUE, label="after a logarithm")
    for edge in (-2, 2):
        ax.axvline(edge, color=INK, linewidth=1, linestyle=":")
    ax.set_xscale("symlog", linthresh=2)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_yticks(places, [shorten(name) for name in shown["feature"]])
    ax.set_ylim(max(shown.height, 1) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("skewness (logarithmic beyond ±2)")
    legend(ax, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
    return figure


def plot_outliers(outliers: pl.DataFrame) -> Figure:
    """Draw the share of outlying values of the features that have most of them.

    Parameters
    ----------
    outliers : DataFrame
        Columns feature, outlier_share, far_share; falling.
    """
    if outliers.is_empty():
        return words_figure("No outliers can be found", "no feature has a spread to measure by")
    many = outliers.filter(pl.col("outlier_share") > 0.1).height  # noqa: PLR2004 - said in words
    shown = outliers.head(_N_SHOWN)
    figure, (ax,) = new_figure(
        f"{many} of {outliers.height} features have more than 10 % of their values outside the "
        f"fences; most has {shorten(shown['feature'][0])}",
        size=(9.0, 1.6 + 0.25 * shown.height),
        caption="Outside: more than 1.5 interquartile ranges beyond the quartiles of the training "
        "range; far outside: more than 3. In these data long tails are the rule and often the "
        "signal, so nothing is removed.",
    )
    places = range(shown.height)
    ax.barh(places, shown["outlier_share"], 0.72, color=ORANGE, label="outside")
    ax.barh(places, shown["far_share"], 0.72, color=RED, label="far outside")
    ax.set_yticks(places, [shorten(name) for name in shown["feature"]])
    ax.set_ylim(shown.height - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("share of the values")
    percent_axis(ax, axis="x")
    legend(ax, loc="lower right")
    return figure


def _scatter(ax: Axes, rows: pl.DataFrame, horizontal: str, vertical: str) -> None:
    for outcome, color, size in (
        ("unlabelled", "#BDBDBD", 5),
        ("cleared", BLUE, 6),
        ("confirmed", RED, 9),
    ):
        part = rows.filter(pl.col("outcome").cast(pl.String) == outcome)
        ax.scatter(
            part[horizontal],
            part[vertical],
            s=size,
            color=color,
            alpha=0.55,
            linewidths=0,
            label=f"{outcome} ({part.height:,})",
            rasterized=True,
        )


def _fit_scale(ax: Axes, values: np.ndarray, axis: str) -> None:
    there = values[np.isfinite(values)]
    if not len(there):
        return
    middle, high = np.quantile(np.abs(there), [0.5, 0.99])
    set_scale, chosen = (ax.set_xscale, ax.xaxis) if axis == "x" else (ax.set_yscale, ax.yaxis)
    if high > 30 and high > 15 * max(middle, 1.0):  # noqa: PLR2004 - a long tail by eye
        set_scale("symlog", linthresh=1.0)
        chosen.set_minor_locator(_no_ticks())
    chosen.set_major_formatter(lambda value, _: short_number(value))


def _draw_loadings(ax: Axes, loadings: pl.DataFrame) -> None:
    places = range(loadings.height)
    colors = [BLUE if value > 0 else ORANGE for value in loadings["loading"]]
    ax.barh(places, loadings["loading"], 0.7, color=colors)
    ax.set_yticks(places, [shorten(name, 30) for name in loadings["feature"]])
    ax.set_ylim(max(loadings.height, 1) - 0.5, -0.5)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("loading")


def _no_ticks() -> Locator:
    from matplotlib.ticker import NullLocator

    return NullLocator()
