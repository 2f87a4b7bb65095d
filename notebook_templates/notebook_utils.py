"""Seven one-line helpers for quick looks in a notebook; the reports draw with `alertmill.plotting`.

Every helper returns a `matplotlib.figure.Figure`. After `setup_plotting`, a notebook shows each
figure once, below the cell that draws it, also where a cell draws several.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np

from alertmill.plotting.display import CellFigures, register_figures
from alertmill.plotting.style import (
    BLUE,
    DIVERGING,
    GREY,
    INK,
    SEQUENTIAL,
    legend,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

__all__ = [
    "plot_confusion_matrix",
    "plot_correlation_matrix",
    "plot_feature_distributions",
    "plot_metric_comparison",
    "plot_pr_curve",
    "plot_roc_curve",
    "setup_plotting",
]

_COLUMNS = 3
_BINS = 50
_MOST_NAMED_FEATURES = 60
_DARK_CELL = 0.55
_P = ParamSpec("_P")
_FIGURES = CellFigures()  # a notebook has one kernel, and a kernel runs one cell at a time


def _shown(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Decorate a helper so that the cell that calls it shows the figure."""

    @wraps(draw)
    def draw_and_show(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        figure = draw(*args, **kwargs)
        _FIGURES.add(figure)
        return figure

    return draw_and_show


def setup_plotting() -> None:
    """Show figures in the style of the reports; call it once in a notebook."""
    from IPython import get_ipython
    from matplotlib import get_backend

    shell = get_ipython()
    if shell is not None:
        if "inline" in str(get_backend(auto_select=False)):
            # Before our style: the backend would replace it when pyplot draws for the first time.
            shell.run_line_magic("matplotlib", "inline")
        register_figures(shell)
        _FIGURES.attach(shell)


@_shown
def plot_metric_comparison(metrics_dict: Mapping[str, object], title: str) -> Figure:
    """Draw one bar per model or metric, with its value; text, such as the split, is left out."""
    values = {name: value for name, value in metrics_dict.items() if not isinstance(value, str)}
    figure, (ax,) = new_figure(title, size=(9.0, max(1.6, 1.0 + 0.42 * len(values))))
    bars = ax.barh(list(values), list(values.values()), color=BLUE, height=0.65)
    ax.bar_label(bars, fmt="%.3f", padding=4, fontsize=9)
    ax.invert_yaxis()
    ax.margins(x=0.1)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("score")
    return figure


@_shown
def plot_feature_distributions(df: pd.DataFrame, features: Sequence[str]) -> Figure:
    """Draw a histogram per feature; missing and infinite values are counted, not drawn."""
    n_columns = max(1, min(_COLUMNS, len(features)))
    n_rows = max(1, math.ceil(len(features) / n_columns))
    figure, axes = new_figure(
        f"Distributions of {len(features)} features",
        size=(4.0 * n_columns, 0.9 + 2.6 * n_rows),
        n_rows=n_rows,
        n_cols=n_columns,
    )
    for ax in axes[len(features) :]:
        ax.set_axis_off()
    for ax, feature in zip(axes, features, strict=False):
        _draw_histogram(ax, np.asarray(df[feature], dtype=float), feature)
    return figure


@_shown
def plot_correlation_matrix(df: pd.DataFrame, figsize: tuple[float, float] = (12, 10)) -> Figure:
    """Draw the Pearson correlation of every pair of numeric columns."""
    correlation = df.corr(numeric_only=True)
    names = [shorten(str(name)) for name in correlation.columns]
    figure, (ax,) = new_figure(
        f"Correlation of {len(names)} columns over {len(df):,} rows", size=figsize
    )
    image = ax.imshow(correlation.to_numpy(), cmap=DIVERGING, vmin=-1, vmax=1)
    ax.grid(visible=False)
    if len(names) <= _MOST_NAMED_FEATURES:
        ax.set_xticks(range(len(names)), names, rotation=90)
        ax.set_yticks(range(len(names)), names)
    else:
        ax.set_xlabel("columns, in their order")
        ax.set_ylabel("columns, in their order")
    figure.colorbar(image, ax=ax, shrink=0.8, label="Pearson correlation")
    return figure


@_shown
def plot_roc_curve(y_true: ArrayLike, y_pred_proba: ArrayLike, model_name: str = "Model") -> Figure:
    """Draw the ROC curve of one model; its area stands in the legend."""
    from sklearn.metrics import auc, roc_curve

    false_positive_rate, recall, _ = roc_curve(y_true, y_pred_proba)
    area = auc(false_positive_rate, recall)
    figure, (ax,) = new_figure(
        f"A positive outranks a negative in {100 * area:.1f} % of pairs", size=(7.4, 5.4)
    )
    ax.plot([0, 1], [0, 1], ":", color=GREY, label="random order (AUC = 0.500)")
    ax.plot(false_positive_rate, recall, color=BLUE, label=f"{model_name} (AUC = {area:.3f})")
    ax.set_xlabel("false positive rate")
    ax.set_ylabel("true positive rate")
    ax.set_aspect("equal")
    _unit_square(ax)
    legend(ax, loc="lower right")
    return figure


@_shown
def plot_pr_curve(y_true: ArrayLike, y_pred_proba: ArrayLike, model_name: str = "Model") -> Figure:
    """Draw the precision-recall curve of one model beside the base rate."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(y_true, y_pred_proba)
    average = average_precision_score(y_true, y_pred_proba)
    base_rate = float(np.mean(np.asarray(y_true)))
    figure, (ax,) = new_figure(
        f"Average precision is {average:.3f}, where a random order would give {base_rate:.3f}",
        size=(8.0, 5.0),
    )
    ax.axhline(base_rate, linestyle=":", color=GREY, label=f"random order (AP = {base_rate:.3f})")
    ax.step(recall, precision, where="post", color=BLUE, label=f"{model_name} (AP = {average:.3f})")
    ax.set_xlabel("recall")
    ax.set_ylabel("precision")
    _unit_square(ax)
    legend(ax, loc="upper right")
    return figure


@_shown
def plot_confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, labels: Sequence[str] | None = None
) -> Figure:
    """Draw how often each class is predicted as which; ``labels`` name the classes in order."""
    from sklearn.metrics import confusion_matrix
    from sklearn.utils.multiclass import unique_labels

    names = [str(name) for name in (labels or unique_labels(y_true, y_pred))]
    counts = confusion_matrix(y_true, y_pred)
    right = 100 * np.trace(counts) / max(counts.sum(), 1)
    figure, (ax,) = new_figure(f"{right:.1f} % of the predictions are right", size=(6.4, 4.6))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1)
    for (row, column), n in np.ndenumerate(counts):
        color = "white" if shares[row, column] > _DARK_CELL else INK
        ax.text(column, row, f"{n:,}", ha="center", va="center", color=color, fontsize=11)
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("actual")
    ax.grid(visible=False)
    return figure


def _draw_histogram(ax: Axes, values: np.ndarray[Any, np.dtype[Any]], feature: str) -> None:
    finite = values[np.isfinite(values)]
    ax.hist(finite, bins=_BINS, color=BLUE)
    n_left_out = len(values) - len(finite)
    panel_title(ax, shorten(feature))
    ax.set_xlabel("value" if not n_left_out else f"value ({n_left_out:,} missing)")
    ax.set_ylabel("rows")


def _unit_square(ax: Axes) -> None:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.005)
    percent_axis(ax)
    percent_axis(ax, axis="x")
