"""Box plots of where confirmed and cleared alerts differ: the telling features, then the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import (
    INK,
    OUTCOME_COLORS,
    legend,
    new_figure,
    shorten,
    words_figure,
)
from alertmill.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINEAR_RANGE = 1.5
_JUDGED = ("confirmed", "cleared")
_HALF_HEIGHT = 0.16
_N_LARGE = 12
_COLUMNS = 3
_INCHES_PER_LARGE, _INCHES_PER_SMALL = 0.34, 0.165
_CAPTION = (
    "Box: middle half of the alerts; line: median; whiskers: 5th to 95th percentile. Distances "
    "from the feature's own median in its interquartile ranges; beyond ±1.5 the scale is "
    "logarithmic. Training range."
)


def plot_boxes(boxes: pl.DataFrame, separations: pl.DataFrame) -> tuple[Figure, ...]:
    """Draw the five numbers of every feature for confirmed and cleared alerts.

    Parameters
    ----------
    boxes : DataFrame
        Columns feature, group, outcome, n_alerts, p05, q1, median, q3, p95, on one scale for all
        features.
    separations : DataFrame
        Column feature, the one that separates best first. The first twelve are drawn large, all
        others small in a second figure.
    """
    names = boxes["feature"].unique(maintain_order=True).to_list()
    if not names:
        return (words_figure("There are no boxes to draw", "no labelled alert has a value"),)
    ranked = [name for name in separations["feature"] if name in names]
    chosen = [*ranked, *(name for name in names if name not in ranked)][:_N_LARGE]
    others = [name for name in names if name not in chosen]
    first = _large_figure(boxes, chosen)
    return (first, _small_figure(boxes, others)) if others else (first,)


def _large_figure(boxes: pl.DataFrame, names: list[str]) -> Figure:
    # Which feature differs most is no title: the largest of many differences is always large.
    figure, (ax,) = new_figure(
        f"{counted(len(names), 'feature')} on one scale, confirmed and cleared alerts",
        size=(9.4, 1.7 + _INCHES_PER_LARGE * len(names)),
        caption=_CAPTION,
    )
    _draw_features(ax, boxes, names)
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.set_xlabel("interquartile ranges from the median of all alerts")
    legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _small_figure(boxes: pl.DataFrame, names: list[str]) -> Figure:
    n_rows = -(-len(names) // _COLUMNS)
    n_columns = -(-len(names) // n_rows)
    figure, axes = new_figure(
        f"{counted(len(names), 'other feature')} on one scale, confirmed and cleared alerts",
        size=(9.8, 1.4 + _INCHES_PER_SMALL * n_rows),
        n_cols=n_columns,
        share_x=True,
        caption=f"{_CAPTION} Red: confirmed; blue: cleared.",
    )
    for place, ax in enumerate(axes):
        shown = names[place * n_rows : (place + 1) * n_rows]
        _draw_features(ax, boxes, shown)
        ax.set_ylim(n_rows - 0.4, -0.6)
        ax.set_yticks(range(len(shown)), [shorten(name, 28) for name in shown], fontsize=6.2)
        ax.tick_params(axis="x", labelsize=6.5)
    axes[0].set_xlabel("interquartile ranges from the median of all alerts", fontsize=8)
    return figure


def _draw_features(ax: Axes, boxes: pl.DataFrame, names: list[str]) -> None:
    places = {name: place for place, name in enumerate(names)}
    part = boxes.filter(pl.col("feature").is_in(names))
    for outcome, shift in zip(_JUDGED, (-0.19, 0.19), strict=True):
        rows = part.filter(pl.col("outcome").cast(pl.String) == outcome)
        _draw_boxes(ax, rows, [places[name] + shift for name in rows["feature"]], outcome)
    ax.set_xscale("symlog", linthresh=_LINEAR_RANGE)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.autoscale_view(scaley=False)
    ax.minorticks_off()
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def _draw_boxes(ax: Axes, rows: pl.DataFrame, positions: list[float], outcome: str) -> None:
    """Draw all boxes of one outcome as three collections: an artist each would take seconds."""
    from matplotlib.collections import LineCollection, PolyCollection

    p05, q1, median, q3, p95 = rows.select("p05", "q1", "median", "q3", "p95").to_numpy().T
    y = np.asarray(positions)
    low, high = y - _HALF_HEIGHT, y + _HALF_HEIGHT
    color = OUTCOME_COLORS[outcome]
    boxes = np.stack([_points(q1, low), _points(q3, low), _points(q3, high), _points(q1, high)], 1)
    whiskers = np.stack([_points(p05, y), _points(p95, y)], 1)
    medians = np.stack([_points(median, low), _points(median, high)], 1)
    n_alerts = int(rows["n_alerts"].to_numpy().max(initial=0))
    label = f"{outcome} ({counted(n_alerts, 'alert')})"
    ax.add_collection(LineCollection(list(whiskers), colors=color, linewidths=1.1))
    ax.add_collection(PolyCollection(list(boxes), facecolors=color, alpha=0.75, label=label))
    ax.add_collection(LineCollection(list(medians), colors=INK, linewidths=1.4))
    ax.update_datalim(whiskers.reshape(-1, 2))


def _points(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.column_stack([x, y])
