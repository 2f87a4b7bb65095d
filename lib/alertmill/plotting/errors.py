"""Figures of the model's mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.explanation.reasons import FeatureWords
from alertmill.plotting.style import (
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    legend,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
    wide_axis,
    words_figure,
)
from alertmill.tables.mistakes import CAUGHT, FALSE_ALARM, MISSED, OUTCOMES, PASSED
from alertmill.wording import counted, percent

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
        f"{counted(sizes[MISSED], 'true alert')} missed, "
        f"{counted(sizes[FALSE_ALARM], 'false one')} flagged",
        size=(9.6, 4.2),
        n_cols=2,
        caption=f"{counted(decided.height, 'labelled test alert')}; threshold {threshold:.3f}. "
        "Error: distance between the calibrated score and the label. Logarithmic counts.",
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


def _most(table: pl.DataFrame, count: str) -> pl.DataFrame:
    return table.sort(count, "value", descending=[True, False]).head(12)


def _mistake_title(first: tuple[str, pl.DataFrame], count: str, outcome: str) -> str:
    column, table = first
    top = table.row(0, named=True)
    n, what = int(table[count].sum()), "false alarm" if outcome == FALSE_ALARM else "missed alert"
    have = "has" if top[count] == 1 else "have"
    return f"{top[count]:,} of {counted(n, what)} {have} {column.replace('_', ' ')} {top['value']}"


def _pattern_title(table: pl.DataFrame) -> str:
    spans = (
        table.group_by("feature", maintain_order=True)
        .agg(span=pl.col("missed_share").max() - pl.col("missed_share").min())
        .drop_nulls()
        .sort("span", descending=True)
    )
    if not spans.height:
        return "No bin holds ten true alerts, so no rate of missed ones can be given"
    if spans["span"][0] == 0:
        rates = table["missed_share"].drop_nulls().unique()
        of_all = f" ({percent(rates[0], 0)})" if rates.len() == 1 else ""
        return f"The share of true alerts that are missed is the same{of_all} along every feature"
    return f"Mistakes along the values of {counted(table['feature'].n_unique(), 'feature')}"


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
