"""Figures of where in the search space good trials lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.plotting.style import INK, RED, legend, new_figure
from alertmill.plotting.tuning import HEAT, METHOD_COLORS
from alertmill.plotting.words import short_number
from alertmill.training.models.hyperparameters import Dimension
from alertmill.wording import readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_slices(slices: pl.DataFrame) -> Figure:
    """Draw the value of every trial against every hyperparameter.

    Parameters
    ----------
    slices : DataFrame
        Columns hyperparameter, is_log, method, setting, value.
    """
    parts = slices.partition_by("hyperparameter", maintain_order=True)
    n_rows = -(-len(parts) // 4)
    by_value = slices.sort("value")
    worst, best = by_value.row(0, named=True), by_value.row(-1, named=True)
    figure, axes = new_figure(
        f"{parts[0].height} complete trials, from {worst['value']:.3f} to {best['value']:.3f}, by "
        "each hyperparameter",
        size=(9.6, 1.1 + 2.3 * n_rows),
        n_rows=n_rows,
        n_cols=min(4, len(parts)),
        share_y=True,
        caption="Every panel shows the same trials; the ring marks the best. The other "
        "hyperparameters differ between trials, so a trend may be another one's.",
    )
    for ax in axes[len(parts) :]:
        ax.set_axis_off()
    for ax, part in zip(axes, parts, strict=False):
        for method, color in METHOD_COLORS.items():
            own = part.filter(pl.col("method") == method)
            ax.plot(own["setting"], own["value"], "o", color=color, markersize=4.5, label=method)
        top = part.sort("value", descending=True).row(0, named=True)
        ax.plot(top["setting"], top["value"], "o", markersize=11, mfc="none", mec=RED, mew=1.4)
        _fit_axis(ax, part["setting"].to_numpy(), is_log=part["is_log"][0])
        ax.set_xlabel(readable(part["hyperparameter"][0]))
    for ax in axes[:: min(4, len(parts))]:
        ax.set_ylabel("mean average precision")
    _legend_in_free_panel(axes, len(parts))
    return figure


def plot_parallel(slices: pl.DataFrame) -> Figure:
    """Draw every trial as a line through its hyperparameters, coloured by its value.

    Parameters
    ----------
    slices : DataFrame
        Columns hyperparameter, place_share, setting, value; the trials in the same order for every
        hyperparameter.
    """
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    parts = slices.partition_by("hyperparameter", maintain_order=True)
    lines = np.column_stack([part["place_share"].to_numpy() for part in parts])
    values = parts[0]["value"].to_numpy()
    norm = Normalize(float(values.min()), float(values.max()))
    n_best = max(1, len(values) // 4)
    figure, (ax,) = new_figure(
        f"The best {n_best} of {len(values)} trials (thick lines) "
        f"{_agreement(lines, values, n_best, parts)}",
        size=(9.8, 4.6),
        caption="From the lower (bottom) to the upper bound (top) of each range; logarithmic where "
        "the search is. Colour: mean average precision over the folds.",
    )
    order = np.argsort(values)
    for rank, trial in enumerate(order):
        is_best = rank >= len(values) - n_best
        ax.plot(
            range(len(parts)),
            lines[trial],
            color=colormaps[HEAT](norm(values[trial])),
            linewidth=2.4 if is_best else 1.0,
            alpha=1.0 if is_best else 0.55,
        )
    for place, part in enumerate(parts):
        ax.axvline(place, color=INK, linewidth=0.8)
        ax.text(place, 1.03, f"{part['high'][0]:.3g}", ha="center", va="bottom", fontsize=8)
        ax.text(place, -0.03, f"{part['low'][0]:.3g}", ha="center", va="top", fontsize=8)
    names = [readable(part["hyperparameter"][0]).replace(" ", "\n") for part in parts]
    ax.set_xticks(range(len(parts)), names)
    ax.tick_params(axis="x", length=0, pad=12)
    ax.set_yticks([])
    ax.set_ylim(-0.1, 1.1)
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    figure.colorbar(ScalarMappable(norm, HEAT), ax=ax, label="mean average precision", pad=0.02)
    return figure


def plot_surface(
    surface: pl.DataFrame, trials: pl.DataFrame, axes: tuple[Dimension, Dimension]
) -> Figure:
    """Draw the smoothed value over two hyperparameters as contours, with the trials on top.

    Parameters
    ----------
    surface : DataFrame
        Columns x, y, value (null where no trial is near); a full grid, x fastest.
    trials : DataFrame
        Columns method, value (null unless complete) and the two hyperparameters.
    axes : (Dimension, Dimension)
        Horizontal and vertical hyperparameter.
    """
    horizontal, vertical = axes
    trials = trials.filter(pl.col("value").is_not_null())
    xs, ys = surface["x"].unique().sort(), surface["y"].unique().sort()
    values = surface["value"].to_numpy().reshape(len(ys), len(xs))
    best = trials.sort("value", descending=True).row(0, named=True)
    figure, (ax,) = new_figure(
        f"The best trial has {readable(horizontal.name)} {best[horizontal.name]:.3g} and "
        f"{readable(vertical.name)} {best[vertical.name]:.3g}",
        size=(8.4, 5.4),
        caption=f"Mean of {trials.height} trials near each place, normal kernel; white where no "
        "trial is near. The other hyperparameters differ between trials.",
    )
    contours = ax.contourf(xs, ys, np.ma.masked_invalid(values), levels=12, cmap=HEAT)
    for method, color in METHOD_COLORS.items():
        part = trials.filter(pl.col("method") == method)
        ax.plot(
            part[horizontal.name],
            part[vertical.name],
            "o",
            color=color,
            mec="white",
            markersize=7,
            clip_on=False,
            zorder=4,
            label=f"{method} search",
        )
    ax.plot(
        best[horizontal.name], best[vertical.name], "o", markersize=14, mfc="none", mec=RED, mew=2
    )
    _fit_axis(ax, xs.to_numpy(), is_log=horizontal.is_log)
    _fit_axis(ax, ys.to_numpy(), is_log=vertical.is_log, axis="y")
    ax.set_xlabel(readable(horizontal.name))
    ax.set_ylabel(readable(vertical.name))
    ax.grid(visible=False)
    figure.colorbar(contours, ax=ax, label="smoothed mean average precision", pad=0.02)
    legend(ax, loc="upper left", bbox_to_anchor=(0.0, -0.12), ncols=3)
    return figure


def _agreement(
    lines: np.ndarray, values: np.ndarray, n_best: int, parts: Sequence[pl.DataFrame]
) -> str:
    """Return the hyperparameter on which the best trials are closest together."""
    best = lines[np.argsort(values)[-n_best:]]
    place = int(np.ptp(best, axis=0).argmin())
    low, high = np.quantile(
        parts[place]["setting"].to_numpy()[np.argsort(values)[-n_best:]], [0, 1]
    )
    return f"agree most on {readable(parts[place]['hyperparameter'][0])} ({low:.3g} to {high:.3g})"


def _fit_axis(ax: Axes, settings: np.ndarray, *, is_log: bool, axis: str = "x") -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator

    set_scale, chosen = (ax.set_xscale, ax.xaxis) if axis == "x" else (ax.set_yscale, ax.yaxis)
    if is_log:
        set_scale("log")
        low, high = float(settings.min()), float(settings.max())
        inner = np.exp(np.linspace(np.log(low), np.log(high), 4))
        chosen.set_ticks([float(f"{tick:.2g}") if tick < 10 else round(tick) for tick in inner])  # noqa: PLR2004 - two digits
        chosen.set_minor_locator(NullLocator())
    else:
        chosen.set_major_locator(MaxNLocator(4))
    chosen.set_major_formatter(lambda value, _: short_number(value))


def _legend_in_free_panel(axes: Sequence[Axes], n_used: int) -> None:
    handles, labels = axes[0].get_legend_handles_labels()
    free = axes[n_used:]
    if free:
        free[0].legend(handles, labels, loc="upper left", frameon=False, title="search")
    else:
        legend(axes[0], loc="best")
