"""Figures of the model's mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.evaluation.mistakes import CAUGHT, FALSE_ALARM, MISSED, OUTCOMES, PASSED
from alertmill.evaluation.reports import ALL_SEGMENTS, Evaluation
from alertmill.evaluation.summaries import SEGMENT_METRICS_SHOWN
from alertmill.explanation.reasons import FeatureWords
from alertmill.plotting.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    SEQUENTIAL,
    legend,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
    wide_axis,
    words_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTCOME_COLORS = {CAUGHT: GREEN, FALSE_ALARM: ORANGE, MISSED: RED, PASSED: GREY}
_N_BINS = 40


def plot_error_distribution(decided: pl.DataFrame, *, threshold: float) -> Figure:
    """Draw how far the scores are from the labels, by what became of the alerts."""
    if not decided.height:
        return words_figure("There are no errors to show", "the test holds no labelled alerts")
    sizes = {name: decided.filter(pl.col("outcome") == name).height for name in OUTCOMES}
    figure, axes = new_figure(
        f"{sizes[MISSED]:,} true alerts are missed, {sizes[FALSE_ALARM]:,} false ones flagged",
        size=(9.6, 4.2),
        n_cols=2,
        caption=f"{decided.height:,} labelled test alerts; threshold {threshold:.3f}. Error: "
        "distance between the calibrated score and the label. Logarithmic counts.",
    )
    edges = np.linspace(0, 1, _N_BINS + 1)
    for ax, label in zip(axes, (1, 0), strict=True):
        for outcome in (CAUGHT, MISSED) if label else (PASSED, FALSE_ALARM):
            errors = decided.filter(pl.col("outcome") == outcome)["error"].to_numpy()
            ax.hist(
                errors,
                bins=edges.tolist(),
                color=OUTCOME_COLORS[outcome],
                label=f"{outcome} ({len(errors):,})",
            )
        ax.set_yscale("log")
        ax.margins(y=0.3)
        ax.set_xlabel("error: distance of the score from the label")
        ax.set_ylabel("alerts")
        panel_title(ax, "confirmed alerts" if label else "cleared alerts")
        legend(ax)
    return figure


def plot_mistake_rates(tables: Sequence[tuple[str, pl.DataFrame]], *, outcome: str) -> Figure:
    """Draw how many mistakes of one kind fall on each value of some columns.

    Parameters
    ----------
    tables : sequence of (column, table)
        Tables from `mistake_rates`.
    outcome : str
        ``false alarm`` or ``missed``.
    """
    count = "n_false_alarms" if outcome == FALSE_ALARM else "n_missed"
    share = "false_alarm_share" if outcome == FALSE_ALARM else "missed_share"
    shown = [(column, _most(table, count)) for column, table in tables if table.height]
    if not shown or not sum(table[count].sum() for _, table in shown):
        return words_figure(f"There is no {outcome} alert", "the model made no such mistake")
    tallest = max(table.height for _, table in shown)
    figure, axes = new_figure(
        _mistake_title(shown[0], count, outcome),
        size=(9.8, 1.5 + 0.3 * tallest),
        n_cols=len(shown),
        caption="Labelled test alerts. Beside each bar: share of the flagged that are false"
        if outcome == FALSE_ALARM
        else "Labelled test alerts. Beside each bar: share of the true alerts that are missed",
    )
    for ax, (column, table) in zip(axes, shown, strict=True):
        ax.barh(range(table.height), table[count], color=OUTCOME_COLORS[outcome], height=0.7)
        for place, row in enumerate(table.iter_rows(named=True)):
            text = "" if row[share] is None else f" {100 * row[share]:.0f} %"
            ax.text(row[count], place, text, va="center", fontsize=8)
        ax.set_yticks(range(table.height), [shorten(str(v), 22) for v in table["value"]])
        ax.set_ylim(tallest - 0.4, -0.6)
        ax.margins(x=0.16)
        ax.grid(visible=False, axis="y")
        ax.set_xlabel("alerts")
        panel_title(ax, column.replace("_", " "))
    return figure


def plot_mistakes_by_feature(table: pl.DataFrame, *, n_cols: int = 3) -> Figure:
    """Draw both mistake rates along the values of each feature."""
    names = list(dict.fromkeys(table["feature"]))
    if not names:
        return words_figure("There is no pattern to show", "no feature has a value")
    n_rows = math.ceil(len(names) / n_cols)
    figure, axes = new_figure(
        _pattern_title(table),
        size=(9.8, 1.3 + 2.1 * n_rows),
        n_rows=n_rows,
        n_cols=n_cols,
        share_y=True,
        caption="Bins of about as many labelled test alerts each, lowest values left. Rates on "
        "fewer than ten alerts are left out.",
    )
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, names, strict=False):
        part = table.filter(pl.col("feature") == name)
        ax.plot(part["bin"], part["missed_share"], "o-", color=RED, markersize=4, label="missed")
        ax.plot(
            part["bin"],
            part["false_alarm_share"],
            "o-",
            color=ORANGE,
            markersize=4,
            label="flagged",
        )
        ax.set_xticks(part["bin"].to_list(), [_range_text(row) for row in part.iter_rows()])
        ax.tick_params(axis="x", labelsize=7, rotation=20)
        ax.set_ylim(-0.03, 1.03)
        panel_title(ax, shorten(name))
        percent_axis(ax)
    axes[0].lines[0].set_label("true alerts missed")
    axes[0].lines[1].set_label("false alerts flagged")
    legend(axes[0], loc="best")
    return figure


def plot_outcome_features(
    table: pl.DataFrame, words: Sequence[FeatureWords], *, n_cols: int = 3
) -> Figure:
    """Draw the distribution of each feature among caught, false, missed and passed alerts."""
    names = [name for name in table.columns[4:] if table[name].drop_nulls().len()]
    if not names:
        return words_figure("There is nothing to compare", "no feature has a value")
    n_rows = math.ceil(len(names) / n_cols)
    counts = {name: table.filter(pl.col("outcome") == name).height for name in OUTCOMES}
    figure, axes = new_figure(
        "How the false alarms and the missed alerts differ from those the model gets right",
        size=(9.8, 1.2 + 2.3 * n_rows),
        n_rows=n_rows,
        n_cols=n_cols,
        caption="Boxes: quartiles; whiskers: 5 % to 95 %; known values only. "
        + ", ".join(f"{name}: {count:,}" for name, count in counts.items())
        + " labelled test alerts.",
    )
    units = {entry.name: entry.unit for entry in words}
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, names, strict=False):
        _draw_boxes(ax, table, name)
        unit = units.get(name, "")
        ax.set_xlabel(unit or "value", fontsize=8)
        panel_title(ax, shorten(name, 30))
    return figure


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
            [_or_nan(evaluation.get("model", m, segment=row).value) for m in SEGMENT_METRICS_SHOWN]
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
        range(len(SEGMENT_METRICS_SHOWN)),
        [name.replace("_", " ").replace("roc auc", "ROC AUC") for name in SEGMENT_METRICS_SHOWN],
    )
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(rows)), [_segment_label(evaluation, row) for row in rows])
    _separate_groups(ax, rows)
    ax.grid(visible=False)
    ax.tick_params(length=0)
    return figure


def _most(table: pl.DataFrame, count: str) -> pl.DataFrame:
    return table.sort(count, "value", descending=[True, False]).head(12)


def _mistake_title(first: tuple[str, pl.DataFrame], count: str, outcome: str) -> str:
    column, table = first
    top = table.row(0, named=True)
    share = top[count] / max(int(table[count].sum()), 1)
    what = "false alarms" if outcome == FALSE_ALARM else "missed alerts"
    return f"{100 * share:.0f} % of the {what} have {column.replace('_', ' ')} {top['value']}"


def _pattern_title(table: pl.DataFrame) -> str:
    spans = (
        table.group_by("feature", maintain_order=True)
        .agg(span=pl.col("missed_share").max() - pl.col("missed_share").min())
        .drop_nulls()
        .sort("span", descending=True)
    )
    if not spans.height:
        return "No bin holds ten true alerts, so no rate of missed ones can be given"
    return f"How often a true alert is missed varies most along {spans['feature'][0]}"


def _range_text(row: tuple[object, ...]) -> str:
    low, high = float(str(row[2])), float(str(row[3]))
    return _short(low) if low == high else f"{_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{suffix}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}"


def _draw_boxes(ax: Axes, table: pl.DataFrame, name: str) -> None:
    for place, outcome in enumerate(OUTCOMES):
        values = table.filter(pl.col("outcome") == outcome)[name].drop_nulls().to_numpy()
        if not len(values):
            continue
        box = ax.boxplot(
            values,
            positions=[place],
            orientation="horizontal",
            whis=(5, 95),
            widths=0.6,
            showfliers=False,
            patch_artist=True,
            medianprops={"color": INK},
        )
        box["boxes"][0].set(facecolor=OUTCOME_COLORS[outcome], alpha=0.6)
    known = table[name].drop_nulls().to_numpy()
    wide_axis(ax, known)
    ax.set_yticks(range(len(OUTCOMES)), OUTCOMES)
    ax.set_ylim(len(OUTCOMES) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def _threshold_title(table: pl.DataFrame, evaluation: Evaluation) -> str:
    nearest = table.sort((pl.col("threshold") - evaluation.threshold).abs()).row(0, named=True)
    return (
        f"The threshold {evaluation.threshold:.3f} flags {nearest['alerts_per_day']:.0f} alerts a "
        f"day on the test, for a budget of {evaluation.review_budget}"
    )


def _segment_title(evaluation: Evaluation, rows: Sequence[str]) -> str:
    found = [
        (value, row)
        for row in rows
        if row != ALL_SEGMENTS
        and (value := evaluation.get("model", "roc_auc", segment=row).value) is not None
    ]
    if not found:
        return "No segment holds enough confirmed alerts to be measured"
    value, row = min(found)
    words = row.replace("_", " ").replace("=", " is ")
    return f"The model ranks worst where {words} (AUC {value:.2f})"


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
