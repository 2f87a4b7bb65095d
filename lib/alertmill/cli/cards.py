"""The model card of a published run, with its reviews and approvals as they are now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alertmill.cli.options import FinishedRunArgument, JsonOption, print_json
from alertmill.settings import Settings

if TYPE_CHECKING:
    from alertmill.reporting.model_card import ModelCard
    from alertmill.runs import Run


def card(
    run_dir: FinishedRunArgument,
    *,
    word: Annotated[
        Path | None,
        typer.Option("--docx", metavar="FILE", help="Word file to write, which can be edited."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="HTML page to write.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the model card of a run, or print it as Markdown; the run must be as it was published.

    The page in the run folder was made when the run was published, before anyone could approve it;
    this card holds findings and approvals, too.
    """
    from alertmill.files import write_text
    from alertmill.reporting.card_page import card_as_markdown, render_card
    from alertmill.reporting.card_word import write_card_as_word
    from alertmill.reporting.manifest import check_as_published, read_manifest
    from alertmill.runs import Run

    run = Run.open(run_dir.resolve())
    check_as_published(run.path)
    made = _card_of(run)
    if word is not None:
        created_at = read_manifest(run.path).created_at
        typer.echo(f"Written: {write_card_as_word(word, made, created_at=created_at)}")
    if page is not None:
        write_text(page, render_card(made))
        typer.echo(f"Written: {page}")
    if as_json:
        print_json(made.model_dump(mode="json"))
    elif word is None and page is None:
        typer.echo(card_as_markdown(made), nl=False)


def _card_of(run: Run) -> ModelCard:
    from alertmill.audit.ledger import head_of
    from alertmill.audit.trust import TrustStore
    from alertmill.reporting.manifest import read_manifest
    from alertmill.reporting.model_card import model_card
    from alertmill.reviews import ReviewTerms, standing_of

    settings = Settings()
    trusted = TrustStore.of(settings).read()
    return model_card(
        run,
        provenance=read_manifest(run.path).provenance,
        standing=standing_of(run.path, trusted, ReviewTerms.of(settings)),
        head=head_of(run.path.parents[1]),
    )
