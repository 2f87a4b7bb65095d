"""Figures of the headline numbers and of the decisions at the threshold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.evaluation.scores import title_of
from alertmill.plotting.measured import in_percent, single_models, size_words
from alertmill.plotting.style import (
    INK,
    SEQUENTIAL,
    legend,
    model_colors,
    new_figure,
    panel_title,
)
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_headline(evaluation: Evaluation) -> Figure:
    """Draw the headline metrics of every model with intervals, for all and new addresses."""
    models = single_models(evaluation)
    colors = model_colors(models)
    names = tuple(dict.fromkeys(entry.metric for entry in evaluation.headline))
    n_rows = math.ceil(len(names) / 2)
    figure, grid = new_figure(
        _headline_title(evaluation),
        size=(9.0, n_rows * (1.5 + 0.25 * len(models))),
        n_rows=n_rows,
        n_cols=2,
        caption=f"Bars are 95 % intervals over resampled addresses. {size_words(evaluation)}",
    )
    axes, spare = grid[: len(names)], grid[len(names) :]
    for ax in spare:
        ax.set_visible(False)
    for ax, name in zip(axes, names, strict=True):
        for place, model in enumerate(models):
            color, new = colors[model], evaluation.get(model, name, split="test_new")
            _draw_interval(ax, evaluation.get(model, name), place - 0.14, color, filled=True)
            _draw_interval(ax, new, place + 0.14, color, filled=False)
        panel_title(ax, readable(name))
        ax.set_yticks(range(len(models)), [title_of(model) for model in models])
        ax.set_ylim(len(models) - 0.5, -0.5)
        ax.grid(visible=False, axis="y")
        ax.set_xlim(0, 1)
    axes[-1].plot([], [], "o", color=INK, label="all addresses of the test")
    axes[-1].plot(
        [], [], "o", color=INK, markerfacecolor="white", label="addresses new to the model"
    )
    legend(axes[-1], loc="upper right", bbox_to_anchor=(1.0, -0.12), ncols=2)
    return figure


def plot_confusion(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw what review found against what the model decides, as counts and shares of each row."""
    recall = evaluation.get("model", "recall")
    title = (
        f"At the threshold {evaluation.threshold:.3f} the model flags {in_percent(recall)} of the "
        "true alerts"
        if recall.value is not None
        else f"Recall at the threshold {evaluation.threshold:.3f} is not known: {recall.note}"
    )
    figure, (ax,) = new_figure(
        title, size=(7.6, 4.0), caption="Colour: share of the row. Test alerts, all addresses."
    )
    outcomes = list(dict.fromkeys(table["outcome"]))
    decisions = list(dict.fromkeys(table["decision"]))
    shares = table["share"].fill_null(0.0).to_numpy().reshape(len(outcomes), len(decisions))
    ax.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    for place, row in enumerate(table.iter_rows(named=True)):
        share = "" if row["share"] is None else f"\n{100 * row['share']:.1f} % of the row"
        ax.text(
            place % len(decisions),
            place // len(decisions),
            f"{counted(row['n_alerts'], 'alert')}{share}\n{counted(row['n_addresses'], 'address')}",
            ha="center",
            va="center",
            color="white" if (row["share"] or 0) > 0.55 else INK,  # noqa: PLR2004 - the map is dark above
        )
    ax.set_xticks(range(len(decisions)), decisions)
    ax.set_yticks(range(len(outcomes)), outcomes)
    ax.set_xlabel("the model's decision")
    ax.set_ylabel("what review found")
    ax.grid(visible=False)
    return figure


def _draw_interval(ax: Axes, entry: MetricValue, place: float, color: str, *, filled: bool) -> None:
    if entry.value is None:
        ax.text(0.02, place, entry.note, fontsize=7.5, color="#666666", va="center")
        return
    if entry.ci_low is not None and entry.ci_high is not None:
        ax.plot([entry.ci_low, entry.ci_high], [place, place], color=color, linewidth=1.8)
    ax.plot(entry.value, place, "o", color=color, markerfacecolor=color if filled else "white")


def _headline_title(evaluation: Evaluation) -> str:
    entry = evaluation.get("model", "precision_at_budget", split="test_new")
    if entry.value is None:
        return f"Precision at the budget on new addresses is not known: {entry.note}"
    return (
        f"On addresses it never saw, {in_percent(entry)} of the labelled alerts in the model's "
        f"queue of {evaluation.review_budget} a day are true"
    )
