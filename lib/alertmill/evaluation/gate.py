"""The promotion gate: whether the numbers of a run allow its model to become the champion.

It judges what the run has measured, and measures nothing itself. What cannot be told is not passed:
a person may promote the model all the same, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from alertmill.evaluation.repeats import FIRST_OR_CHANGED
from alertmill.evaluation.reports import (
    ALL_SEGMENTS,
    Comparison,
    Evaluation,
    MetricValue,
    PairedDifference,
)

GATE_METRIC = "average_precision"
LARGEST_BIAS = 0.05
"""How far the mean probability may lie from the share of true alerts."""
_CHANCE = 0.5


class Condition(BaseModel):
    """One thing that must hold, and what was measured of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    question: str
    holds: bool
    evidence: str


class Gate(BaseModel):
    """All conditions of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    champion_id: str | None = Field(description="Whom the model was judged against.")
    conditions: tuple[Condition, ...]

    @property
    def is_open(self) -> bool:
        """Whether every condition holds."""
        return all(condition.holds for condition in self.conditions)

    @property
    def reason(self) -> str:
        """What speaks against the model, or that nothing does."""
        failed = [f"{c.name}: {c.evidence}" for c in self.conditions if not c.holds]
        return "; ".join(failed) or f"all {len(self.conditions)} conditions hold"


def judge(
    evaluation: Evaluation,
    comparison: Comparison,
    *,
    champion_id: str | None,
    champion_unmet: str,
    margin: float,
) -> Gate:
    """Judge this run's model.

    Parameters
    ----------
    evaluation, comparison
        Of the run.
    champion_id : str or None
        The champion when the run began.
    champion_unmet : str
        Why the champion was not scored beside the model; empty when it was.
    margin : float
        How much average precision on new addresses the model may lose against the champion, at the
        lower end of the interval of the difference (a test of non-inferiority).
    """
    return Gate(
        champion_id=champion_id,
        conditions=(
            _better_than_the_rule(comparison),
            _no_worse_than_the_champion(comparison, champion_id, champion_unmet, margin),
            _knows_new_addresses(evaluation),
            _calibrated(evaluation),
            _no_segment_below_chance(evaluation),
        ),
    )


def _better_than_the_rule(comparison: Comparison) -> Condition:
    found = _difference(comparison.differences, "rule", "test_all")
    return Condition(
        name="better than the rule",
        question="Does it rank better than severity and volume do, on all test addresses?",
        holds=found is not None and found.ci_low is not None and found.ci_low > 0,
        evidence=_told(found),
    )


def _no_worse_than_the_champion(
    comparison: Comparison, champion_id: str | None, unmet: str, margin: float
) -> Condition:
    question = f"On new addresses, does it lose no more than {margin:g} against the champion?"
    name = "no worse than the champion"
    if champion_id is None:
        evidence = "there is no champion yet"
        return Condition(name=name, question=question, holds=True, evidence=evidence)
    if unmet:
        evidence = f"{champion_id} was not met: {unmet}"
        return Condition(name=name, question=question, holds=False, evidence=evidence)
    found = _difference(comparison.differences, "champion", "test_new")
    holds = found is not None and found.ci_low is not None and found.ci_low >= -margin
    return Condition(name=name, question=question, holds=holds, evidence=_told(found))


def _knows_new_addresses(evaluation: Evaluation) -> Condition:
    area = evaluation.get("model", "roc_auc", split="test_new")
    return Condition(
        name="better than chance on new addresses",
        question="Does it rank alerts of addresses that it has never seen?",
        holds=area.ci_low is not None and area.ci_low > _CHANCE,
        evidence=f"ROC AUC {area.text}",
    )


def _calibrated(evaluation: Evaluation) -> Condition:
    bias = evaluation.get("model", "calibration_bias")
    holds = (
        bias.ci_low is not None
        and bias.ci_high is not None
        and bias.ci_low <= LARGEST_BIAS
        and bias.ci_high >= -LARGEST_BIAS
    )
    return Condition(
        name="calibrated",
        question=f"Can its mean probability be within {LARGEST_BIAS:g} of the true share?",
        holds=holds,
        evidence=f"mean probability minus share {bias.text}",
    )


def _no_segment_below_chance(evaluation: Evaluation) -> Condition:
    areas = [
        entry
        for entry in evaluation.metrics
        if entry.model == "model"
        and entry.metric == "roc_auc"
        and entry.segment not in (ALL_SEGMENTS, FIRST_OR_CHANGED)
        and entry.ci_high is not None
    ]
    weak = [entry for entry in areas if _is_below_chance(entry)]
    told = ", ".join(f"{entry.segment} {entry.text}" for entry in weak)
    return Condition(
        name="no segment below chance",
        question="Is there no segment in which it ranks worse than a coin?",
        holds=not weak,
        evidence=told or f"none of {len(areas)} segments that could be measured",
    )


def _is_below_chance(entry: MetricValue) -> bool:
    return entry.ci_high is not None and entry.ci_high < _CHANCE


def _difference(
    differences: Iterable[PairedDifference], rival: str, split: str
) -> PairedDifference | None:
    for entry in differences:
        if (entry.rival, entry.split, entry.metric) == (rival, split, GATE_METRIC):
            return entry
    return None


def _told(found: PairedDifference | None) -> str:
    if found is None:
        return "it was not compared"
    if found.difference is None or found.ci_low is None or found.ci_high is None:
        return f"the difference cannot be told: {found.note}"
    return (
        f"difference in average precision {found.difference:+.3f} "
        f"({found.ci_low:+.3f} to {found.ci_high:+.3f})"
    )
