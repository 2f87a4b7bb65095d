"""What the coded checks said, as the first page of a run shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alertmill.evaluation.check_results import CheckReport, CheckResult, CheckState, Evidence
from alertmill.plotting.tables import format_value
from alertmill.wording import counted

_ROWS = 30
_MARKS = {CheckState.ISSUE: "bad", CheckState.TIP: "tip", CheckState.PASSED: "good"}


@dataclass(frozen=True)
class CheckRow:
    """One check, with what it has seen as text."""

    result: CheckResult
    mark: str
    """Class of its state in the style sheet; none for what does not apply or is muted."""
    heads: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    n_more: int
    """Rows of evidence that the page leaves out; the file holds all."""


def check_rows(checks: CheckReport) -> list[CheckRow]:
    """Return all checks, those that need a person first, muted ones behind the others."""
    return [_row(result) for state in CheckState for result in checks.of_state(state)]


def attention_sentence(rows: Sequence[CheckRow]) -> str:
    """Return how many of the checks ask for a person."""
    n_issues, n_tips = (sum(row.mark == mark for row in rows) for mark in ("bad", "tip"))
    return (
        f"{counted(n_issues, 'issue')} and {counted(n_tips, 'tip')} from "
        f"{counted(len(rows), 'coded check')}."
    )


def rest_sentence(rows: Sequence[CheckRow]) -> str:
    """Return how many of the checks ask for nobody."""
    n = sum(row.mark not in ("bad", "tip") for row in rows)
    return (
        f"{counted(n, 'check')} that passed, did not apply or {'was' if n == 1 else 'were'} muted"
    )


def _row(result: CheckResult) -> CheckRow:
    evidence = result.evidence
    return CheckRow(
        result,
        "" if result.muted_because else _MARKS.get(result.state, ""),
        tuple(name.replace("_", " ") for name in evidence.columns),
        _cells(evidence),
        max(len(evidence.rows) - _ROWS, 0),
    )


def _cells(evidence: Evidence) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(format_value(value, name) for value, name in zip(row, evidence.columns, strict=True))
        for row in evidence.rows[:_ROWS]
    )
