"""The answer of a report, as a page, a terminal and the first page of a run show it."""

from __future__ import annotations

from alertmill.answers import ANSWER_MEDIA_TYPE, Answer, KeyNumber
from alertmill.reporting.sanitizing import clean_html

ANSWER = Answer(
    question="Is <b> better?",
    sentences=("It is.", "By 3 & more."),
    numbers=(KeyNumber(name="gain", value="+0.1", basis="<script>"),),
    advice="Use it.",
    about="a run",
)


def test_text_of_a_run_cannot_become_markup() -> None:
    html = ANSWER._repr_mimebundle_()["text/html"]

    assert "<script>" not in html
    assert "Is &lt;b&gt; better?" in html
    assert "It is. By 3 &amp; more." in html


def test_the_answer_passes_the_sanitizer_as_it_is() -> None:
    html = ANSWER._repr_mimebundle_()["text/html"]

    assert html == clean_html(html)


def test_a_notebook_keeps_the_answer_for_the_first_page() -> None:
    kept = ANSWER._repr_mimebundle_()[ANSWER_MEDIA_TYPE]

    assert Answer.model_validate(kept) == ANSWER
    assert "It is. By 3 & more." == Answer.model_validate(kept).text
