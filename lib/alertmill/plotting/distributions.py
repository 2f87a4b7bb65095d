"""Figures of how every feature is spread, a figure per group of features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.plotting.style import (
    INK,
    OUTCOME_COLORS,
    legend,
    new_figure,
    percent_axis,
    shorten,
    words_figure,
)
from alertmill.plotting.words import readable, short_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

_COLUMNS = 4
_LINEAR_RANGE = 1.5
_JUDGED = ("confirmed", "cleared")


def plot_distributions(histograms: pl.DataFrame, separations: pl.DataFrame) -> tuple[Figure, ...]:
    """Draw every feature's distribution among confirmed and cleared alerts, a figure per group.

    Parameters
    ----------
    histograms : DataFrame
        Columns feature, group, scale, outcome, low, high, label, n_alerts, share.
    separations : DataFrame
        Columns feature, roc_auc: how well the feature alone ranks, for the panel's title.
    """
    auc_of = dict(separations.select("feature", "roc_auc").iter_rows())
    parts = histograms.partition_by("group", maintain_order=True)
    return tuple(_distribution_figure(part, auc_of) for part in parts) or (
        words_figure("There are no features to draw", "no feature has a value"),
    )


def plot_boxes(boxes: pl.DataFrame) -> tuple[Figure, ...]:
    """Draw the five numbers of every feature for confirmed and cleared alerts, a figure per group.

    Parameters
    ----------
    boxes : DataFrame
        Columns feature, group, outcome, p05, q1, median, q3, p95, on one scale for all features.
    """
    parts = boxes.partition_by("group", maintain_order=True)
    return tuple(_box_figure(part) for part in parts) or (
        words_figure("There are no boxes to draw", "no labelled alert has a value"),
    )


def _distribution_figure(part: pl.DataFrame, auc_of: dict[str, float]) -> Figure:
    features = part.partition_by("feature", maintain_order=True)
    names = [feature["feature"][0] for feature in features]
    best = max(names, key=lambda name: auc_of.get(name, 0.0))
    n_rows = -(-len(names) // _COLUMNS)
    figure, axes = new_figure(
        f"{_group_words(part)}: {_n_features(len(names))}; {shorten(best)} "
        f"alone separates best (ROC AUC {auc_of.get(best, 0.5):.2f})",
        size=(9.8, 1.25 + 1.75 * n_rows),
        n_rows=n_rows,
        n_cols=_COLUMNS,
        caption="Share of the confirmed (orange-red) and of the cleared alerts (blue) of the "
        "training range by value. In brackets: ROC AUC of the feature alone, 0.5 is chance.",
    )
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    for ax, feature, name in zip(axes, features, names, strict=False):
        _draw_distribution(ax, feature)
        auc = f" ({auc_of[name]:.2f})" if name in auc_of else ""
        ax.set_title(f"{shorten(name, 27)}{auc}", loc="left", fontsize=8, color=INK)
    return figure


def _draw_distribution(ax: Axes, feature: pl.DataFrame) -> None:
    scale = feature["scale"][0]
    for outcome in reversed(_JUDGED):
        part = feature.filter(pl.col("outcome") == outcome)
        color = OUTCOME_COLORS[outcome]
        if scale == "code":
            shift, width = (-0.2, 0.4) if outcome == "confirmed" else (0.2, 0.4)
            middles = (part["low"] + part["high"]) / 2 + shift
            ax.bar(middles, part["share"], width, color=color)
            ax.set_xticks((part["low"] + part["high"]) / 2, _code_words(part["label"]))
            ax.tick_params(axis="x", labelsize=6, rotation=40 if part.height > 2 else 0)  # noqa: PLR2004 - two fit
        else:
            edges = [*part["low"], part["high"][-1]]
            ax.stairs(part["share"], edges, color=color, linewidth=1.2, fill=False)
    if scale == "log":
        smallest = feature.filter(pl.col("low") > 0)["low"].min()
        ax.set_xscale("symlog", linthresh=smallest)
        ax.xaxis.set_minor_locator(_no_ticks())
        ax.locator_params(axis="x", numticks=4)
    if scale != "code":
        ax.xaxis.set_major_formatter(lambda value, _: short_number(value))
    if scale == "linear":
        ax.locator_params(axis="x", nbins=4)
    ax.tick_params(labelsize=7)
    ax.set_ylim(bottom=0)
    ax.locator_params(axis="y", nbins=3)
    percent_axis(ax)


def _box_figure(part: pl.DataFrame) -> Figure:
    names = part["feature"].unique(maintain_order=True).to_list()
    places = {name: place for place, name in enumerate(names)}
    figure, (ax,) = new_figure(
        _box_title(part, len(names)),
        size=(9.4, 1.7 + 0.34 * len(names)),
        caption="Box: middle half of the alerts; line: median; whiskers: 5th to 95th percentile. "
        "Distances from the feature's own median in its interquartile ranges; beyond ±1.5 the "
        "scale is logarithmic. Training range.",
    )
    for outcome, shift in zip(_JUDGED, (-0.19, 0.19), strict=True):
        rows = part.filter(pl.col("outcome").cast(pl.String) == outcome)
        _draw_boxes(ax, rows, [places[name] + shift for name in rows["feature"]], outcome)
    ax.set_xscale("symlog", linthresh=_LINEAR_RANGE)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_locator(_no_ticks())
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("interquartile ranges from the median of all alerts")
    legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _draw_boxes(ax: Axes, rows: pl.DataFrame, positions: list[float], outcome: str) -> None:
    numbers = rows.select("p05", "q1", "median", "q3", "p95").iter_rows()
    names = ("whislo", "q1", "med", "q3", "whishi")
    color = OUTCOME_COLORS[outcome]
    ax.bxp(
        [dict(zip(names, five, strict=True)) for five in numbers],
        positions=positions,
        orientation="horizontal",
        widths=0.32,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        medianprops={"color": INK, "linewidth": 1.4},
        boxprops={"facecolor": color, "edgecolor": "none", "alpha": 0.75},
        whiskerprops={"color": color},
        capprops={"color": color},
    )
    n_alerts = int(rows["n_alerts"].to_numpy().max(initial=0))
    ax.barh(positions[:1], 0, color=color, label=f"{outcome} ({n_alerts:,} alerts)")


def _box_title(part: pl.DataFrame, n_features: int) -> str:
    medians = part.pivot("outcome", index="feature", values="median")
    text = f"{_group_words(part)}: {_n_features(n_features)} on one scale"
    if not set(_JUDGED) <= set(medians.columns):
        return text
    shift = (pl.col("confirmed") - pl.col("cleared")).alias("shift")
    most = medians.select("feature", shift).drop_nulls().sort(pl.col("shift").abs()).tail(1)
    if most.is_empty() or most["shift"][0] == 0:
        return f"{text}; no median differs"
    side = "higher" if most["shift"][0] > 0 else "lower"
    return f"{text}; most different is {shorten(most['feature'][0])} ({side} if confirmed)"


def _n_features(n: int) -> str:
    return "1 feature" if n == 1 else f"{n} features"


def _group_words(part: pl.DataFrame) -> str:
    return readable(str(part["group"][0])).capitalize()


def _code_words(labels: pl.Series) -> list[str]:
    return [shorten(readable(label or ""), 12) for label in labels]


def _no_ticks() -> Locator:
    from matplotlib.ticker import NullLocator

    return NullLocator()
