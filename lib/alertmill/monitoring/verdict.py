"""All questions, and the verdict that follows from their answers."""

from __future__ import annotations

from enum import StrEnum

import polars as pl
from pydantic import Field

from alertmill.evaluation.check_results import CheckResult, CheckState
from alertmill.frozen_model import FrozenModel
from alertmill.monitoring.of_features import (
    ColumnBroke,
    FeaturesMoved,
    MissingValues,
    UnknownCategories,
)
from alertmill.monitoring.of_outcomes import (
    CalibrationKept,
    LabelsArrive,
    QueueKept,
    RankingKept,
)
from alertmill.monitoring.of_scores import ScoresMoved, ToldApart
from alertmill.monitoring.of_volume import Volume
from alertmill.monitoring.question import MonitoringQuestion
from alertmill.monitoring.watched import Watched
from alertmill.wording import counted

QUESTIONS: tuple[MonitoringQuestion, ...] = (
    FeaturesMoved(),
    ScoresMoved(),
    ColumnBroke(),
    MissingValues(),
    UnknownCategories(),
    ToldApart(),
    Volume(),
    RankingKept(),
    CalibrationKept(),
    QueueKept(),
    LabelsArrive(),
)
"""Every question, in the order of the codes."""


class MonitoringVerdict(StrEnum):
    """What is to be done about a model."""

    FINE = "fine"
    """Nothing."""
    WATCH = "watch"
    """Somebody should look: something moved, or the data are broken."""
    RETRAIN = "retrain"
    """The model should be trained again; the data look sound."""


class MonitoringReport(FrozenModel):
    """What all questions said of a model, and the verdict."""

    verdict: MonitoringVerdict
    codes: tuple[str, ...] = Field(description="Of the answers that the verdict rests on.")
    reasons: tuple[str, ...] = Field(description="One sentence for each of them.")
    results: tuple[CheckResult, ...]

    @property
    def sentence(self) -> str:
        """The verdict with its reasons, for a reader."""
        n_asked = sum(r.state is not CheckState.NOT_APPLICABLE for r in self.results)
        if not self.codes:
            return f"Fine: {counted(n_asked, 'question')} found nothing."
        return f"{self.verdict.value.capitalize()}: {'; '.join(self.reasons)}."

    @property
    def table(self) -> pl.DataFrame:
        """One row per question: code, question, state, found, what to do; the gravest first."""
        order = list(CheckState)
        rows = [
            (r.code, r.title, r.state.value, r.told, r.advice)
            for r in sorted(self.results, key=lambda r: (order.index(r.state), r.code))
        ]
        columns = ("code", "question", "state", "found", "what to do")
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")

    def of_code(self, code: str) -> CheckResult | None:
        """Return the answer of one question; None if it was not asked."""
        return next((result for result in self.results if result.code == code), None)


def judge(watched: Watched) -> MonitoringReport:
    """Ask every question, and say what is to be done.

    An issue asks for a training, unless an issue about the data stands: then somebody has to mend
    them first, and the verdict is to watch. A tip asks to watch.
    """
    return verdict_of(tuple(question.answer(watched) for question in QUESTIONS))


def verdict_of(results: tuple[CheckResult, ...]) -> MonitoringReport:
    """Return the verdict on some answers, and the answers that it rests on."""
    about_data = {question.code for question in QUESTIONS if question.is_about_data}
    issues = [r for r in results if r.state is CheckState.ISSUE]
    faults = [r for r in issues if r.code in about_data]
    tips = [r for r in results if r.state is CheckState.TIP]
    verdict = MonitoringVerdict.FINE
    if faults or tips:
        verdict = MonitoringVerdict.WATCH
    if issues and not faults:
        verdict = MonitoringVerdict.RETRAIN
    told = [*faults, *(r for r in issues if r not in faults), *tips]
    return MonitoringReport(
        verdict=verdict,
        codes=tuple(r.code for r in told),
        reasons=tuple(f"{r.code} {r.title}: {r.told}" for r in told),
        results=results,
    )
