"""The search knows what every section of the reports asks and answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.reporting.html import export_html
from alertmill.reporting.sections import find_sections, heading_of
from tests.reporting.example_runs import add_report, executed, make_run, markdown


@pytest.mark.parametrize(
    ("source", "heading"),
    [
        ("## Is `it` **good** & sound?\n\nYes.", "Is it good & sound?"),
        ("## With review_budget", "With review_budget"),
        ("# A title", None),
        ("### Less", None),
        ("no heading", None),
        ("", None),
    ],
)
def test_a_section_begins_at_a_heading_of_the_second_level(
    source: str, heading: str | None
) -> None:
    assert heading == heading_of(markdown("words", source))


def test_sentences_and_titles_of_figures_answer_the_section_that_they_stand_in(
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path)
    sentence = {"text/html": "<p>Few &lt; many.</p>", "text/plain": "Few < many."}
    table = {"text/html": "<table></table>", "text/plain": "a table"}
    figure = executed("plot()", {"image/png": ""}, cell_id="cell-2")
    figure.outputs[0].metadata = {"image/png": {"alt": "It rises"}}
    cells = [
        executed("1", sentence, cell_id="cell-0"),
        markdown("first", "## First?"),
        executed("1", sentence, table),
        figure,
        markdown("second", "## Second?"),
    ]
    outcome = add_report(run, *cells)

    assert [] == find_sections(run, [outcome])  # it has no page yet
    export_html(run, outcome)
    whole, first, second = find_sections(run, [outcome])

    assert ("01_example.html", "An example") == (whole.href, whole.heading)
    assert ("Decides whether the example is good.",) == whole.answers
    assert ("An example", "01_example.html#first") == (first.report, first.href)
    assert ("Few < many.", "It rises") == first.answers
    assert ("Second?", ()) == (second.heading, second.answers)
