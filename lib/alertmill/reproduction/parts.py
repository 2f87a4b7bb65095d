"""The parts of a run that are compared: which files belong to each, and how close they must be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from alertmill.reproduction.differences import FileDifference
from alertmill.runs import Stage
from alertmill.wording import counted

_MOST_NAMED = 2
_FEATURE_TOLERANCE = 1e-9
_LATER_TOLERANCE = 1e-6
"""After a search and a fit, rounding has gone through many more sums."""


@dataclass(frozen=True)
class RunPart:
    """Some files of a stage, compared as one."""

    name: str
    stage: Stage
    files: tuple[str, ...] = ()
    """Names; none stands for every file of the stage that no other part has."""
    tolerance: float = 0.0
    """Relative difference of numbers that another processor or library may cause."""


SPLIT_FILES = ("features/targets.parquet", "features/units.parquet")
PARTS = (
    RunPart("extract", Stage.EXTRACT),
    RunPart("labels and split", Stage.FEATURES, SPLIT_FILES),
    RunPart("features", Stage.FEATURES, tolerance=_FEATURE_TOLERANCE),
    RunPart("leak screen", Stage.SCREEN, tolerance=_LATER_TOLERANCE),
    RunPart("search", Stage.TUNE, tolerance=_LATER_TOLERANCE),
    RunPart("model", Stage.TRAIN, tolerance=_LATER_TOLERANCE),
    RunPart("metrics", Stage.EVALUATE, tolerance=_LATER_TOLERANCE),
    RunPart("checks", Stage.CHECK, tolerance=_LATER_TOLERANCE),
    RunPart("decision", Stage.DECIDE, tolerance=_LATER_TOLERANCE),
)


class PartState(StrEnum):
    """How a part stands against the run."""

    EQUAL = "equal"
    CLOSE = "equal within the tolerance"
    """Only numbers differ, by no more than another processor or library may cause."""
    DIFFERS = "differs"
    FAILED = "failed"
    """It could not be made again."""
    KEPT = "not made again"
    """It was taken from the run, or left out, for a reason that is given."""


@dataclass(frozen=True)
class ComparedPart:
    """A part that was made again, compared with the run."""

    name: str
    state: PartState
    n_compared: int = 0
    """Files, or outputs of notebooks."""
    differences: tuple[FileDifference, ...] = ()
    tolerance: float = 0.0
    reason: str = ""
    """Why it failed, or was not made again."""
    unit: str = "file"

    @property
    def is_equal(self) -> bool:
        """True unless it differs or failed."""
        return self.state not in (PartState.DIFFERS, PartState.FAILED)

    @property
    def sentence(self) -> str:
        """The part in one line."""
        if self.reason:
            return f"{self.name}: {self.state.value}: {self.reason}"
        if self.state is PartState.EQUAL:
            return f"{self.name}: equal, {counted(self.n_compared, self.unit)}"
        named = [f"{found.path}: {found.text}" for found in self.differences[:_MOST_NAMED]]
        n_more = len(self.differences) - len(named)
        more = [f"and {n_more:,} more"] if n_more else []
        within = f" ({self.tolerance:.0e})" if self.state is PartState.CLOSE else ""
        return f"{self.name}: {self.state.value}{within}: {'; '.join([*named, *more])}"


def judged(
    part: RunPart, differences: Iterable[FileDifference], *, n_compared: int, may_round: bool
) -> ComparedPart:
    """Judge the differences of a part.

    Parameters
    ----------
    part : RunPart
        What was compared.
    differences : iterable of FileDifference
        What was found.
    n_compared : int
        Files that were compared.
    may_round : bool
        Whether processor or libraries are others than those of the run, so that the last bits of
        numbers may differ.
    """
    found = tuple(differences)
    state = PartState.DIFFERS if found else PartState.EQUAL
    if found and may_round and all(_is_close(one, part.tolerance) for one in found):
        state = PartState.CLOSE
    return ComparedPart(part.name, state, n_compared, found, part.tolerance)


def _is_close(difference: FileDifference, tolerance: float) -> bool:
    return difference.relative is not None and difference.relative <= tolerance
