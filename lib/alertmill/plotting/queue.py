"""The figure of a day's scores: what is reviewed, and what is closed unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import BLUE, GREY, ORANGE, legend, new_figure, words_figure
from alertmill.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = 40
_COLORS = {"in the review queue": BLUE, "drawn below it": ORANGE, "closed unseen": GREY}
"""Places in the order in which they are drawn."""


def plot_places(places: pl.DataFrame, *, title: str) -> Figure:
    """Draw how the scores of a day are spread, by what becomes of each row.

    Parameters
    ----------
    places : DataFrame
        Columns score (0 to 1) and place: in the review queue, drawn below it, or closed unseen.
    title : str
        What the figure claims.
    """
    if places.is_empty():
        return words_figure("There are no scores to show", "the day holds nothing that was scored")
    edges = np.linspace(0, 1, _BINS + 1)
    figure, (ax,) = new_figure(
        title,
        size=(9.0, 3.8),
        caption=f"{counted(places.height, 'score')}; 40 equal bins; the height is logarithmic.",
    )
    for place, color in _COLORS.items():
        scores = places.filter(place=place)["score"].to_numpy()
        if len(scores):
            label = f"{place} ({len(scores):,})"
            heights = np.histogram(scores, edges)[0]
            ax.stairs(heights, edges, color=color, fill=True, alpha=0.6, label=label)
    ax.set_yscale("log")
    ax.set_ylim(bottom=0.7)
    ax.set_xlim(0, 1)
    ax.set_xlabel("calibrated score (probability of a true one)")
    ax.set_ylabel("scored rows")
    legend(ax)
    return figure
