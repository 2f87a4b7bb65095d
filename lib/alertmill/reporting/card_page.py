"""A model card as a page of its own, and as Markdown for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alertmill.errors import UnfinishedRunError
from alertmill.files import write_text
from alertmill.reporting.assets import CONTENT_SECURITY_POLICY, SCRIPT, STYLE
from alertmill.reporting.html import TEMPLATES
from alertmill.reporting.markdown import plain, table
from alertmill.reporting.model_card import ModelCard, model_card
from alertmill.runs import Run

CARD_PAGE = "model_card.html"
"""Below ``reports`` of a run folder."""


def write_card(run: Run) -> Path | None:
    """Write the card of a run that is being published; return None if a stage is missing."""
    try:
        card = model_card(run)
    except UnfinishedRunError:
        return None
    path = run.path / "reports" / CARD_PAGE
    write_text(path, render_card(card, home="index.html"))
    return path


def render_card(card: ModelCard, *, home: str = "") -> str:
    """Return the page; the same card gives the same bytes.

    Parameters
    ----------
    card : ModelCard
        What to show; every text of it is escaped.
    home : str
        Address of the run's first page; empty for a page outside the run folder.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("card.html.j2").render(
        card=card,
        home=home,
        policy=CONTENT_SECURITY_POLICY,
        style=STYLE,
        script=SCRIPT,
    )


def card_as_markdown(card: ModelCard) -> str:
    """Return the card as Markdown, with the same text as the page."""
    return "\n\n".join(_blocks(card)) + "\n"


def _blocks(card: ModelCard) -> Iterator[str]:
    yield f"# {plain(card.title)}"
    yield plain(card.about)
    for section in card.sections:
        yield f"## {plain(section.title)}"
        yield plain(section.asked_by)
        yield from (plain(sentence) for sentence in section.sentences)
        for shown in section.tables:
            yield f"### {plain(shown.caption)}"
            yield table(shown.heads, shown.rows) if shown.rows else "None."
