"""What a check is, and what it may say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from alertmill.evaluation.check_results import CheckResult, CheckState, Evidence

if TYPE_CHECKING:
    from alertmill.runs import Run


@dataclass(frozen=True)
class Verdict:
    """What a check found in a run."""

    state: CheckState
    told: str
    evidence: pl.DataFrame | None = None


def issue(told: str, evidence: pl.DataFrame | None = None) -> Verdict:
    """Return the result that something is wrong."""
    return Verdict(CheckState.ISSUE, told, evidence)


def tip(told: str, evidence: pl.DataFrame | None = None) -> Verdict:
    """Return what somebody should know."""
    return Verdict(CheckState.TIP, told, evidence)


def passed(told: str, evidence: pl.DataFrame | None = None) -> Verdict:
    """Return the result that all is well, and what shows it."""
    return Verdict(CheckState.PASSED, told, evidence)


def not_applicable(because: str) -> Verdict:
    """Return why the question does not arise in this run."""
    return Verdict(CheckState.NOT_APPLICABLE, because)


class Check(ABC):
    """One question to a run that has been evaluated."""

    code: ClassVar[str]
    """``AM`` and three digits; a code is never given to another question."""
    title: ClassVar[str]
    looks_at: ClassVar[str]
    advice: ClassVar[str]
    """What to do about an issue or a tip."""
    is_blocking: ClassVar[bool] = False
    """True if an issue keeps the model from being promoted by itself."""

    @abstractmethod
    def look(self, run: Run) -> Verdict:
        """Look at a run.

        Raises
        ------
        UnfinishedRunError
            If a stage that the check reads has not finished.
        """

    def result(self, run: Run, *, muted_because: str = "") -> CheckResult:
        """Look at a run, and say it with the code."""
        verdict = self.look(run)
        asks_for_action = verdict.state in (CheckState.ISSUE, CheckState.TIP)
        evidence = Evidence() if verdict.evidence is None else Evidence.of(verdict.evidence)
        return CheckResult(
            code=self.code,
            title=self.title,
            looks_at=self.looks_at,
            is_blocking=self.is_blocking,
            state=verdict.state,
            told=verdict.told,
            advice=self.advice if asks_for_action else "",
            evidence=evidence,
            muted_because=muted_because if asks_for_action else "",
        )
