"""Figures of how well alerts are ordered: curves over all thresholds, lift, budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.evaluation.scores import is_registered, title_of
from alertmill.plotting.measured import in_percent, queue_title, single_models, size_words
from alertmill.plotting.style import (
    BLUE,
    GREY,
    INK,
    legend,
    model_colors,
    model_dashes,
    new_figure,
    percent_axis,
    words_figure,
)

_LEGEND_INCHES = 1.5

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_roc(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the ROC curve of every model; the area stands in the legend with its interval."""
    if not table.height:
        return words_figure("There is no ROC curve", evaluation.get("model", "roc_auc").note)
    area = evaluation.get("model", "roc_auc")
    title = f"A true alert outranks a false one in {in_percent(area)} of pairs"
    figure, (ax,) = new_figure(title, size=(7.4, 5.4), caption=size_words(evaluation))
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="random order: 0.500")
    colors = model_colors(evaluation.models)
    for model in single_models(evaluation):
        curve = table.filter(pl.col("model") == model)
        ax.step(
            curve["false_positive_rate"],
            curve["true_positive_rate"],
            where="post",
            color=colors[model],
            linestyle=model_dashes(model),
            linewidth=2.2 if model == "model" else 1.4,
            label=f"{title_of(model)}: {evaluation.get(model, 'roc_auc').text}",
        )
    ax.set_xlabel("share of false alerts flagged (false positive rate)")
    ax.set_ylabel("share of true alerts flagged (true positive rate)")
    ax.set_aspect("equal")
    _unit_square(ax)
    _name_models(
        figure, ax, evaluation, inside="lower right", title="area under the curve (95 % interval)"
    )
    return figure


def plot_precision_recall(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the precision-recall curve of every model; the operating point is marked."""
    entry = evaluation.get("model", "average_precision")
    if not table.height:
        return words_figure("There is no precision-recall curve", entry.note)
    base_rate = entry.n_positives / max(entry.n_rows, 1)
    title = f"Average precision is {entry.text}, where a random order would give {base_rate:.3f}"
    figure, (ax,) = new_figure(title, size=(8.4, 5.0), caption=size_words(evaluation))
    ax.axhline(base_rate, color=GREY, linewidth=1, linestyle=":", label=f"random: {base_rate:.3f}")
    colors = model_colors(evaluation.models)
    for model in single_models(evaluation):
        curve = table.filter(pl.col("model") == model)
        ax.plot(
            curve["recall"],
            curve["precision"],
            color=colors[model],
            linestyle=model_dashes(model),
            linewidth=2.2 if model == "model" else 1.4,
            label=f"{title_of(model)}: {evaluation.get(model, 'average_precision').text}",
        )
    _mark_operating_point(ax, evaluation)
    ax.set_xlabel("recall: share of the true alerts found")
    ax.set_ylabel("precision: share of true alerts among those flagged")
    _unit_square(ax)
    _name_models(
        figure, ax, evaluation, inside="upper right", title="average precision (95 % interval)"
    )
    return figure


def plot_lift(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the lift of every tenth of the alerts, and the share of true alerts found so far."""
    entry = evaluation.get("model", "lift_at_top_10_percent")
    if not table.height:
        return words_figure("There is no lift chart", entry.note)
    title = f"The top tenth of the alerts holds {_times(entry)} as many true ones as an average one"
    figure, (bars, gains) = new_figure(
        title, size=(9.4, 4.4), n_cols=2, caption=size_words(evaluation)
    )
    own = table.filter(pl.col("model") == "model")
    bars.bar(own["tenth"], own["lift"], color=BLUE, width=0.75)
    bars.axhline(1, color=INK, linewidth=1, linestyle=":")
    bars.set_xlabel("tenth of the labelled alerts, highest scores first")
    bars.set_ylabel("lift (true alerts, times the average)")
    bars.set_xticks(range(1, 11))
    bars.grid(visible=False, axis="x")
    gains.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="random order")
    colors = model_colors(evaluation.models)
    for model in single_models(evaluation):
        part = table.filter(pl.col("model") == model)
        gains.plot(
            [0, *(part["tenth"] / 10)],
            [0, *part["cumulative_recall"]],
            marker="o",
            markersize=3.5,
            color=colors[model],
            linestyle=model_dashes(model),
            label=title_of(model),
        )
    percent_axis(gains)
    percent_axis(gains, axis="x")
    gains.set_xlabel("share of the labelled alerts reviewed")
    gains.set_ylabel("share of the true alerts found")
    _name_models(figure, gains, evaluation, inside="lower right")
    return figure


def plot_budget(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw precision and recall of every model against the number of alerts reviewed a day."""
    if not table.height:
        return words_figure("No review queue can be judged", "no labelled alerts")
    figure, axes = new_figure(
        queue_title(evaluation),
        size=(9.4, 4.2),
        n_cols=2,
        caption="Queues hold every alert of the day; judged on its labelled ones. "
        + size_words(evaluation),
    )
    colors = model_colors(evaluation.models)
    for ax, name in zip(axes, ("precision", "recall"), strict=True):
        for model in single_models(evaluation):
            part = table.filter(pl.col("model") == model)
            ax.plot(
                part["budget"],
                part[name],
                color=colors[model],
                linestyle=model_dashes(model),
                label=title_of(model),
            )
        ax.axvline(evaluation.review_budget, color=INK, linewidth=1, linestyle="--")
        ax.set_xlabel("alerts reviewed a day")
        ax.set_ylabel(f"{name} at that budget")
        ax.set_ylim(0, 1.02)
        percent_axis(ax)
    axes[0].text(evaluation.review_budget, 0.99, " budget", va="top", fontsize=8.5, color=INK)
    _name_models(figure, axes[1], evaluation, inside="best")
    return figure


def _mark_operating_point(ax: Axes, evaluation: Evaluation) -> None:
    recall = evaluation.get("model", "recall").value
    precision = evaluation.get("model", "precision").value
    if recall is not None and precision is not None:
        ax.plot(recall, precision, "o", color=BLUE, markersize=8, zorder=5)
        ax.annotate(
            f"threshold {evaluation.threshold:.3f}",
            (recall, precision),
            xytext=(8, 8),
            textcoords="offset points",
            fontsize=8.5,
        )


def _name_models(
    figure: Figure, ax: Axes, evaluation: Evaluation, *, inside: str, title: str = ""
) -> None:
    """Place the legend in the axes; below them when models of the registry would crowd them."""
    where: dict[str, Any] = {"loc": inside}
    if any(is_registered(model) for model in evaluation.models):
        figure.set_size_inches(figure.get_figwidth(), figure.get_figheight() + _LEGEND_INCHES)
        where = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 4.8}
    legend(ax, title=title or None, **where)


def _unit_square(ax: Axes) -> None:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.005)
    percent_axis(ax)
    percent_axis(ax, axis="x")


def _times(entry: MetricValue) -> str:
    if entry.value is None:
        return "an unknown number of times"
    if entry.ci_low is None or entry.ci_high is None:
        return f"{entry.value:.1f} times"
    return f"{entry.value:.1f} times ({entry.ci_low:.1f} to {entry.ci_high:.1f})"
