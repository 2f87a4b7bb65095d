"""The steps between a score and its source files, and how each was verified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StepState(StrEnum):
    """Whether a step was verified."""

    VERIFIED = "verified"
    UNVERIFIED = "not verified"
    """What it would be compared with is not here."""
    DIFFERS = "differs"


@dataclass(frozen=True)
class LineageStep:
    """One thing that a score was made of."""

    name: str
    """Score, model, run, report, features, extract, batch or source."""
    text: str
    """Which one, for people."""
    state: StepState
    evidence: str
    """What was compared, or why nothing could be."""
    sha256: str = ""
    """Digest of the file; empty of what is no file."""

    @property
    def sentence(self) -> str:
        """The step in one line."""
        digest = f"; sha256 {self.sha256}" if self.sha256 else ""
        return f"{self.name}: {self.text}{digest} [{self.state.value}: {self.evidence}]"


@dataclass(frozen=True)
class Lineage:
    """The way of a score, from the score to its source files."""

    alert_id: str
    steps: tuple[LineageStep, ...]

    @property
    def is_sound(self) -> bool:
        """True if no step differs from what it should be."""
        return all(step.state is not StepState.DIFFERS for step in self.steps)


def checked(name: str, text: str, *, fault: str, evidence: str, sha256: str = "") -> LineageStep:
    """Return a step that was compared: verified by the evidence, or differing by the fault."""
    state = StepState.DIFFERS if fault else StepState.VERIFIED
    return LineageStep(name, text, state, fault or evidence, sha256)


def unchecked(name: str, text: str, reason: str, *, sha256: str = "") -> LineageStep:
    """Return a step that could not be compared with anything."""
    return LineageStep(name, text, StepState.UNVERIFIED, reason, sha256)
