"""Filters, pages of the list, and the trend."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from alertmill.site.filters import RunFilter, select
from alertmill.site.records import Measure
from alertmill.site.summaries import RunState, RunSummary, Verdict
from alertmill.site.trend import MOST_PANELS, MOST_POINTS, build_trend, scale_of


def summary(n: int = 0, **changes: object) -> RunSummary:
    """Return a finished run whose last processing date is n days after the first of January."""
    end = date(2024, 1, 1) + timedelta(days=n)
    values = {
        "network": "ethereum",
        "run_id": f"run-{n:04}",
        "state": RunState.FINISHED,
        "start_date": end - timedelta(days=9),
        "end_date": end,
        "model_type": "alert_scorer",
        "verdict": Verdict(verdict="kept", sentence=""),
        "headline": (measure(),),
        **changes,
    }
    return RunSummary(**values)


def measure(
    value: float | None = 0.6, low: float | None = 0.5, high: float | None = 0.7
) -> Measure:
    """Return an average precision."""
    return Measure(
        split="test_all", metric="average_precision", value=value, ci_low=low, ci_high=high
    )


RUNS = (
    summary(30, network="bitcoin"),
    summary(20, model_type="cluster_scorer"),
    summary(10, verdict=Verdict(verdict="promoted", sentence="")),
    summary(5, state=RunState.FAILED, end_date=None, start_date=None, headline=()),
    summary(0),
)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [30, 20, 10, 5, 0]),
        ({"network": "bitcoin"}, [30]),
        ({"network": "torus"}, []),
        ({"model_type": "cluster_scorer"}, [20]),
        ({"verdict": "promoted"}, [10]),
        ({"state": "failed"}, [5]),
        ({"from": "2024-01-11"}, [30, 20, 10]),
        ({"to": "2024-01-11"}, [10, 0]),
        ({"from": "2024-01-11", "to": "2024-01-11"}, [10]),
        ({"network": "", "state": "", "from": "", "to": "", "verdict": ""}, [30, 20, 10, 5, 0]),
        ({"network": "ethereum", "verdict": "kept", "state": "finished"}, [20, 0]),
    ],
)
def test_a_filter_keeps_the_runs_that_fit_all_of_it(
    asked: dict[str, str], expected: list[int]
) -> None:
    found = select(RUNS, RunFilter.model_validate(asked))

    assert [f"run-{n:04}" for n in expected] == [run.run_id for run in found.runs]
    assert len(expected) == found.page.total


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2024-02-30"},
        {"from": "2024-01-02", "to": "2024-01-01"},
        {"verdict": "better"},
        {"state": "gone"},
        {"page": "0"},
        {"page": "x"},
        {"per_page": "501"},
        {"metric": "luck"},
        {"population": "everybody"},
        {"unknown": "1"},
        {"network": "x" * 129},
    ],
)
def test_a_filter_that_cannot_be_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        RunFilter.model_validate(asked)


@pytest.mark.parametrize(
    ("page", "expected", "shown"),
    [(1, [0, 1], 1), (2, [2, 3], 2), (3, [4], 3), (4, [4], 3), (1_000_000, [4], 3)],
)
def test_a_list_has_pages_and_the_last_one_is_the_end(
    page: int, expected: list[int], shown: int
) -> None:
    found = select(RUNS, RunFilter(page=page, per_page=2)).page

    assert [RUNS[i] for i in expected] == list(found.runs)
    assert (shown, 3, 5) == (found.page, found.n_pages, found.total)


def test_an_empty_list_has_one_page() -> None:
    found = select((), RunFilter()).page

    assert (0, 1, 1) == (found.total, found.page, found.n_pages)


def test_a_filter_goes_on_in_the_address_of_the_next_page() -> None:
    asked = RunFilter.model_validate({"network": "ethereum", "from": "2024-01-01", "page": "2"})

    assert {"network": "ethereum", "from": "2024-01-01", "page": "3"} == asked.query(page=3)


def trend(runs: list[RunSummary]) -> list[tuple[str, str, int]]:
    """Return network, model type and number of points of each panel."""
    panels = build_trend(runs, metric="average_precision", population="test_all")
    return [(panel.network, panel.model_type, len(panel.points)) for panel in panels]


def test_each_kind_of_model_has_a_panel_of_its_own() -> None:
    expected = [
        ("ethereum", "alert_scorer", 2),
        ("bitcoin", "alert_scorer", 1),
        ("ethereum", "cluster_scorer", 1),
    ]

    assert expected == trend(list(RUNS))


def test_nothing_measured_gives_no_panel() -> None:
    assert [] == trend([])
    assert [] == trend([summary(headline=(measure(None, None, None),))])


def test_a_panel_shows_the_latest_runs_and_says_so() -> None:
    runs = [summary(n) for n in range(MOST_POINTS + 5)]

    (panel,) = build_trend(runs, metric="average_precision", population="test_all")

    assert MOST_POINTS == len(panel.points)
    assert f"The latest {MOST_POINTS} of {MOST_POINTS + 5} runs." == panel.sentence
    assert str(summary(MOST_POINTS + 4).end_date) == panel.last


def test_there_are_not_more_panels_than_a_page_can_show() -> None:
    runs = [summary(0, network=f"network-{n}") for n in range(MOST_PANELS + 3)]

    assert MOST_PANELS == len(trend(runs))


def test_points_lie_by_their_dates_from_left_to_right() -> None:
    runs = [summary(0), summary(10), summary(100)]

    (panel,) = build_trend(reversed(runs), metric="average_precision", population="test_all")
    places = [point.x for point in panel.points]

    assert [3.0, 12.4, 97.0] == places
    assert [run.run_id for run in runs] == [point.run.run_id for point in panel.points]


def test_runs_of_the_same_day_stand_side_by_side() -> None:
    runs = [summary(0, run_id=f"run-{n}") for n in range(3)]

    (panel,) = build_trend(runs, metric="average_precision", population="test_all")

    assert [3.0, 50.0, 97.0] == [point.x for point in panel.points]


def test_a_higher_value_lies_higher_and_its_interval_around_it() -> None:
    runs = [summary(0), summary(1, headline=(measure(0.8, 0.75, 0.9),))]

    (panel,) = build_trend(runs, metric="average_precision", population="test_all")
    low, high = panel.points

    assert low.y > high.y
    assert high.low is not None
    assert high.high is not None
    assert high.low > high.y > high.high


def test_a_value_without_an_interval_has_a_point_alone() -> None:
    (panel,) = build_trend(
        [summary(headline=(measure(0.5, None, None),))],
        metric="average_precision",
        population="test_all",
    )

    assert (None, None) == (panel.points[0].low, panel.points[0].high)
    assert "1 run." == panel.sentence


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.0, 1.0), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ((0.5, 0.5), [0.5, 0.52]),
        ((1.0, 1.0), [1.0, 1.02]),
        ((0.61, 0.69), [0.6, 0.62, 0.64, 0.66, 0.68, 0.7]),
    ],
)
def test_the_scale_encloses_every_value(ends: tuple[float, float], expected: list[float]) -> None:
    assert expected == scale_of([measure(ends[0], *ends)])
