"""Figures of the fit: how it went tree by tree, and what other choices would have given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.plotting.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SKY,
    legend,
    new_figure,
    panel_title,
    shorten,
    words_figure,
)
from alertmill.training.models.variants import OWN
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPLIT_COLORS = {"train": GREY, "validation": BLUE}
_KIND_COLORS = {"boosted": BLUE, "logistic": ORANGE, "rule": GREY}
_AXIS_WORDS = {
    "binary_logloss": "log loss (lower is better)",
    "average_precision": "average precision",
    "auc": "ROC AUC",
}


def plot_training_curve(curve: pl.DataFrame, *, best_iteration: int) -> Figure:
    """Draw every metric tree by tree, on training and validation rows.

    Parameters
    ----------
    curve : DataFrame
        Columns iteration, split (train or validation), metric, value.
    best_iteration : int
        Trees that early stopping kept.
    """
    if curve.is_empty():
        return words_figure("There is no training curve", "the fit recorded no metric")
    metrics = [name for name in _AXIS_WORDS if name in curve["metric"]]
    n_trees = int(curve["iteration"].to_numpy().max())
    figure, axes = new_figure(
        f"Validation loss is least after {best_iteration} trees; growing ended at {n_trees}",
        size=(9.6, 3.9),
        n_cols=len(metrics),
        caption="Training values are weighted as the fit weighs its alerts, validation counts "
        "every alert once. A widening gap is learning by heart; early stopping ends it.",
    )
    for ax, metric in zip(axes, metrics, strict=True):
        for split, color in _SPLIT_COLORS.items():
            part = curve.filter(pl.col("metric") == metric, pl.col("split") == split)
            ax.plot(part["iteration"], part["value"], color=color, linewidth=1.6, label=split)
        ax.axvline(best_iteration, color=INK, linestyle="--", linewidth=1)
        panel_title(ax, _AXIS_WORDS[metric])
        ax.set_xlabel("trees")
        ax.margins(x=0.02)
    axes[0].annotate(
        " kept", (best_iteration, 1), xycoords=("data", "axes fraction"), va="top", fontsize=8.5
    )
    legend(axes[0], loc="best")
    return figure


def plot_variants(variants: pl.DataFrame) -> Figure:
    """Draw average precision and ROC AUC of every variant on the validation rows.

    Parameters
    ----------
    variants : DataFrame
        Columns name, model, n_train, average_precision, roc_auc; null metrics are left empty.
    """
    shown = variants.sort("average_precision", descending=True, nulls_last=True)
    judged = shown.drop_nulls("average_precision")
    if judged.is_empty():
        return words_figure(
            "No variant could be measured",
            "; ".join(variants["note"].drop_nulls().unique(maintain_order=True)),
        )
    figure, axes = new_figure(
        _variants_title(judged),
        size=(9.4, 1.6 + 0.4 * shown.height),
        n_cols=2,
        share_y=True,
        caption="Validation rows. Boosted variants stopped early on these rows and look a little "
        "better than they are; the test is in report 05.",
    )
    for ax, metric in zip(axes, ("average_precision", "roc_auc"), strict=True):
        colors = [_KIND_COLORS[kind] for kind in shown["model"]]
        values = shown[metric].fill_null(0.0)
        bars = ax.barh(range(shown.height), values, 0.68, color=colors)
        ax.bar_label(bars, [_value_words(v) for v in shown[metric]], padding=3, fontsize=8.5)
        panel_title(ax, readable(metric))
        ax.set_xlabel("value on validation")
        ax.grid(visible=False, axis="y")
        ax.margins(x=0.18)
    axes[0].set_yticks(range(shown.height), [shorten(name, 30) for name in shown["name"]])
    axes[0].set_ylim(shown.height - 0.5, -0.5)
    _mark_chance(axes[1])
    for kind in shown["model"].unique(maintain_order=True):
        axes[1].barh(0, 0, color=_KIND_COLORS[kind], label=kind)
    legend(axes[1], loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def plot_runs(runs: pl.DataFrame) -> Figure:
    """Draw the registered models' test metrics by version.

    Parameters
    ----------
    runs : DataFrame
        Columns version, status, test_auc, test_average_precision; the newest first.
    """
    shown = runs.reverse().filter(
        pl.col("test_auc").is_not_null() | pl.col("test_average_precision").is_not_null()
    )
    if shown.is_empty():
        return words_figure("No run has a test metric yet", "train and evaluate a model first")
    if shown.height == 1:
        return words_figure(
            "No earlier model to look back on", "from the second run on, each version stands here"
        )
    figure, axes = new_figure(
        f"{counted(shown.height, 'registered model')}, each measured on "
        "the test range of its own run",
        size=(9.0, 3.6),
        n_cols=2,
        caption="A record over time and no comparison on equal alerts; report 06 compares on equal "
        "alerts. Lighter: earlier runs.",
    )
    for ax, metric in zip(axes, ("test_average_precision", "test_auc"), strict=True):
        colors = [BLUE if status == "this run" else SKY for status in shown["status"]]
        bars = ax.bar(range(shown.height), shown[metric].fill_null(0.0), 0.6, color=colors)
        ax.bar_label(
            bars, [_value_words(value) for value in shown[metric]], padding=2, fontsize=8.5
        )
        ax.set_xticks(range(shown.height), shown["version"])
        ax.set_xlim(-0.6, max(shown.height, 4) - 0.4)
        ax.set_ylim(0, 1)
        ax.set_xlabel("version of the model")
        ax.set_ylabel(readable(metric.removeprefix("test_")).replace("auc", "ROC AUC"))
        ax.grid(visible=False, axis="x")
    return figure


def _variants_title(judged: pl.DataFrame) -> str:
    """Return the range; no variant is called the best without an interval of its difference."""
    values = judged["average_precision"].to_list()
    own = judged.filter(pl.col("name") == OWN)
    text = f"Average precision of {counted(judged.height, 'variant')} on validation"
    if judged.height == 1:
        return f"{text}: {values[0]:.3f}"
    text = f"{text}, from {min(values):.3f} to {max(values):.3f}"
    if own.is_empty():
        return text
    return f"{text}; the model itself has {own['average_precision'][0]:.3f}"


def _value_words(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"


def _mark_chance(ax: Axes) -> None:
    ax.axvline(0.5, color=INK, linestyle=":", linewidth=1)
    ax.text(0.5, 1.0, " chance", transform=ax.get_xaxis_transform(), va="bottom", fontsize=8)
