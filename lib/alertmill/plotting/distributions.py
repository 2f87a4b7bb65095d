"""Figures of how every feature is spread, a figure per group of features.

A hundred and more panels: each figure is one pair of axes with all its panels drawn into it as two
collections. Axes of their own for every panel would take ten times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import (
    FAINT,
    INK,
    OUTCOME_COLORS,
    legend,
    new_figure,
    shorten,
    words_figure,
)
from alertmill.plotting.words import short_number
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 4
_PANEL_WIDTH, _PANEL_HEIGHT = 0.88, 0.56
"""Of a cell; the rest is for the title above and the values below."""
_MOST_NAMED_CODES = 4
_TITLE_LETTERS = 32


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
    return tuple(_group_figure(part, auc_of) for part in parts) or (
        words_figure("There are no features to draw", "no feature has a value"),
    )


def _group_figure(part: pl.DataFrame, auc_of: dict[str, float]) -> Figure:
    panels = part.partition_by("feature", maintain_order=True)
    names = [panel["feature"][0] for panel in panels]
    n_rows = -(-len(names) // _COLUMNS)
    figure, (ax,) = new_figure(
        f"{readable(str(part['group'][0])).capitalize()}: {counted(len(names), 'feature')}, among "
        "confirmed and among cleared alerts",
        size=(9.8, 1.3 + 1.25 * n_rows),
        caption="Share of the confirmed and of the cleared alerts of the training range by value; "
        "every panel has its own height, whose percentage stands at its corner. Bins are drawn "
        "equally wide; where values have a long tail, they grow by a constant factor. In "
        "brackets: ROC AUC of the feature alone, 0.5 is chance.",
    )
    corners = [(n % _COLUMNS, -(n // _COLUMNS) - 1.0) for n in range(len(names))]
    _draw_shapes(ax, panels, corners)
    for panel, name, corner in zip(panels, names, corners, strict=True):
        auc = f" ({auc_of[name]:.2f})" if name in auc_of else ""
        _write_panel(ax, panel, f"{shorten(name, _TITLE_LETTERS)}{auc}", corner)
    ax.set_xlim(0, _COLUMNS - 1 + _PANEL_WIDTH)
    ax.set_ylim(-n_rows - 0.26, 0)
    ax.set_axis_off()
    legend(ax, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.1)
    return figure


def _draw_shapes(ax: Axes, panels: list[pl.DataFrame], corners: list[tuple[int, float]]) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    pairs = list(zip(panels, corners, strict=True))
    cleared = [_outline(panel, "cleared", corner) for panel, corner in pairs]
    confirmed = [_outline(panel, "confirmed", corner) for panel, corner in pairs]
    baselines = [[(x, y), (x + _PANEL_WIDTH, y)] for x, y in corners]
    color = OUTCOME_COLORS["cleared"]
    ax.add_collection(PolyCollection(cleared, facecolors=color, alpha=0.35, label="cleared"))
    color = OUTCOME_COLORS["confirmed"]
    ax.add_collection(LineCollection(confirmed, colors=color, linewidths=1.3, label="confirmed"))
    ax.add_collection(LineCollection(baselines, colors="#999999", linewidths=0.7))


def _outline(panel: pl.DataFrame, outcome: str, corner: tuple[int, float]) -> np.ndarray:
    """Corners of the steps of one outcome, shape (2 * n_bins + 2, 2)."""
    shares = panel.filter(pl.col("outcome") == outcome)["share"].to_numpy()
    edges = np.linspace(0, _PANEL_WIDTH, len(shares) + 1)
    heights = np.concatenate([[0.0], np.repeat(shares, 2), [0.0]]) / _highest(panel)
    return np.column_stack([corner[0] + np.repeat(edges, 2), corner[1] + heights * _PANEL_HEIGHT])


def _highest(panel: pl.DataFrame) -> float:
    judged = panel.filter(pl.col("outcome") != "unlabelled")["share"].to_numpy()
    return float(judged.max(initial=0.0)) or 1.0


def _write_panel(ax: Axes, panel: pl.DataFrame, title: str, corner: tuple[int, float]) -> None:
    left, bottom = corner
    top = bottom + _PANEL_HEIGHT
    ax.text(left, top + 0.13, title, fontsize=7.6, color=INK, va="bottom")
    ax.text(left, top + 0.01, f"{100 * _highest(panel):.0f} %", fontsize=6, color="#777777")
    ax.plot([left, left + 0.1], [top, top], color=FAINT, linewidth=0.8)
    one = panel.filter(pl.col("outcome") == panel["outcome"][0])
    for place, words, side in _marks(panel, one):
        x = left + place * _PANEL_WIDTH
        ax.text(x, bottom - 0.03, words, fontsize=6.5, color="#555555", ha=side, va="top")


def _marks(panel: pl.DataFrame, bins: pl.DataFrame) -> list[tuple[float, str, str]]:
    """Words below a panel: place from 0 to 1, words, alignment."""
    n = bins.height
    if bins["scale"][0] == "code":
        return _code_marks(panel, bins)
    edges = [*bins["low"], bins["high"][-1]]
    if n == 1:
        return [(0.5, short_number((edges[0] + edges[1]) / 2), "center")]
    if all(high - low == 1 for low, high in bins.select("low", "high").iter_rows()):
        # Whole numbers have a bin each, so the middle of the bin is the value.
        first, last = edges[0] + 0.5, edges[-1] - 0.5
        return [
            (0.5 / n, short_number(first), "center"),
            (1 - 0.5 / n, short_number(last), "center"),
        ]
    sides = ("left", "center", "right")
    return [
        (p / n, short_number(edges[p]), side) for p, side in zip((0, n // 2, n), sides, strict=True)
    ]


def _code_marks(panel: pl.DataFrame, bins: pl.DataFrame) -> list[tuple[float, str, str]]:
    """Return few codes; of many, the one whose shares differ most."""
    names = [readable(label or "") for label in bins["label"]]
    if len(names) <= _MOST_NAMED_CODES:
        return [((i + 0.5) / len(names), shorten(n, 11), "center") for i, n in enumerate(names)]
    shares = [
        panel.filter(pl.col("outcome") == o)["share"].to_numpy() for o in ("confirmed", "cleared")
    ]
    place = int(np.abs(shares[0] - shares[1]).argmax())
    at = (place + 0.5) / len(names)
    side = "left" if at < 1 / 3 else "right" if at > 2 / 3 else "center"
    return [(at, f"↑ {names[place]}" if side == "left" else f"{names[place]} ↑", side)]
