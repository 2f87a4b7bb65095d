"""Figure of what reaches the queue, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from alertmill.evaluation.burdens import Burden
from alertmill.plotting.style import (
    BLUE,
    FAINT,
    GREY,
    RED,
    new_figure,
    panel_title,
    percent_axis,
    shorten,
    words_figure,
)
from alertmill.wording import counted, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLES = {
    Burden.RECALL: "of the true alerts",
    Burden.FALSE_ALARMS: "of the cleared alerts",
    Burden.QUEUE: "of all alerts",
}

_LEAST_REACH, _NARROW = 0.01, 0.1


def plot_burdens(burdens: pl.DataFrame) -> Figure:
    """Draw which share of each group reaches the queue; groups of too few have no point.

    Parameters
    ----------
    burdens : DataFrame
        From `burden_by_group`.
    """
    if not burdens["value"].drop_nulls().len():
        return words_figure(
            "No group holds enough alerts to be shown",
            "a share takes confirmed, cleared or other alerts of enough addresses",
        )
    groups = list(burdens.select("column", "group").unique(maintain_order=True).rows())
    figure, axes = new_figure(
        _title(burdens),
        size=(9.8, 1.9 + 0.3 * len(groups)),
        n_cols=len(Burden),
        share_y=True,
        caption="Share of the group's test alerts that reaches the daily queue, with 95 % interval "
        "by address. Red: worse than the other groups of its kind beyond chance (5 %, Holm). No "
        "point: too few. Each panel has a scale of its own.",
    )
    for ax, burden in zip(axes, Burden, strict=True):
        part = burdens.filter(pl.col("measure") == burden.value)
        for place, row in enumerate(part.iter_rows(named=True)):
            _draw(ax, place, row)
        _separate(ax, [column for column, _ in groups])
        reach = _reach(part)
        ax.set_xlim(-0.03 * reach, 1.03 * reach)
        ax.set_ylim(len(groups) - 0.4, -0.6)
        ax.grid(visible=False, axis="y")
        panel_title(ax, _TITLES[burden])
        percent_axis(ax, axis="x", decimals=0 if reach > _NARROW else 1)
    labels = [shorten(f"{readable(column)}: {group}", 40) for column, group in groups]
    axes[0].set_yticks(range(len(groups)), labels)
    return figure


def _draw(ax: Axes, place: int, row: dict[str, Any]) -> None:
    if row["value"] is None:
        return
    color = RED if row["is_worse"] else (GREY if row["measure"] == Burden.QUEUE else BLUE)
    if row["ci_low"] is not None and row["ci_high"] is not None:
        ax.plot([row["ci_low"], row["ci_high"]], [place, place], color=color, linewidth=2)
    ax.plot([row["value"]], [place], "o", color=color, markersize=5)


def _reach(part: pl.DataFrame) -> float:
    """Return the highest share that a panel shows; most panels would be empty up to 1."""
    ends = [float(end) for name in ("value", "ci_high") for end in part[name].drop_nulls()]
    return max([*ends, _LEAST_REACH])


def _separate(ax: Axes, columns: list[str]) -> None:
    for place in range(1, len(columns)):
        if columns[place] != columns[place - 1]:
            ax.axhline(place - 0.5, color=FAINT, linewidth=1)


def _title(burdens: pl.DataFrame) -> str:
    n_tested = burdens["p_adjusted"].drop_nulls().len()
    if not n_tested:
        return "What reaches the queue, group by group: too few alerts to compare groups"
    n_worse = burdens.filter("is_worse").height
    if not n_worse:
        return f"None of {counted(n_tested, 'comparison')} finds a group that is served worse"
    finds = "finds" if n_worse == 1 else "find"
    return f"{n_worse:,} of {counted(n_tested, 'comparison')} {finds} a group that is served worse"
