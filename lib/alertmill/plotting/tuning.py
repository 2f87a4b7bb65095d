"""Figures of the hyperparameter searches: what each found, on which folds, and the choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from alertmill.plotting.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    ORANGE,
    RED,
    legend,
    new_figure,
    words_figure,
)
from alertmill.tables.search_noise import SearchNoise, describe_noise
from alertmill.wording import counted, listing, percent, readable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHOD_COLORS = {"grid": GREY, "random": ORANGE, "bayesian": BLUE}
_VALUE = "mean over the folds"
HEAT = "viridis"


def plot_grid(grid: pl.DataFrame, *, horizontal: str, vertical: str) -> Figure:
    """Draw the value of every point of the grid search.

    Parameters
    ----------
    grid : DataFrame
        Columns x, y, value; a full grid, sorted by y, then x.
    horizontal, vertical : str
        The two hyperparameters.
    """
    if grid.is_empty():
        return words_figure("No grid was searched", "the run's grid_points is 0")
    best = grid.sort("value", descending=True).row(0, named=True)
    xs, ys = grid["x"].unique().sort(), grid["y"].unique().sort()
    figure, (ax,) = new_figure(
        f"Of {grid.height} grid points {readable(horizontal)} {best['x']:.3g} with "
        f"{readable(vertical)} {best['y']:.3g} is best ({best['value']:.3f})",
        size=(7.4, 1.9 + 0.6 * len(ys)),
        caption="All other hyperparameters at their defaults.",
    )
    values = grid["value"].to_numpy().reshape(len(ys), len(xs))
    image = ax.imshow(values, cmap=HEAT, aspect="auto", origin="lower")
    middle = (values.min() + values.max()) / 2
    for (row, column), value in np.ndenumerate(values):
        color = "white" if value < middle else INK
        ax.text(column, row, f"{value:.3f}", ha="center", va="center", color=color, fontsize=10)
    ax.set_xticks(range(len(xs)), [f"{x:.3g}" for x in xs])
    ax.set_yticks(range(len(ys)), [f"{y:.3g}" for y in ys])
    ax.set_xlabel(readable(horizontal))
    ax.set_ylabel(readable(vertical))
    ax.grid(visible=False)
    figure.colorbar(image, ax=ax, label=_VALUE, pad=0.02)
    return figure


def plot_history(history: pl.DataFrame) -> Figure:
    """Draw every trial in its order, and the best value so far.

    Parameters
    ----------
    history : DataFrame
        Columns trial, method, state, value, last_value, best_so_far.
    """
    complete = history.filter(pl.col("value").is_not_null())
    best = complete.sort("value", descending=True, maintain_order=True).row(0, named=True)
    figure, (ax,) = new_figure(
        f"The best of {history.height} trials is number {best['trial']}, of the "
        f"{best['method']} search ({best['value']:.3f})",
        caption="The searches take turns on the same folds; the first trial is that of the default "
        "hyperparameters. Crosses: trials that were stopped early, where they stood; they are "
        "never chosen.",
    )
    ax.step(
        history["trial"],
        history["best_so_far"],
        where="post",
        color=INK,
        linewidth=1.2,
        label="best so far",
    )
    for method, color in METHOD_COLORS.items():
        own = pl.col("method") == method
        part, pruned = complete.filter(own), history.filter(own, pl.col("state") == "pruned")
        if part.height:
            ax.plot(part["trial"], part["value"], "o", color=color, label=f"{method} search")
        ax.plot(pruned["trial"], pruned["last_value"], "x", color=color)
    ax.plot(best["trial"], best["value"], "o", markersize=13, mfc="none", mec=RED, mew=1.6)
    ax.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]  # of MaxNLocator
    ax.set_xlabel("trial")
    ax.set_ylabel(_VALUE)
    legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def plot_noise(seeds: pl.DataFrame, noise: SearchNoise | None) -> Figure:
    """Draw the best trial and the default hyperparameters with the search's and other seeds.

    Parameters
    ----------
    seeds : DataFrame
        Columns candidate, is_search_seed, value.
    noise : SearchNoise, optional
        What follows from them; None if no other seeds were measured.
    """
    if noise is None:
        return words_figure("Not measured with other seeds", "the run's n_noise_seeds is 0")
    figure, (ax,) = new_figure(
        _noise_title(noise),
        size=(8.6, 3.3),
        caption=f"{describe_noise(noise)} Dots: the same fits on the same folds with other seeds; "
        "bar: their mean. Ring: the seed of the search, by which the choice was made.",
    )
    for place, candidate in enumerate(("default", "chosen")):
        color = BLUE if candidate == "chosen" else GREY
        part = seeds.filter(candidate=candidate)
        search, others = part.filter("is_search_seed"), part.filter(~pl.col("is_search_seed"))
        ax.plot(others["value"], [place] * others.height, "o", color=color, alpha=0.7)
        ax.plot(
            float(np.mean(others["value"].to_numpy())), place, "|", color=INK, markersize=22, mew=2
        )
        ax.plot(search["value"], [place], "o", markersize=12, mfc="none", mec=RED, mew=1.6)
    ax.set_yticks([0, 1], ["default", "best trial"])
    ax.set_ylim(-0.6, 1.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(f"{readable(noise.metric)}, {_VALUE}")
    return figure


def plot_folds(scores: pl.DataFrame, folds: pl.DataFrame) -> Figure:
    """Draw the average precision of every trial on every fold, and the best trials' in colour.

    Parameters
    ----------
    scores : DataFrame
        Columns method, trial, is_best, fold, average_precision.
    folds : DataFrame
        Columns fold, validation_first, validation_last, validation_n_alerts,
        validation_n_positives.
    """
    spread = scores.filter("is_best").group_by("fold").agg(pl.mean("average_precision"))
    low, high = spread.select(
        pl.min("average_precision").alias("low"), pl.max("average_precision").alias("high")
    ).row(0)
    figure, (ax,) = new_figure(
        f"The best trials of the searches reach {low:.2f} on the hardest fold and {high:.2f} on "
        f"the easiest; their means over the folds differ by {_search_gap(scores):.2f}",
        caption="Grey: all trials. Coloured: the best trial of each search. Every fold's "
        "validation lies later than its training by more than the window, at other addresses.",
    )
    others = scores.filter(~pl.col("is_best"))
    ax.plot(others["fold"], others["average_precision"], "_", color="#B5B5B5", markersize=16)
    for place, (method, color) in enumerate(METHOD_COLORS.items()):
        part = scores.filter(pl.col("is_best"), pl.col("method") == method).sort("fold")
        if part.height:
            shifted = part["fold"] + 0.08 * (place - 1)
            ax.plot(shifted, part["average_precision"], "o-", color=color, label=f"best {method}")
    ax.set_xticks(folds["fold"], [_fold_words(row) for row in folds.iter_rows(named=True)])
    ax.set_xlim(0.5, folds.height + 0.5)
    ax.set_ylim(bottom=0)
    ax.grid(visible=False, axis="x")
    ax.set_ylabel("average precision on the fold")
    legend(ax, loc="best")
    return figure


def plot_importances(importances: pl.DataFrame, *, n_trials: int) -> Figure:
    """Draw how much each hyperparameter tells good trials from others.

    Parameters
    ----------
    importances : DataFrame
        Columns hyperparameter, importance; falling, sums to 1.
    n_trials : int
        Trials behind it.
    """
    if importances.is_empty():
        return words_figure(
            "Importance cannot be estimated", f"{n_trials} trials are too few; run at least 4"
        )
    first = importances.row(0, named=True)
    figure, (ax,) = new_figure(
        f"Of the importance over {counted(n_trials, 'trial')}, "
        f"{percent(first['importance'], 0)} falls on {readable(first['hyperparameter'])}",
        size=(8.6, 1.5 + 0.36 * importances.height),
        caption=f"How differently the best tenth (at least five) of {n_trials} complete trials is "
        "spread over each hyperparameter (PED-ANOVA, Watanabe et al. 2023), in shares of the sum. "
        "With few trials this is a hint, not a measurement.",
    )
    places = range(importances.height)
    bars = ax.barh(places, importances["importance"], 0.68, color=BLUE)
    ax.bar_label(bars, [percent(v, 0) for v in importances["importance"]], padding=4, fontsize=8.5)
    ax.set_yticks(places, [readable(name) for name in importances["hyperparameter"]])
    ax.set_ylim(importances.height - 0.5, -0.5)
    ax.set_xlim(0, 1.12 * max(importances["importance"]))
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("share of the importance")
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    return figure


def plot_choice(choice: pl.DataFrame) -> Figure:
    """Draw where in its range each hyperparameter of the best trial lies, beside its default.

    Parameters
    ----------
    choice : DataFrame
        Columns hyperparameter, low, high, default, chosen, place_share, default_share, note.
    """
    at_edge = [readable(str(n)) for n in choice.filter(pl.col("note") != "")["hyperparameter"]]
    title = (
        f"At the edge of the searched range: {listing(at_edge)}; a wider search might find better"
        if at_edge
        else "No hyperparameter of the best trial lies at the edge of its range"
    )
    figure, (ax,) = new_figure(
        title,
        size=(8.8, 1.7 + 0.42 * choice.height),
        caption="From the lower to the upper bound of the search; logarithmic where the search is.",
    )
    places = np.arange(choice.height)
    ax.hlines(places, 0, 1, color=FAINT, linewidth=5)
    ax.plot(choice["default_share"], places, "|", color=INK, markersize=14, label="default")
    ax.plot(choice["place_share"], places, "o", color=BLUE, markersize=9, label="best trial")
    for place, row in enumerate(choice.iter_rows(named=True)):
        ax.text(-0.02, place, f"{row['low']:.3g}", ha="right", va="center", fontsize=8, color=GREY)
        ax.text(1.02, place, f"{row['high']:.3g}", va="center", fontsize=8, color=GREY)
        ax.text(
            row["place_share"],
            place - 0.24,
            f"{row['chosen']:.3g}",
            ha="center",
            va="bottom",
            fontsize=8.5,
            color=BLUE,
        )
    ax.set_yticks(places, [readable(name) for name in choice["hyperparameter"]])
    ax.set_ylim(choice.height - 0.5, -0.8)
    ax.set_xlim(-0.12, 1.12)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel("place in the searched range")
    legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _noise_title(noise: SearchNoise) -> str:
    if noise.is_default:
        return "The defaults are the best trial: there is no gain to explain"
    return (
        f"The gain over the defaults is {noise.gain:+.3f} with the seed of the search and "
        f"{noise.lasting_gain:+.3f} on average with {counted(len(noise.gains), 'other seed')}"
    )


def _search_gap(scores: pl.DataFrame) -> float:
    best = scores.filter("is_best").group_by("method").agg(pl.mean("average_precision"))
    values = best["average_precision"].to_list()
    return float(max(values) - min(values))


def _fold_words(row: Mapping[str, Any]) -> str:
    return (
        f"fold {row['fold']}\n{row['validation_first']:%d %b} to {row['validation_last']:%d %b}\n"
        f"{row['validation_n_positives']:,} of {row['validation_n_alerts']:,} true"
    )
