"""What a reader sees of the demo's reports without scrolling."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.reporting.outcomes import load_outcomes
from alertmill.runs import Run
from tests.e2e.workplaces import PROJECT
from tests.reporting.browser import open_page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

REPORTS = sorted(path.stem for path in PROJECT.glob("notebook_templates/0[1-8]_*.ipynb"))
SCREEN = {"width": 1400, "height": 1000}


@pytest.mark.parametrize("name", REPORTS)
def test_answer_and_first_figure_are_on_the_first_screen(name: str, demo_run: Path) -> None:
    with open_page(demo_run / "reports" / f"{name}.html") as (page, _):
        page.set_viewport_size(SCREEN)  # type: ignore[arg-type]  # a dict of two whole numbers
        answer, figure = (page.locator(one).first.bounding_box() for one in (".answer", "figure"))

    assert answer is not None
    assert figure is not None
    assert answer["y"] + answer["height"] <= figure["y"] < SCREEN["height"]


def test_the_first_page_opens_with_the_decision_and_quotes_every_answer(demo_run: Path) -> None:
    outcomes = load_outcomes(Run.open(demo_run))
    with open_page(demo_run / "reports" / "index.html") as (page, _):
        first_heading = page.locator("h2").first.inner_text()
        words = " ".join(page.locator("main").inner_text().split())

    assert "champion" in first_heading
    assert len(REPORTS) == len(outcomes)
    for outcome in outcomes:
        assert outcome.answer
        assert " ".join(outcome.answer.split()) in words
