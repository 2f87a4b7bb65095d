"""Figure of the metrics by kind of alert."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from alertmill.evaluation.reports import ALL_SEGMENTS, Evaluation
from alertmill.evaluation.summaries import SEGMENT_METRICS_DRAWN
from alertmill.plotting.style import (
    INK,
    SEQUENTIAL,
    new_figure,
    shorten,
)
from alertmill.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_segments(evaluation: Evaluation) -> Figure:
    """Draw the metrics of every segment of the test; words where there is too little."""
    rows = list(
        dict.fromkeys(
            entry.segment
            for entry in evaluation.metrics
            if entry.model == "model" and entry.split == "test_all"
        )
    )
    values = np.array(
        [
            [_or_nan(evaluation.get("model", m, segment=row).value) for m in SEGMENT_METRICS_DRAWN]
            for row in rows
        ]
    )
    figure, (ax,) = new_figure(
        _segment_title(evaluation, rows),
        size=(9.4, 1.6 + 0.34 * len(rows)),
        caption="Test alerts, in brackets the confirmed and the labelled ones. White: too few "
        "confirmed alerts. These are many looks at one test: differences are hints.",
    )
    ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        ax.text(
            column,
            row,
            "·" if np.isnan(value) else f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=8.5,
            color="white" if value > 0.6 else INK,  # noqa: PLR2004 - the map is dark above
        )
    ax.set_xticks(
        range(len(SEGMENT_METRICS_DRAWN)),
        [name.replace("_", " ").replace("roc auc", "ROC AUC") for name in SEGMENT_METRICS_DRAWN],
    )
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(rows)), [_segment_label(evaluation, row) for row in rows])
    _separate_groups(ax, rows)
    ax.grid(visible=False)
    ax.tick_params(length=0)
    return figure


def _segment_title(evaluation: Evaluation, rows: Sequence[str]) -> str:
    # The lowest of many segments is always low: AM007 says whether one is weaker beyond chance.
    values = [
        value
        for row in rows
        if row != ALL_SEGMENTS
        and (value := evaluation.get("model", "roc_auc", segment=row).value) is not None
    ]
    if not values:
        return "No segment holds enough confirmed alerts to be measured"
    text = f"ROC AUC of {counted(len(values), 'segment')}"
    if len(values) == 1:
        return f"{text}: {values[0]:.2f}"
    return f"{text}: {min(values):.2f} to {max(values):.2f}"


def _segment_label(evaluation: Evaluation, row: str) -> str:
    entry = evaluation.get("model", "roc_auc", segment=row)
    name = "all alerts" if row == ALL_SEGMENTS else row.partition("=")[2]
    return f"{shorten(name, 30)} ({entry.n_positives:,} / {entry.n_rows:,})"


def _separate_groups(ax: Axes, rows: Sequence[str]) -> None:
    groups = [row.partition("=")[0] for row in rows]
    for place in range(1, len(groups)):
        if groups[place] != groups[place - 1]:
            ax.axhline(place - 0.5, color="white", linewidth=4)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
