"""Figures of the model comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alertmill.evaluation.permutation import SIGNIFICANCE_LEVEL
from alertmill.evaluation.reports import Comparison, Evaluation, PairedDifference
from alertmill.evaluation.scores import title_of
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.plotting.measured import single_models
from alertmill.plotting.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    legend,
    model_colors,
    model_dashes,
    new_figure,
    panel_title,
    words_figure,
)
from alertmill.tables.comparison_tables import verdict
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN_METRICS = (
    "average_precision",
    "roc_auc",
    "precision_at_budget",
    "recall_at_budget",
    "f1_score",
)
_VERDICT_COLORS = {"this model is better": BLUE, "the rival is better": RED}


def plot_metric_bars(evaluation: Evaluation, *, split: str = "test_all") -> Figure:
    """Draw every model's main metrics side by side, with intervals."""
    models, colors = evaluation.models, model_colors(evaluation.models)
    figure, (ax,) = new_figure(
        _best_title(evaluation, split),
        size=(9.4, 4.0 + 0.13 * len(models)),
        caption=f"{POPULATION_TITLES[split].capitalize()}. Bars are 95 % intervals over resampled "
        "addresses; they overlap more than the paired differences below, because all models are "
        "measured on the same alerts.",
    )
    width = 0.8 / len(models)
    for place, model in enumerate(models):
        for group, metric in enumerate(SHOWN_METRICS):
            entry = evaluation.get(model, metric, split=split)
            if entry.value is None:
                continue
            x = group + (place - (len(models) - 1) / 2) * width
            ax.bar(x, entry.value, width=0.92 * width, color=colors[model])
            if entry.ci_low is not None and entry.ci_high is not None:
                ax.plot([x, x], [entry.ci_low, entry.ci_high], color=INK, linewidth=1)
        ax.bar(0, 0, color=colors[model], label=title_of(model))
    ax.set_xticks(range(len(SHOWN_METRICS)), [readable(name) for name in SHOWN_METRICS])
    ax.set_ylabel("value (0 to 1, higher is better)")
    ax.set_ylim(0, 1)
    ax.grid(visible=False, axis="x")
    legend(ax, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.08))
    return figure


def plot_radar(evaluation: Evaluation, *, split: str = "test_all") -> Figure:
    """Draw the main metrics of every single model as one shape each."""
    models, colors = single_models(evaluation), model_colors(evaluation.models)
    metrics = [
        name
        for name in SHOWN_METRICS
        if evaluation.get("model", name, split=split).value is not None
    ]
    if not metrics:
        return words_figure("There is no shape to draw", "no metric could be measured")
    figure, (ax,) = new_figure(
        _radar_title(evaluation, metrics, split),
        size=(7.6, 5.8),
        polar=True,
        caption=f"{POPULATION_TITLES[split].capitalize()}. Each spoke runs from 0 in the middle to "
        "1; further out is better. The areas mean nothing. Mixtures count in the title, not drawn.",
    )
    angles = [2 * math.pi * place / len(metrics) for place in range(len(metrics))]
    for model in models:
        values = [evaluation.get(model, name, split=split).value or 0.0 for name in metrics]
        closed = [*values, values[0]]
        ax.plot(
            [*angles, angles[0]],
            closed,
            color=colors[model],
            linestyle=model_dashes(model),
            label=title_of(model),
        )
        ax.fill([*angles, angles[0]], closed, color=colors[model], alpha=0.3 / len(models))
    ax.set_xticks(angles, [readable(name) for name in metrics])
    ax.tick_params(axis="x", pad=14)
    ax.set_ylim(0, 1)
    ax.set_yticks([0.25, 0.5, 0.75, 1.0], ["0.25", "0.5", "0.75", "1"])
    ax.set_theta_offset(math.pi / 2)  # type: ignore[attr-defined]  # polar axes have it
    ax.set_theta_direction(-1)  # type: ignore[attr-defined]  # polar axes have it
    legend(ax, loc="upper left", bbox_to_anchor=(1.15, 1.05))
    return figure


def plot_differences(comparison: Comparison) -> Figure:
    """Draw this model minus each rival with its interval, for every compared metric."""
    tested = [entry for entry in comparison.differences if entry.difference is not None]
    if not tested:
        reasons = {entry.note for entry in comparison.differences} or {"there is no rival"}
        return words_figure("No difference could be tested", "; ".join(sorted(reasons)))
    shown = [entry for entry in tested if entry.split == "test_all"]
    metrics = list(dict.fromkeys(entry.metric for entry in shown))
    n_rows, n_rivals = math.ceil(len(metrics) / 2), len({entry.rival for entry in shown})
    figure, axes = new_figure(
        _difference_title(shown),
        size=(9.4, 1.4 + (0.8 + 0.22 * n_rivals) * n_rows),
        n_rows=n_rows,
        n_cols=2,
        caption="This model minus the rival on the same test alerts. Bars: 95 % intervals over "
        f"resampled addresses. Colour: p below {SIGNIFICANCE_LEVEL} after Holm, from "
        f"{comparison.n_permutations} swaps of whole addresses.",
    )
    for ax in axes[len(metrics) :]:
        ax.set_axis_off()
    for ax, metric in zip(axes, metrics, strict=False):
        _draw_differences(ax, [entry for entry in shown if entry.metric == metric])
        better = "lower is better" if metric == "brier_score" else "higher is better"
        panel_title(ax, f"{readable(metric)} ({better})")
    return figure


def plot_selection(comparison: Comparison) -> Figure:
    """Draw what each candidate reached on validation, and afterwards on the test."""
    selection = comparison.selection
    shown = [entry for entry in selection.candidates if entry.validation is not None]
    if selection.best is None or not shown:
        return words_figure("No candidate can be chosen", selection.note)
    figure, (ax,) = new_figure(
        f"Validation prefers {title_of(selection.best)}",
        size=(9.0, 1.6 + 0.55 * len(shown)),
        caption="Choice on validation alone; the test was looked at afterwards. Bars: one standard "
        "error on validation, 95 % interval on test, over resampled addresses.",
    )
    for place, entry in enumerate(sorted(shown, key=lambda entry: -(entry.validation or 0))):
        error = entry.validation_standard_error or 0.0
        value = entry.validation or 0.0
        ax.plot([value - error, value + error], [place - 0.12] * 2, color=ORANGE, linewidth=1.6)
        ax.plot(value, place - 0.12, "o", color=ORANGE)
        if entry.test is not None:
            low, high = entry.test_ci_low or entry.test, entry.test_ci_high or entry.test
            ax.plot([low, high], [place + 0.12] * 2, color=BLUE, linewidth=1.6)
            ax.plot(entry.test, place + 0.12, "o", color=BLUE)
    names = [title_of(e.model) for e in sorted(shown, key=lambda entry: -(entry.validation or 0))]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlim(left=0)
    ax.set_xlabel(readable(selection.metric))
    ax.plot([], [], "o-", color=ORANGE, label="validation, decides")
    ax.plot([], [], "o-", color=BLUE, label="test, afterwards")
    legend(ax, loc="lower right")
    return figure


def _draw_differences(ax: Axes, entries: list[PairedDifference]) -> None:
    ax.axvline(0, color=INK, linewidth=1)
    for place, entry in enumerate(entries):
        color = _VERDICT_COLORS.get(verdict(entry), GREY)
        if entry.ci_low is not None and entry.ci_high is not None:
            ax.plot([entry.ci_low, entry.ci_high], [place, place], color=color, linewidth=1.8)
        ax.plot([entry.difference or 0.0], [place], "o", color=color)
    ax.set_yticks(range(len(entries)), [title_of(entry.rival) for entry in entries])
    ax.set_ylim(len(entries) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("difference")
    ax.locator_params(axis="x", nbins=4)


def _best_title(evaluation: Evaluation, split: str) -> str:
    values = [
        entry.value
        for model in evaluation.models
        if (entry := evaluation.get(model, "average_precision", split=split)).value is not None
    ]
    if not values:
        return "Average precision could not be measured"
    text = f"Average precision of {counted(len(values), 'model')} on the test"
    return f"{text}: {min(values):.3f} to {max(values):.3f}" if len(values) > 1 else text


def _radar_title(evaluation: Evaluation, metrics: Sequence[str], split: str) -> str:
    """Return in how many metrics no other model or mixture has a higher value."""
    led = 0
    for name in metrics:
        values = {m: evaluation.get(m, name, split=split).value for m in evaluation.models}
        own = values["model"]
        led += own is not None and own >= max(v for v in values.values() if v is not None)
    return f"This model has the highest value in {led} of {len(metrics)} metrics"


def _difference_title(entries: list[PairedDifference]) -> str:
    verdicts = [verdict(entry) for entry in entries]
    better, worse = (verdicts.count(words) for words in _VERDICT_COLORS)
    return (
        f"Of {len(entries)} differences, {better} show this model better and {worse} a rival, "
        "after correction"
    )
