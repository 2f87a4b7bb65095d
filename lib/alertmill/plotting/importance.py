"""Figures of which features the model needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from alertmill.plotting.style import (
    BLUE,
    INK,
    ORANGE,
    named_bars,
    new_figure,
    panel_title,
    percent_axis,
    words_figure,
)
from alertmill.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_tree_importance(table: pl.DataFrame, *, n: int = 20) -> Figure:
    """Draw the share of each feature in the gain and in the number of the trees' splits."""
    top = table.head(n)
    if not top.height or not top["gain_share"].sum():
        return words_figure("The trees never split", "the model gives every alert the same score")
    used = table.filter(pl.col("split_share") > 0).height
    figure, axes = new_figure(
        f"The trees split on {used} of {counted(table.height, 'feature')}; "
        f"{top['feature'][0]} removes {100 * top['gain_share'][0]:.0f} % of the loss",
        size=(9.6, 1.4 + 0.25 * top.height),
        n_cols=2,
        share_y=True,
        caption="LightGBM's own counts on the training alerts. They favour features with many "
        "values, so compare with the permutation importance on the test.",
    )
    names = top["feature"].to_list()
    named_bars(axes[0], names, top["gain_share"].to_numpy(), [BLUE] * len(names))
    named_bars(axes[1], names, top["split_share"].to_numpy(), [ORANGE] * len(names))
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
        _permutation_title(first),
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


def _permutation_title(group: Mapping[str, Any]) -> str:
    """Return what shuffling the first group costs, if it cost something in every shuffle."""
    if group["drop_low"] <= 0:
        return "What shuffling a group of features, or a single one, does to average precision"
    return (
        f"Shuffling the {group['part']} features takes {100 * group['share']:.0f} % of the average "
        "precision away"
    )


def _drop_bars(ax: Axes, table: pl.DataFrame, color: str) -> None:
    named_bars(ax, table["part"].to_list(), table["drop"].to_numpy(), [color] * table.height)
    ax.hlines(range(table.height), table["drop_low"], table["drop_high"], color=INK, linewidth=1)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlabel("drop of average precision")
