"""How a run ended, in a word and a sentence, as the orchestrator shows it without a click."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alertmill import errors
from alertmill.promotions import verdict_of
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.failure import load_failure
from alertmill.reporting.index import INDEX
from alertmill.reporting.markdown import plain
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes
from alertmill.runs import Run
from alertmill.wording import counted

_KIND = re.compile(r"\w+(?=:| \(|$)")
"""Class of an error, before its words."""
_OF_KERNELS = ("CellTimeoutError", "DeadKernelError", "MemoryError", "UndeclaredParameter")


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
    places = "its page shows" if len(failed) == 1 else "their pages show"
    named = [_place_and_reason(failed[0], in_full=True)]
    named += [_place_and_reason(outcome, in_full=False) for outcome in failed[1:]]
    return (
        f"{counted(len(failed), 'report')} failed: {', '.join(named)}; {places} the error. The "
        "others are published, and the model was left as it is. Correct the cause and retry the "
        "run."
    )


def _place_and_reason(outcome: NotebookOutcome, *, in_full: bool) -> str:
    """Return which report failed, in which cell, and by what.

    The words of an error are left out unless they are ours or a kernel's: others may quote rows.
    """
    named = _KIND.match(outcome.summary)
    kind = named[0] if named else outcome.summary
    is_ours = kind in _OF_KERNELS or hasattr(errors, kind)
    reason = outcome.summary if in_full and is_ours else kind
    cell = f" in the cell {outcome.failed_cell}" if outcome.failed_cell else ""
    return f"{outcome.template}{cell} ({reason})"
