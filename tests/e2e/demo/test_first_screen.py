"""What a reader sees of the demo's reports without scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, ViewportSize

from alertmill.reporting.outcomes import load_outcomes
from alertmill.runs import Run
from tests.e2e.workplaces import PROJECT
from tests.support.chromium import chromium

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

REPORTS = sorted(path.stem for path in PROJECT.glob("notebook_templates/0[1-8]_*.ipynb"))
SCREEN = ViewportSize(width=1400, height=1000)


@dataclass(frozen=True)
class Seen:
    """What the pages of the run show."""

    places: dict[str, list[FloatRect | None]]
    """Of each report: where its answer and its first figure lie."""
    first_heading: str
    words: str
    """Of the first page."""


@pytest.fixture(scope="module")
def seen(demo_run: Path) -> Seen:
    """Open every page in one Chromium."""
    reports = demo_run / "reports"
    with chromium() as browser:
        page = browser.new_page(viewport=SCREEN)
        places = {}
        for name in REPORTS:
            page.goto((reports / f"{name}.html").as_uri())
            places[name] = [page.locator(one).first.bounding_box() for one in (".answer", "figure")]
        page.goto((reports / "index.html").as_uri())
        words = " ".join(page.locator("main").inner_text().split())
        return Seen(places, page.locator("h2").first.inner_text(), words)


@pytest.mark.parametrize("name", REPORTS)
def test_answer_and_first_figure_are_on_the_first_screen(name: str, seen: Seen) -> None:
    answer, figure = seen.places[name]

    assert answer is not None
    assert figure is not None
    assert answer["y"] + answer["height"] <= figure["y"] < SCREEN["height"]


def test_the_first_page_opens_with_the_decision_and_quotes_every_answer(
    demo_run: Path, seen: Seen
) -> None:
    outcomes = load_outcomes(Run.open(demo_run))

    assert "champion" in seen.first_heading
    assert len(REPORTS) == len(outcomes)
    for outcome in outcomes:
        assert outcome.answer
        assert " ".join(outcome.answer.split()) in seen.words
