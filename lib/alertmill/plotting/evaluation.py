"""Figures of the model evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.evaluation.scores import TITLES
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.plotting.style import (
    BLUE,
    GREY,
    INK,
    MODEL_COLORS,
    ORANGE,
    RED,
    SEQUENTIAL,
    legend,
    new_figure,
    panel_title,
    percent_axis,
    words_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MIXTURES = ("ensemble_mean", "ensemble_rank_mean")
_OUTCOME_COLORS = {"confirmed": RED, "cleared": BLUE, "unlabelled": GREY}


def plot_headline(evaluation: Evaluation) -> Figure:
    """Draw the four headline metrics of every model with intervals, for all and new addresses."""
    figure, axes = new_figure(
        _headline_title(evaluation),
        size=(9.0, 5.0),
        n_rows=2,
        n_cols=2,
        caption=f"Bars are 95 % intervals over resampled addresses. {_size(evaluation)}",
    )
    models = _single_models(evaluation)
    names = tuple(dict.fromkeys(entry.metric for entry in evaluation.headline))
    for ax, name in zip(axes, names, strict=True):
        for place, model in enumerate(models):
            _draw_interval(ax, evaluation.get(model, name), place - 0.14, model, filled=True)
            new = evaluation.get(model, name, split="test_new")
            _draw_interval(ax, new, place + 0.14, model, filled=False)
        panel_title(ax, _metric_words(name))
        ax.set_yticks(range(len(models)), [TITLES[model] for model in models])
        ax.set_ylim(len(models) - 0.5, -0.5)
        ax.grid(visible=False, axis="y")
        ax.set_xlim(0, 1)
    axes[0].plot([], [], "o", color=INK, label="all addresses of the test")
    axes[0].plot(
        [], [], "o", color=INK, markerfacecolor="white", label="addresses new to the model"
    )
    legend(axes[0], loc="lower right")
    return figure


def plot_roc(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the ROC curve of every model; the area stands in the legend with its interval."""
    if not table.height:
        return words_figure("There is no ROC curve", evaluation.get("model", "roc_auc").note)
    area = evaluation.get("model", "roc_auc")
    title = f"A true alert outranks a false one in {_percent(area)} of pairs"
    figure, (ax,) = new_figure(title, size=(7.4, 5.4), caption=_size(evaluation))
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="random order: 0.500")
    for model in _single_models(evaluation):
        curve = table.filter(pl.col("model") == model)
        ax.step(
            curve["false_positive_rate"],
            curve["true_positive_rate"],
            where="post",
            color=MODEL_COLORS[model],
            linewidth=2.2 if model == "model" else 1.4,
            label=f"{TITLES[model]}: {evaluation.get(model, 'roc_auc').text}",
        )
    ax.set_xlabel("share of false alerts flagged (false positive rate)")
    ax.set_ylabel("share of true alerts flagged (true positive rate)")
    ax.set_aspect("equal")
    _unit_square(ax)
    legend(ax, loc="lower right", title="area under the curve (95 % interval)")
    return figure


def plot_precision_recall(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the precision-recall curve of every model; the operating point is marked."""
    entry = evaluation.get("model", "average_precision")
    if not table.height:
        return words_figure("There is no precision-recall curve", entry.note)
    base_rate = entry.n_positives / max(entry.n_rows, 1)
    title = f"Average precision is {entry.text}, where a random order would give {base_rate:.3f}"
    figure, (ax,) = new_figure(title, size=(8.4, 5.0), caption=_size(evaluation))
    ax.axhline(base_rate, color=GREY, linewidth=1, linestyle=":", label=f"random: {base_rate:.3f}")
    for model in _single_models(evaluation):
        curve = table.filter(pl.col("model") == model)
        ax.plot(
            curve["recall"],
            curve["precision"],
            color=MODEL_COLORS[model],
            linewidth=2.2 if model == "model" else 1.4,
            label=f"{TITLES[model]}: {evaluation.get(model, 'average_precision').text}",
        )
    _mark_operating_point(ax, evaluation)
    ax.set_xlabel("recall: share of the true alerts found")
    ax.set_ylabel("precision: share of true alerts among those flagged")
    _unit_square(ax)
    legend(ax, loc="upper right", title="average precision (95 % interval)")
    return figure


def plot_confusion(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw what review found against what the model decides, as counts and shares of each row."""
    recall = evaluation.get("model", "recall")
    title = (
        f"At the threshold {evaluation.threshold:.3f} the model flags {_percent(recall)} of the "
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
            f"{row['n_alerts']:,} alerts{share}\n{row['n_addresses']:,} addresses",
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


def plot_scores(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw how the scores of confirmed, cleared and unlabelled alerts are spread."""
    if not table.height:
        return words_figure("There are no scores to show", "the test holds no alerts")
    figure, (ax,) = new_figure(
        f"The threshold catches {_percent(evaluation.get('model', 'recall'))} of the confirmed "
        f"alerts; {_percent(evaluation.get('model', 'precision'))} of those flagged are true",
        caption="Bins are equally wide in log-odds. " + _size(evaluation),
    )
    for outcome, color in _OUTCOME_COLORS.items():
        part = table.filter(pl.col("outcome") == outcome)
        n_alerts = part["n_alerts"].sum()
        ax.stairs(
            part["share"],
            [*part["low"], part["high"][-1]],
            color=color,
            fill=outcome != "unlabelled",
            alpha=0.45 if outcome != "unlabelled" else 1.0,
            linewidth=1.4,
            label=f"{outcome} ({n_alerts:,} alerts)",
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
        f"addresses. {_size(evaluation)}",
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


def plot_lift(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw the lift of every tenth of the alerts, and the share of true alerts found so far."""
    entry = evaluation.get("model", "lift_at_top_10_percent")
    if not table.height:
        return words_figure("There is no lift chart", entry.note)
    title = f"The top tenth of the alerts holds {_times(entry)} as many true ones as an average one"
    figure, (bars, gains) = new_figure(title, size=(9.4, 4.4), n_cols=2, caption=_size(evaluation))
    own = table.filter(pl.col("model") == "model")
    bars.bar(own["tenth"], own["lift"], color=BLUE, width=0.75)
    bars.axhline(1, color=INK, linewidth=1, linestyle=":")
    bars.set_xlabel("tenth of the labelled alerts, highest scores first")
    bars.set_ylabel("lift (true alerts, times the average)")
    bars.set_xticks(range(1, 11))
    bars.grid(visible=False, axis="x")
    gains.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="random order")
    for model in _single_models(evaluation):
        part = table.filter(pl.col("model") == model)
        gains.plot(
            [0, *(part["tenth"] / 10)],
            [0, *part["cumulative_recall"]],
            marker="o",
            markersize=3.5,
            color=MODEL_COLORS[model],
            label=TITLES[model],
        )
    percent_axis(gains)
    percent_axis(gains, axis="x")
    gains.set_xlabel("share of the labelled alerts reviewed")
    gains.set_ylabel("share of the true alerts found")
    legend(gains, loc="lower right")
    return figure


def plot_budget(table: pl.DataFrame, evaluation: Evaluation) -> Figure:
    """Draw precision and recall of every model against the number of alerts reviewed a day."""
    if not table.height:
        return words_figure("No review queue can be judged", "no labelled alerts")
    precision = evaluation.get("model", "precision_at_budget")
    title = (
        f"Reviewing {evaluation.review_budget} alerts a day, {_percent(precision)} of them are true"
        if precision.value is not None
        else f"The queue of {evaluation.review_budget} alerts a day cannot be judged"
    )
    figure, axes = new_figure(
        title,
        size=(9.4, 4.2),
        n_cols=2,
        caption="Queues hold every alert of the day; judged on its labelled ones. "
        + _size(evaluation),
    )
    for ax, name in zip(axes, ("precision", "recall"), strict=True):
        for model in _single_models(evaluation):
            part = table.filter(pl.col("model") == model)
            ax.plot(part["budget"], part[name], color=MODEL_COLORS[model], label=TITLES[model])
        ax.axvline(evaluation.review_budget, color=INK, linewidth=1, linestyle="--")
        ax.set_xlabel("alerts reviewed a day")
        ax.set_ylabel(f"{name} at that budget")
        ax.set_ylim(0, 1.02)
        percent_axis(ax)
    axes[0].text(evaluation.review_budget, 0.99, " budget", va="top", fontsize=8.5, color=INK)
    legend(axes[1], loc="best")
    return figure


def _draw_interval(ax: Axes, entry: MetricValue, place: float, model: str, *, filled: bool) -> None:
    color = MODEL_COLORS[model]
    if entry.value is None:
        ax.text(0.02, place, entry.note, fontsize=7.5, color="#666666", va="center")
        return
    if entry.ci_low is not None and entry.ci_high is not None:
        ax.plot([entry.ci_low, entry.ci_high], [place, place], color=color, linewidth=1.8)
    ax.plot(entry.value, place, "o", color=color, markerfacecolor=color if filled else "white")


def _mark_operating_point(ax: Axes, evaluation: Evaluation) -> None:
    recall = evaluation.get("model", "recall").value
    precision = evaluation.get("model", "precision").value
    if recall is not None and precision is not None:
        ax.plot(recall, precision, "o", color=MODEL_COLORS["model"], markersize=8, zorder=5)
        ax.annotate(
            f"threshold {evaluation.threshold:.3f}",
            (recall, precision),
            xytext=(8, 8),
            textcoords="offset points",
            fontsize=8.5,
        )


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


def _unit_square(ax: Axes) -> None:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.005)
    percent_axis(ax)
    percent_axis(ax, axis="x")


def _single_models(evaluation: Evaluation) -> list[str]:
    return [model for model in evaluation.models if model not in _MIXTURES]


def _headline_title(evaluation: Evaluation) -> str:
    entry = evaluation.get("model", "precision_at_budget", split="test_new")
    if entry.value is None:
        return f"Precision at the budget on new addresses is not known: {entry.note}"
    return (
        f"On addresses it never saw, {_percent(entry)} of the alerts that the model puts into "
        f"the queue of {evaluation.review_budget} a day are true"
    )


def _percent(entry: MetricValue) -> str:
    if entry.value is None:
        return "an unknown share"
    if entry.ci_low is None or entry.ci_high is None:
        return f"{100 * entry.value:.0f} %"
    return f"{100 * entry.value:.0f} % ({100 * entry.ci_low:.0f} to {100 * entry.ci_high:.0f} %)"


def _times(entry: MetricValue) -> str:
    if entry.value is None:
        return "an unknown number of times"
    if entry.ci_low is None or entry.ci_high is None:
        return f"{entry.value:.1f} times"
    return f"{entry.value:.1f} times ({entry.ci_low:.1f} to {entry.ci_high:.1f})"


def _metric_words(name: str) -> str:
    return name.replace("_", " ").replace("roc auc", "ROC AUC")


def _size(evaluation: Evaluation, population: str = "test_all") -> str:
    size = next(entry for entry in evaluation.populations if entry.split == population)
    return (
        f"{POPULATION_TITLES[population].capitalize()}: {size.n_days} days, {size.n_alerts:,} "
        f"alerts, {size.n_labelled:,} labelled, {size.n_positives:,} confirmed at "
        f"{size.n_positive_addresses:,} addresses."
    )


__all__ = [
    "plot_budget",
    "plot_calibration",
    "plot_confusion",
    "plot_headline",
    "plot_lift",
    "plot_precision_recall",
    "plot_roc",
    "plot_scores",
]
