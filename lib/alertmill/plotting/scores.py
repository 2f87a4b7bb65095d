"""Figures of the scores: how they are spread, and whether they are probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.reports import Evaluation
from alertmill.plotting.measured import in_percent, size_words
from alertmill.plotting.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    legend,
    new_figure,
    percent_axis,
    words_figure,
)
from alertmill.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OUTCOME_COLORS = {"confirmed": RED, "cleared": BLUE, "unlabelled": GREY}


def plot_scores(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw how the scores of confirmed, cleared and unlabelled alerts are spread."""
    if not table.height:
        return words_figure("There are no scores to show", "the test holds no alerts")
    figure, (ax,) = new_figure(
        f"The threshold catches {in_percent(evaluation.get('model', 'recall'))} of the confirmed "
        f"alerts; {in_percent(evaluation.get('model', 'precision'))} of the flagged and labelled "
        "are true",
        caption="Bins are equally wide in log-odds. " + size_words(evaluation),
    )
    for outcome, color in _OUTCOME_COLORS.items():
        part = table.filter(pl.col("outcome") == outcome)
        n_alerts = int(part["n_alerts"].sum())
        ax.stairs(
            part["share"],
            [*part["low"], part["high"][-1]],
            color=color,
            fill=outcome != "unlabelled",
            alpha=0.45 if outcome != "unlabelled" else 1.0,
            linewidth=1.4,
            label=f"{outcome} ({counted(n_alerts, 'alert')})",
        )
    _threshold_line(ax, evaluation)
    ax.set_xscale("logit", one_half="0.5", nonpositive="clip")
    _plain_logit_ticks(ax, float(table["low"].to_numpy().min()), table["high"].to_numpy().max())
    percent_axis(ax)
    ax.set_xlabel("calibrated score (probability of a true alert)")
    ax.set_ylabel("share of the alerts with this outcome")
    legend(ax)
    return figure


def plot_calibration(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the true share against the mean score of ten bins, before and after calibration."""
    entry = evaluation.get("model", "calibration_error")
    if not table.height or entry.value is None:
        return words_figure("Calibration cannot be shown", entry.note or "no labelled alerts")
    bias = evaluation.get("model", "calibration_bias")
    title = (
        f"Scores miss the true share by {entry.text} on average; their mean is off by {bias.text}"
    )
    figure, (ax,) = new_figure(
        title,
        size=(7.8, 5.4),
        caption="Ten bins of as many labelled alerts each; bars are 95 % intervals over resampled "
        f"addresses. {size_words(evaluation)}",
    )
    top = 1.06 * float(table.select("ci_high", "mean_score").to_numpy().max())
    ax.plot([0, top], [0, top], color=GREY, linestyle=":", label="score = true share")
    for stage, color in (("uncalibrated", ORANGE), ("calibrated", BLUE)):
        part = table.filter(pl.col("stage") == stage)
        ax.errorbar(
            part["mean_score"],
            part["share"],
            yerr=[
                (part["share"] - part["ci_low"]).clip(lower_bound=0),
                (part["ci_high"] - part["share"]).clip(lower_bound=0),
            ],
            color=color,
            marker="o",
            markersize=4.5,
            linewidth=1.2,
            elinewidth=1,
            alpha=1.0 if stage == "calibrated" else 0.6,
            label=f"{stage} score",
        )
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    percent_axis(ax)
    percent_axis(ax, axis="x")
    ax.set_xlabel("mean score of the bin")
    ax.set_ylabel("share of true alerts in the bin")
    legend(ax, loc="upper left")
    return figure


def _threshold_line(ax: Axes, evaluation: Evaluation) -> None:
    ax.axvline(evaluation.threshold, color=INK, linewidth=1, linestyle="--")
    ax.annotate(
        f"threshold {evaluation.threshold:.3f}",
        (evaluation.threshold, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(4, -4),
        textcoords="offset points",
        va="top",
        fontsize=8.5,
    )


def _plain_logit_ticks(ax: Axes, low: float, high: float) -> None:
    from matplotlib.ticker import NullFormatter

    ticks = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999)
    shown = [tick for tick in ticks if low <= tick <= high]
    ax.set_xticks(shown, [f"{tick:g}" for tick in shown])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", which="minor", length=0)
    ax.set_xlim(low, high)
