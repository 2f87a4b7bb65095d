"""What is asked of a watched model, and what an answer may ask for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from alertmill.checks.check import Verdict
from alertmill.evaluation.check_results import CheckResult, CheckState, Evidence
from alertmill.monitoring.watched import Watched


class MonitoringQuestion(ABC):
    """One question to a watched model; it ends as the coded checks do.

    An issue asks for a training, a tip for somebody to watch. An issue of a question about the data
    asks to mend them: a model that is trained on broken data is worse than an old one.
    """

    code: ClassVar[str]
    """``AM1`` and two digits; a code is never given to another question."""
    title: ClassVar[str]
    looks_at: ClassVar[str]
    advice: ClassVar[str]
    """What to do about an issue or a tip."""
    is_about_data: ClassVar[bool] = False
    """Whether an issue is a fault of the data, which a training would learn."""

    @abstractmethod
    def ask(self, watched: Watched) -> Verdict:
        """Answer from what is watched."""

    def answer(self, watched: Watched) -> CheckResult:
        """Answer, and say it with the code."""
        verdict = self.ask(watched)
        asks = verdict.state in (CheckState.ISSUE, CheckState.TIP)
        evidence = Evidence() if verdict.evidence is None else Evidence.of(verdict.evidence)
        return CheckResult(
            code=self.code,
            title=self.title,
            looks_at=self.looks_at,
            is_blocking=False,
            state=verdict.state,
            told=verdict.told,
            advice=self.advice if asks else "",
            evidence=evidence,
        )
