"""What the leak screen says: checks, what they found, and what was overruled."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field

from alertmill.frozen_model import FrozenModel


class CheckName(StrEnum):
    """The checks, in the order in which they are done."""

    NAMES = "label_derived_names"
    SINGLE_FEATURE = "single_feature_auc"
    ONE_CLASS = "only_for_one_class"
    FUTURE = "future_deletion"
    LABELS = "label_deletion"
    PERMUTED = "permuted_labels"

    @property
    def question(self) -> str:
        """What the check asks, for a reader of the report."""
        return _QUESTIONS[self]


_QUESTIONS = {
    CheckName.NAMES: "Is a feature named after labels, or declared to read them?",
    CheckName.SINGLE_FEATURE: "Does one feature alone tell the classes apart?",
    CheckName.ONE_CLASS: "Does a value exist for one class, or for labelled alerts, only?",
    CheckName.FUTURE: "Does a feature change when everything after its day is deleted?",
    CheckName.LABELS: "Does a feature change when all labels are deleted?",
    CheckName.PERMUTED: "Can labels be predicted that were dealt out at random?",
}


class State(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    OVERRULED = "overruled"
    """All that it found was overruled by name."""
    NOT_DONE = "not done"


class _Part(FrozenModel):
    model_config = ConfigDict(allow_inf_nan=False)


class Finding(_Part):
    """One reason to believe that the model would know what it must not know."""

    check: CheckName
    feature: str | None = Field(description="None where it is about the rows as a whole.")
    reason: str = Field(description="What is wrong, in words.")
    evidence: str = Field(description="What was measured, in words.")
    value: float | None = Field(None, description="What was measured, where it is a number.")
    limit: float | None = Field(None, description="What the number may be at most.")

    @property
    def name(self) -> str:
        """By which it is overruled: the feature, else the check."""
        return self.feature or self.check.value

    def __str__(self) -> str:
        """Return the finding as one line of a message."""
        return f"{self.name}: {self.reason} ({self.evidence})"


class CheckResult(_Part):
    """What one check looked at and found."""

    check: CheckName
    findings: tuple[Finding, ...] = ()
    scope: str = Field(description="How much was looked at, and what was not.")
    is_done: bool = True


class LeakReport(_Part):
    """Everything the screen of a run looked at and found."""

    checks: tuple[CheckResult, ...]
    overruled: dict[str, str] = Field(description="Why findings of that name did not stop the run.")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, overruled or not."""
        return tuple(finding for result in self.checks for finding in result.findings)

    @property
    def standing(self) -> tuple[Finding, ...]:
        """What was found and not overruled: it stops the run."""
        return tuple(f for f in self.findings if f.name not in self.overruled)

    def state_of(self, result: CheckResult) -> State:
        """Return how a check of this report ended."""
        if not result.is_done:
            return State.NOT_DONE
        if not result.findings:
            return State.PASSED
        standing = [f for f in result.findings if f.name not in self.overruled]
        return State.FAILED if standing else State.OVERRULED
