"""The two small figures that a run shows before anybody opens its reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.evaluation.scores import title_of
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.plotting.measured import queue_title, single_models
from alertmill.plotting.style import (
    INK,
    legend,
    model_colors,
    model_dashes,
    new_figure,
    percent_axis,
    shorten,
    words_figure,
)
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 6.6
_NAME_LENGTH = 22


def plot_precision_by_budget(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the precision of every model against the number of alerts reviewed a day.

    Parameters
    ----------
    table : DataFrame
        Of `alertmill.evaluation.curves.budget_table`.
    evaluation : Evaluation
        The metrics of the same predictions.
    """
    if not table.height:
        return words_figure("No review queue can be judged", "no labelled alerts")
    figure, (ax,) = new_figure(queue_title(evaluation), size=(_WIDTH, 3.3))
    colors = model_colors(evaluation.models)
    for model in single_models(evaluation):
        part = table.filter(pl.col("model") == model)
        ax.plot(
            part["budget"],
            part["precision"],
            color=colors[model],
            linestyle=model_dashes(model),
            linewidth=2.2 if model == "model" else 1.4,
            label=shorten(title_of(model), _NAME_LENGTH),
        )
    ax.axvline(evaluation.review_budget, color=INK, linewidth=1, linestyle="--")
    ax.text(evaluation.review_budget, 1.0, " budget", va="top", fontsize=8.5, color=INK)
    ax.set_xlabel("alerts reviewed a day")
    ax.set_ylabel("share of true alerts")
    ax.set_ylim(0, 1.02)
    percent_axis(ax)
    legend(ax, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def plot_against_rivals(
    evaluation: Evaluation, *, metric: str = "average_precision", split: str = "test_new"
) -> Figure:
    """Draw one metric of the model and of each rival with its interval."""
    entries = [evaluation.get(model, metric, split=split) for model in single_models(evaluation)]
    measured = [entry for entry in entries if entry.value is not None]
    if not measured:
        return words_figure(f"No {readable(metric)} could be measured", entries[0].note)
    figure, (ax,) = new_figure(_rivals_title(measured), size=(_WIDTH, 1.5 + 0.34 * len(measured)))
    colors = model_colors(evaluation.models)
    for place, entry in enumerate(measured):
        _draw(ax, entry, place, colors[entry.model])
    names = [shorten(title_of(entry.model), _NAME_LENGTH) for entry in measured]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlim(0, 1)
    ax.set_xlabel(f"{readable(metric)} ({POPULATION_TITLES[split]}), with 95 % intervals")
    return figure


def _draw(ax: Axes, entry: MetricValue, place: int, color: str) -> None:
    if entry.ci_low is not None and entry.ci_high is not None:
        ax.plot([entry.ci_low, entry.ci_high], [place, place], color=color, linewidth=2)
    ax.plot([entry.value or 0.0], [place], "o", color=color)


def _rivals_title(measured: list[MetricValue]) -> str:
    # Whose value is highest is no title: the paired tests of report 06 say what is proven.
    metric = readable(measured[0].metric).capitalize().replace("Roc auc", "ROC AUC")
    if len(measured) == 1:
        return f"{metric} of {title_of(measured[0].model)} alone, nothing to compare with"
    return f"{metric} of this model and {counted(len(measured) - 1, 'rival')}"
