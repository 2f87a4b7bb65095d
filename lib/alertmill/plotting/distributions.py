"""How every feature is spread: panels of those that tell most, and strips of all the others.

A figure is one pair of axes into which everything is drawn as a few collections or images. Axes of
their own for every feature would take ten times as long.
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

_COLUMNS = 3
_N_PANELS = 12
_PANEL_WIDTH, _PANEL_HEIGHT = 0.88, 0.56
"""Of a cell; the rest is for the title above and the values below."""
_MOST_NAMED_CODES = 4
_TITLE_LETTERS = 38
_STRIP_LETTERS = 30
_STRIP_LEFT, _STRIP_RIGHT = 0.60, 0.97
"""Of a column; the name stands before it."""
_STRIP_COLUMNS, _STRIP_CELLS = 3, 96
_INCHES_PER_STRIP = 0.165


def plot_distributions(histograms: pl.DataFrame, separations: pl.DataFrame) -> tuple[Figure, ...]:
    """Draw every feature's distribution among confirmed and cleared alerts.

    Parameters
    ----------
    histograms : DataFrame
        Columns feature, group, scale, outcome, low, high, label, n_alerts, share.
    separations : DataFrame
        Columns feature, roc_auc: how well the feature alone ranks. The first twelve get panels, all
        others strips in a second figure.
    """
    auc_of = dict(separations.select("feature", "roc_auc").iter_rows())
    parts = histograms.partition_by("feature", maintain_order=True)
    panels = {part["feature"][0]: part for part in parts}
    if not panels:
        return (words_figure("There are no features to draw", "no feature has a value"),)
    # Where nothing was reviewed, the order of the catalogue is as good as any.
    ranked = [name for name in auc_of if name in panels] + [n for n in panels if n not in auc_of]
    chosen = ranked[:_N_PANELS]
    others = [panels[name] for name in panels if name not in chosen]
    first = _panel_figure([panels[name] for name in chosen], auc_of)
    return (first, _strip_figure(others, auc_of)) if others else (first,)


def _panel_figure(panels: list[pl.DataFrame], auc_of: dict[str, float]) -> Figure:
    names = [panel["feature"][0] for panel in panels]
    n_rows = -(-len(names) // _COLUMNS)
    figure, (ax,) = new_figure(
        f"{_counted_first(len(names), auc_of)}, among confirmed and among cleared alerts",
        size=(9.8, 1.3 + 1.4 * n_rows),
        caption="Share of the confirmed and of the cleared alerts of the training range by value; "
        "every panel has its own height, whose percentage stands at its corner. Bins are drawn "
        "equally wide; where values have a long tail, they grow by a constant factor. In "
        "brackets: ROC AUC of the feature alone, 0.5 is chance.",
    )
    corners = [(n % _COLUMNS, -(n // _COLUMNS) - 1.0) for n in range(len(names))]
    _draw_shapes(ax, panels, corners)
    for panel, name, corner in zip(panels, names, corners, strict=True):
        _write_panel(ax, panel, _with_auc(name, auc_of, _TITLE_LETTERS), corner)
    ax.set_xlim(0, _COLUMNS - 1 + _PANEL_WIDTH)
    ax.set_ylim(-n_rows - 0.26, 0)
    ax.set_axis_off()
    legend(ax, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.1)
    return figure


def _counted_first(n_features: int, auc_of: dict[str, float]) -> str:
    if not auc_of:
        return counted(n_features, "feature").capitalize()
    if n_features == 1:
        return "The feature that separates best alone"
    return f"The {n_features} features that separate best alone"


def _with_auc(name: str, auc_of: dict[str, float], length: int) -> str:
    auc = f" ({auc_of[name]:.2f})" if name in auc_of else ""
    return f"{shorten(name, length)}{auc}"


def _strip_figure(panels: list[pl.DataFrame], auc_of: dict[str, float]) -> Figure:
    """Draw a row a feature: above where the confirmed alerts lie, below where the cleared ones."""
    columns = _columns_of(_lines_of(panels))
    n_rows = max(len(lines) for lines in columns)
    figure, (ax,) = new_figure(
        f"{counted(len(panels), 'other feature')}, among confirmed and among cleared alerts",
        size=(9.8, 1.2 + _INCHES_PER_STRIP * n_rows),
        caption="Each strip runs from the lowest to the highest value, in the bins of the panels "
        "above: its upper half (red) is darker where more of the confirmed alerts lie, its lower "
        "half (blue) where more of the cleared ones do. In brackets: ROC AUC of the feature alone, "
        "0.5 is chance. Training range.",
    )
    for column, lines in enumerate(columns):
        _draw_strips(ax, lines, column)
        for row, line in enumerate(lines):
            _write_line(ax, line, (column, row), auc_of)
    ax.set_xlim(0, len(columns))
    ax.set_ylim(n_rows, 0)
    ax.set_axis_off()
    return figure


def _lines_of(panels: list[pl.DataFrame]) -> list[str | pl.DataFrame]:
    """Features in their order, with the name of a group before its first feature."""
    lines: list[str | pl.DataFrame] = []
    group = None
    for panel in panels:
        if panel["group"][0] != group:
            group = panel["group"][0]
            lines.append(readable(str(group)).capitalize())
        lines.append(panel)
    return lines


def _columns_of(lines: list[str | pl.DataFrame]) -> list[list[str | pl.DataFrame]]:
    """Divide lines into columns that end with a feature, not with the name of a group."""
    n_rows = -(-(len(lines) + _STRIP_COLUMNS - 1) // _STRIP_COLUMNS)
    columns: list[list[str | pl.DataFrame]] = []
    rest = lines
    while rest:
        size = min(n_rows, len(rest))
        if isinstance(rest[size - 1], str):
            size -= 1
        columns.append(rest[:size])
        rest = rest[size:]
    return columns


def _write_line(
    ax: Axes, line: str | pl.DataFrame, place: tuple[int, int], auc_of: dict[str, float]
) -> None:
    column, row = place
    if isinstance(line, str):
        ax.text(column, row + 0.55, line, fontsize=7.4, weight="bold", color=INK, va="center")
        return
    words = _with_auc(line["feature"][0], auc_of, _STRIP_LETTERS)
    left = column + _STRIP_LEFT - 0.012
    ax.text(left, row + 0.5, words, fontsize=6.4, color=INK, va="center", ha="right")


def _draw_strips(ax: Axes, lines: list[str | pl.DataFrame], column: int) -> None:
    """Draw the strips of a column as one image of five lines a row: two, two, and a gap."""
    picture = np.ones((5 * len(lines), _STRIP_CELLS, 3))
    for row, line in enumerate(lines):
        if isinstance(line, str):
            continue
        for first, outcome in ((0, "confirmed"), (2, "cleared")):
            picture[5 * row + first : 5 * row + first + 2] = _shades(line, outcome)
    left, right = column + _STRIP_LEFT, column + _STRIP_RIGHT
    ax.imshow(
        picture,
        extent=(left, right, len(lines), 0),
        aspect="auto",
        interpolation="nearest",
    )


def _shades(panel: pl.DataFrame, outcome: str) -> np.ndarray:
    """Return the colour of each cell of a strip, shape (n_cells, 3); white holds no alert."""
    from matplotlib.colors import to_rgb

    shares = panel.filter(pl.col("outcome") == outcome)["share"].to_numpy()
    bins = np.arange(_STRIP_CELLS) * len(shares) // _STRIP_CELLS
    # By the root, because a tail of some hundredths would not be seen beside a heap.
    strength = np.sqrt(shares / (shares.max(initial=0.0) or 1.0))[bins]
    color = np.array(to_rgb(OUTCOME_COLORS[outcome]))
    return np.asarray(1.0 - strength[:, None] * (1.0 - color))


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
