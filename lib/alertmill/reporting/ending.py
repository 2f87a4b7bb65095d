"""How a run ended, in a word and a sentence, as the orchestrator shows it without a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alertmill.promotions import verdict_of
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.failure import load_failure
from alertmill.reporting.index import INDEX
from alertmill.reporting.markdown import plain
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes
from alertmill.runs import Run
from alertmill.wording import counted


@dataclass(frozen=True)
class RunEnding:
    """How a run ended, as its page shows it without a click."""

    title: str
    """One word: Promoted, Proposed, Kept, Undecided, Rejected, Failed or Unfinished."""
    sentence: str
    """The verdict and its reason, or what failed and what to do."""


def ending_of(run: Run) -> RunEnding:
    """Return how the run ended, by its files alone."""
    failure = load_failure(run)
    if failure is not None:
        return RunEnding("Failed", failure.sentence)
    failed = [outcome for outcome in load_outcomes(run) if not outcome.is_ok]
    if failed:
        return RunEnding("Failed", _failed_reports(failed))
    verdict = verdict_of(run)
    if verdict is None:
        return RunEnding("Unfinished", "The run has not decided about its model.")
    return RunEnding(verdict.title, verdict.sentence)


def with_link(sentence: str, run: Run, site: ReportSite) -> str:
    """Append the address of the reports to a sentence; without reports, that of the run's page.

    A space ends the text: the orchestrator logs it in quotes, and one of its pages would take the
    closing quote into the link.
    """
    name, address = _front_door(run, site)
    return f"{sentence} {name}: {address} "


def linked_sentence(sentence: str, run: Run, site: ReportSite) -> str:
    """Write a link, then the sentence, as one line of Markdown; a narrow card cuts off its end."""
    name, address = _front_door(run, site)
    return f"[Open the {name.lower()}]({address}): {plain(sentence)}"


def _front_door(run: Run, site: ReportSite) -> tuple[str, str]:
    """Return what a reader opens first, and its address."""
    if (run.path / "reports" / INDEX).is_file():
        return "Report", site.index(run)
    return "Run", site.run(run)


def _failed_reports(failed: Sequence[NotebookOutcome]) -> str:
    names = ", ".join(outcome.template for outcome in failed)
    places = "its page shows" if len(failed) == 1 else "their pages show"
    return (
        f"{counted(len(failed), 'report')} failed: {names}; {places} the cell and the error. "
        "The model was left as it is. Correct the cause and retry the run."
    )
