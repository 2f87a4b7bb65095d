"""How every figure looks: palette, sizes, titles that claim something, captions with the n."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, GREY = "#CC79A7", "#56B4E9", "#F0E442", "#666666"
PALETTE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY)
"""Okabe and Ito, with a grey for their black: told apart with every kind of colour vision; taken in
this order."""
INK, FAINT = "#222222", "#D9D9D9"
SEQUENTIAL, DIVERGING = "Blues", "RdBu_r"
"""Colour maps for amounts, and for values around a middle."""

DPI = 110
_WIDE_RANGE = 1000
_TITLE_LETTERS_PER_INCH, _CAPTION_LETTERS_PER_INCH = 9.8, 14.5
STYLE: Any = {  # matplotlib types its keys as some hundred literals
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": "#666666",
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "figure.dpi": DPI,
    "figure.facecolor": "white",
}
"""Settings of matplotlib, in force while a figure is made and while it is drawn."""
"""matplotlib's settings for every figure; built into it when it is made."""


def new_figure(  # noqa: PLR0913 - the shape of a figure
    title: str,
    *,
    size: tuple[float, float] = (9.0, 4.6),
    n_rows: int = 1,
    n_cols: int = 1,
    caption: str = "",
    share_x: bool = False,
    share_y: bool = False,
    height_ratios: Sequence[float] | None = None,
    width_ratios: Sequence[float] | None = None,
    polar: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Start a figure without pyplot, so that nothing is global and nothing is shown twice.

    Parameters
    ----------
    title : str
        What the figure claims; wrapped to its width. It becomes the image's alternative text.
    size : (width, height)
        In inches.
    n_rows, n_cols : int
        Panels; they come back row by row in one list.
    caption : str
        Small print below: what is counted, how many, over which time.
    share_x, share_y : bool
        Whether panels share an axis.
    height_ratios, width_ratios : sequence of float, optional
        Relative sizes of the rows and columns.
    polar : bool
        Round axes.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with rc_context(STYLE):
        layout = ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06)
        figure = Figure(figsize=size, layout=layout)
        axes = figure.subplots(
            n_rows,
            n_cols,
            sharex=share_x,
            sharey=share_y,
            squeeze=False,
            height_ratios=height_ratios,
            width_ratios=width_ratios,
            subplot_kw={"projection": "polar"} if polar else None,
        )
        figure.suptitle(
            textwrap.fill(title, int(size[0] * _TITLE_LETTERS_PER_INCH)),
            x=0.01,
            ha="left",
            fontsize=12,
            fontweight="bold",
        )
        if caption:
            figure.supxlabel(
                textwrap.fill(caption, int(size[0] * _CAPTION_LETTERS_PER_INCH)),
                x=0.01,
                ha="left",
                fontsize=8,
                color="#666666",
            )
    return figure, list(np.ravel(axes))


MODEL_COLORS = {
    "model": BLUE,
    "champion": GREEN,
    "logistic": ORANGE,
    "rule": GREY,
    "ensemble_mean": PURPLE,
    "ensemble_rank_mean": SKY,
    "ensemble_stacked": YELLOW,
}
"""A model keeps its colour through all reports."""
_RIVAL_COLORS = ("#882255", "#44AA99", "#332288", "#999933", "#AA4499", "#117733")
"""Of registered models, in their order; after Tol's muted scheme, told apart from the others."""


def model_colors(models: Iterable[str]) -> dict[str, str]:
    """Return every model its colour; those that have none of their own take turns."""
    rivals = [model for model in models if model not in MODEL_COLORS]
    return MODEL_COLORS | dict(zip(rivals, itertools.cycle(_RIVAL_COLORS), strict=False))


def model_dashes(model: str) -> str:
    """Style of a model's line: registered ones are dashed."""
    return "-" if model in MODEL_COLORS else "--"


SEVERITY_COLORS = {"critical": RED, "high": ORANGE, "medium": SKY, "low": GREY}
OUTCOME_COLORS = {"confirmed": RED, "cleared": BLUE, "unlabelled": FAINT}


def panel_title(ax: Axes, text: str) -> None:
    """Set the title of one panel of a figure."""
    ax.set_title(text, loc="left", fontsize=10, color=INK)


def say(ax: Axes, words: str) -> None:
    """Put words where a plot would be, when there is nothing to draw."""
    ax.set_axis_off()
    ax.text(
        0.5,
        0.5,
        textwrap.fill(words, 60),
        ha="center",
        va="center",
        transform=ax.transAxes,
        color="#666666",
        fontsize=10,
    )


def words_figure(title: str, words: str) -> Figure:
    """Build a small figure that says why there is nothing to see."""
    figure, (ax,) = new_figure(title, size=(9.0, 1.8))
    say(ax, words)
    return figure


def legend(ax: Axes, **how: Any) -> None:  # noqa: ANN401 - handed through to matplotlib
    """Place a light legend."""
    ax.legend(**{"frameon": False, "fontsize": 8.5, **how})


def percent_axis(ax: Axes, *, axis: str = "y", decimals: int = 0) -> None:
    """Label a share from 0 to 1 in percent."""
    from matplotlib.ticker import PercentFormatter

    chosen = ax.yaxis if axis == "y" else ax.xaxis
    chosen.set_major_formatter(PercentFormatter(1.0, decimals=decimals))


def wide_axis(ax: Axes, values: np.ndarray) -> None:
    """Make the x axis logarithmic where the values span more than three powers of ten."""
    if np.ptp(values) <= _WIDE_RANGE:
        return
    if values.min() > 0:
        ax.set_xscale("log")
        return
    sizes = np.abs(values[values != 0])
    ax.set_xscale("symlog", linthresh=max(1.0, float(np.quantile(sizes, 0.1))))


def named_bars(ax: Axes, names: Sequence[str], values: np.ndarray, colors: Sequence[str]) -> None:
    """Draw horizontal bars with a name each, the first one on top."""
    ax.barh(range(len(names)), values, color=colors, height=0.72)
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def date_axis(ax: Axes) -> None:
    """Label days shortly, with the year once."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()  # type: ignore[no-untyped-call]  # matplotlib has no types for it
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # as above


def shorten(text: str, length: int = 34) -> str:
    """Cut the middle out of a long name.

    Examples
    --------
    >>> shorten("address_total_volume_usd_change_7d", 21)
    'address_to…_change_7d'
    """
    if len(text) <= length:
        return text
    half = (length - 1) // 2
    return f"{text[: length - 1 - half]}…{text[len(text) - half :]}"
