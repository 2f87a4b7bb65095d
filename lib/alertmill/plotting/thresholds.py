"""Figure of what other thresholds would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.reports import Evaluation
from alertmill.plotting.errors import OUTCOME_COLORS
from alertmill.plotting.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    legend,
    new_figure,
    percent_axis,
    words_figure,
)
from alertmill.tables.mistakes import CAUGHT, FALSE_ALARM, MISSED, PASSED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_thresholds(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw what every threshold would give, and the four counts at each."""
    if not table.height:
        return words_figure("No threshold can be judged", "the test holds no alerts")
    figure, axes = new_figure(
        _threshold_title(table, evaluation),
        size=(9.8, 4.6),
        n_cols=2,
        caption="Labelled test alerts; the threshold in use was chosen on validation, so this "
        "figure must not be used to choose another and then report its numbers here.",
    )
    rates, counts = axes
    for name, color in (("precision", BLUE), ("recall", GREEN), ("f1_score", ORANGE)):
        label = name.replace("_", " ").replace("f1", "F1")
        rates.plot(table["threshold"], table[name], color=color, label=label)
    rates.set_ylim(0, 1.02)
    percent_axis(rates)
    rates.set_ylabel("precision, recall, F1")
    for name, outcome in (
        ("true_positives", CAUGHT),
        ("false_positives", FALSE_ALARM),
        ("false_negatives", MISSED),
        ("true_negatives", PASSED),
    ):
        counts.plot(table["threshold"], table[name], color=OUTCOME_COLORS[outcome], label=outcome)
    counts.set_yscale("symlog", linthresh=10)
    counts.set_ylim(0, 60 * float(table["true_negatives"].to_numpy().max() + 1))
    counts.set_ylabel("labelled alerts (logarithmic)")
    for ax in axes:
        ax.axvline(evaluation.threshold, color=INK, linestyle="--", linewidth=1, label="in use")
        ax.set_xlabel("threshold of the calibrated score")
        ax.set_xlim(0, float(table["threshold"].to_numpy().max()))
    legend(rates, loc="best")
    legend(counts, loc="upper center", ncols=3)
    return figure


def _threshold_title(table: pl.DataFrame, evaluation: Evaluation) -> str:
    nearest = table.sort((pl.col("threshold") - evaluation.threshold).abs()).row(0, named=True)
    return (
        f"The threshold {evaluation.threshold:.3f} flags {nearest['alerts_per_day']:.0f} alerts a "
        f"day on the test, for a budget of {evaluation.review_budget}"
    )
