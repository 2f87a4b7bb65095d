"""A metric over the runs of a model, as a drawing that needs neither a script nor a picture file.

Every place is in percent of the drawing, so that it fills a phone and a wide screen alike, with
lines and points of the same size.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from alertmill.site.measures import measure_text
from alertmill.site.records import Measure
from alertmill.site.summaries import RunSummary
from alertmill.wording import counted

MOST_PANELS = 6
MOST_POINTS = 60
_MARGIN = 3.0
"""Percent that stay free at the left and right end, so that no point is cut."""
_STEPS = (0.02, 0.05, 0.1, 0.2)
_MOST_TICKS = 6


@dataclass(frozen=True)
class Point:
    """A run in the drawing; places in percent from the left and from the top."""

    run: RunSummary
    x: float
    y: float
    low: float | None
    high: float | None
    text: str

    @property
    def mark(self) -> str:
        """Class of the point: what became of the model."""
        return self.run.verdict.verdict.replace(" ", "-")


@dataclass(frozen=True)
class Tick:
    """A line of the scale."""

    at: float
    text: str


@dataclass(frozen=True)
class Panel:
    """The trend of one kind of model on one network."""

    network: str
    model_type: str
    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    first: str
    last: str
    sentence: str

    @property
    def segments(self) -> tuple[tuple[Point, Point], ...]:
        """Neighbouring points, to be joined by a line."""
        return tuple(zip(self.points, self.points[1:], strict=False))


def build_trend(runs: Iterable[RunSummary], *, metric: str, population: str) -> list[Panel]:
    """Draw one panel for each network and type of model.

    Parameters
    ----------
    runs : iterable of RunSummary
        Newest first; those without a value of the metric are left out.
    metric, population : str
        A headline metric and the test alerts it was measured on.

    Returns
    -------
    list of Panel
        At most `MOST_PANELS`, that with the most runs first; each shows the latest `MOST_POINTS`
        by their last processing date.
    """
    groups: defaultdict[tuple[str, str], list[tuple[RunSummary, Measure]]] = defaultdict(list)
    for run in runs:
        measure = run.measure(metric, population)
        if measure is not None and measure.value is not None and run.end_date is not None:
            groups[run.network, run.model_type].append((run, measure))
    largest = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_PANELS]
    return [_panel(*names, measured) for names, measured in largest]


def _panel(network: str, model_type: str, measured: list[tuple[RunSummary, Measure]]) -> Panel:
    ordered = sorted(measured, key=lambda pair: (pair[0].end_date or date.min, pair[0].run_id))
    shown = ordered[-MOST_POINTS:]
    ticks = scale_of([measure for _, measure in shown])
    low, high = ticks[0], ticks[-1]
    places = _places([run.end_date or date.min for run, _ in shown])
    points = tuple(
        _point(run, measure, x, low, high) for (run, measure), x in zip(shown, places, strict=True)
    )
    return Panel(
        network=network,
        model_type=model_type,
        points=points,
        ticks=tuple(Tick(_height(value, low, high), f"{value:g}") for value in ticks),
        first=str(shown[0][0].end_date),
        last=str(shown[-1][0].end_date),
        sentence=describe(points, n_all=len(ordered)),
    )


def _places(days: Sequence[date]) -> list[float]:
    """Place runs by their last processing date; runs of one day stand side by side."""
    n = len(days)
    if n == 1:
        return [50.0]
    span = (days[-1] - days[0]).days
    width = 100 - 2 * _MARGIN
    if len(set(days)) < n or span == 0:
        return [round(_MARGIN + width * i / (n - 1), 2) for i in range(n)]
    return [round(_MARGIN + width * (day - days[0]).days / span, 2) for day in days]


def scale_of(measures: Sequence[Measure]) -> list[float]:
    """Choose round values that enclose every value and interval, lowest first.

    Examples
    --------
    >>> from alertmill.site.records import Measure
    >>> scale_of([Measure(split="test_all", metric="roc_auc", value=0.81, ci_low=0.7, ci_high=0.9)])
    [0.7, 0.75, 0.8, 0.85, 0.9]
    """
    ends = [e for m in measures for e in (m.value, m.ci_low, m.ci_high) if e is not None]
    low, high = min(ends), max(ends)
    for step in _STEPS:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        last = max(last, first + 1)
        if last - first < _MOST_TICKS:
            break
    return [round(i * step, 10) for i in range(first, last + 1)]


def _point(run: RunSummary, measure: Measure, x: float, low: float, high: float) -> Point:
    value = measure.value or 0.0
    text = f"{run.start_date} to {run.end_date}: {measure_text(measure)}; {run.verdict.verdict}"
    return Point(
        run=run,
        x=x,
        y=_height(value, low, high),
        low=None if measure.ci_low is None else _height(measure.ci_low, low, high),
        high=None if measure.ci_high is None else _height(measure.ci_high, low, high),
        text=text,
    )


def _height(value: float, low: float, high: float) -> float:
    return round(96 - 92 * (value - low) / (high - low), 2)


def describe(points: Sequence[Point], *, n_all: int) -> str:
    """Write how many runs a panel shows, and whether it leaves some out."""
    if n_all > len(points):
        return f"The latest {len(points)} of {n_all:,} runs."
    return f"{counted(n_all, 'run')}."
