"""Figures of how steady the performance is over folds and days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.scores import title_of
from alertmill.plotting.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    date_axis,
    legend,
    model_colors,
    model_dashes,
    new_figure,
    percent_axis,
    words_figure,
)
from alertmill.tables.daily import TRAILING_DAYS
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_fold_scores(table: pl.DataFrame) -> Figure:
    """Draw the cross-validation scores of every search: all trials, and its best one."""
    if not table.height:
        return words_figure("There are no folds to show", "no trial of any search finished")
    methods = list(dict.fromkeys(table["method"]))
    figure, axes = new_figure(
        _fold_title(table),
        size=(9.4, 4.4),
        n_cols=2,
        caption=f"Violins: one value per trial and fold ({table.height} in all). Dots: the folds "
        "of the best trial of each search; their spread is that of time and addresses. Folds "
        "share training alerts, so the spread is no interval.",
    )
    for ax, metric in zip(axes, ("average_precision", "roc_auc"), strict=True):
        for place, method in enumerate(methods):
            part = table.filter(pl.col("method") == method)
            _draw_violin(ax, part, metric, place)
        ax.set_xticks(range(len(methods)), methods)
        ax.set_ylabel(f"{readable(metric)} of a fold")
        ax.grid(visible=False, axis="x")
    return figure


def plot_timeline(daily: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw precision and recall at the budget over the days of validation and test."""
    figure, axes = new_figure(
        _timeline_title(daily, evaluation),
        size=(9.4, 5.4),
        n_rows=2,
        share_x=True,
        caption=f"Each point pools the last {TRAILING_DAYS} days of its split, so neighbouring "
        "points share alerts. The gap is the embargo. The threshold and the number of trees were "
        "chosen on validation, so the model looks a little better there.",
    )
    colors = model_colors(dict.fromkeys(daily["model"]))
    for ax, metric in zip(axes, ("precision_at_budget", "recall_at_budget"), strict=True):
        for (model, split), part in daily.group_by(["model", "split"], maintain_order=True):
            ax.plot(
                part["processing_date"],
                part[metric],
                color=colors[str(model)],
                linestyle=model_dashes(str(model)),
                marker="o",
                markersize=3,
                linewidth=2 if model == "model" else 1.2,
                label=title_of(str(model)) if split == "test" else None,
            )
        _shade_validation(ax, daily)
        ax.set_ylim(0, 1.05)
        percent_axis(ax)
        ax.set_ylabel(readable(metric))
    date_axis(axes[1])
    axes[1].set_xlabel("processing date")
    handles, labels = axes[0].get_legend_handles_labels()
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.3), "ncols": 3}
    legend(axes[1], handles=handles, labels=labels, **below)
    return figure


def _draw_violin(ax: Axes, part: pl.DataFrame, metric: str, place: int) -> None:
    values = part[metric].to_numpy()
    if len(values) > 1 and values.min() < values.max():
        drawn = ax.violinplot(values, [place], widths=0.75, showextrema=False, showmedians=True)
        for body in drawn["bodies"]:  # type: ignore[attr-defined]  # a list of shapes
            body.set_facecolor(BLUE)
            body.set_alpha(0.25)
        drawn["cmedians"].set_color(INK)
    best = part.filter(pl.col("is_best"))[metric]
    ax.plot([place] * len(best), best, "o", color=GREEN, markersize=4.5, zorder=3)


def _shade_validation(ax: Axes, daily: pl.DataFrame) -> None:
    dates = daily.filter(pl.col("split") == "validation")["processing_date"]
    if len(dates):
        ax.axvspan(dates[0], dates[-1], color=FAINT, alpha=0.45, zorder=0, label="validation")


def _fold_title(table: pl.DataFrame) -> str:
    best = (
        table.filter(pl.col("is_best"))
        .group_by("method", "trial", maintain_order=True)
        .agg(pl.col("average_precision").mean())
        .sort("average_precision", descending=True)
    )
    return (
        f"The {best['method'][0]} search found the best trial: mean average precision "
        f"{best['average_precision'][0]:.3f} over the folds"
    )


def _timeline_title(daily: pl.DataFrame, evaluation: Evaluation) -> str:
    own = daily.filter(pl.col("model") == "model", pl.col("split") == "test")
    shares = own["precision_at_budget"].drop_nulls()
    if not len(shares):
        return "No day of the test can be judged"
    return (
        f"Precision and recall of a queue of {counted(evaluation.review_budget, 'alert')} a day; "
        f"on {counted(len(shares), 'test day')}, each pooled with up to {TRAILING_DAYS - 1} before "
        "it"
    )
