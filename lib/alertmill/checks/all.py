"""All checks, in the order of their codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from alertmill.checks.best_at_edge import BestAtEdge
from alertmill.checks.calibration import Calibration
from alertmill.checks.champion import NoWorseThanChampion
from alertmill.checks.check import Check
from alertmill.checks.drift import ValidationToTestDrift
from alertmill.checks.interval_width import IntervalWidth
from alertmill.checks.leak_screen import LeakScreen
from alertmill.checks.logistic import BetterThanLogistic
from alertmill.checks.new_addresses import NewAddresses
from alertmill.checks.overfitting import Overfitting
from alertmill.checks.review_budget import ReviewBudget
from alertmill.checks.rule import BetterThanRule
from alertmill.checks.scoring_path import ScoringPath
from alertmill.checks.seeds import SteadyAcrossSeeds
from alertmill.checks.segments import WeakSegments
from alertmill.checks.support import Support
from alertmill.checks.tied_scores import TiedScores
from alertmill.checks.tuning_gain import TuningGain
from alertmill.checks.young_labels import YoungLabels
from alertmill.errors import UnknownNameError
from alertmill.evaluation.check_results import CheckReport
from alertmill.vocabulary import CheckCode

if TYPE_CHECKING:
    from alertmill.runs import Run

CHECKS: tuple[Check, ...] = (
    LeakScreen(),
    BetterThanRule(),
    BetterThanLogistic(),
    NoWorseThanChampion(),
    NewAddresses(),
    Calibration(),
    WeakSegments(),
    TuningGain(),
    BestAtEdge(),
    Overfitting(),
    IntervalWidth(),
    Support(),
    SteadyAcrossSeeds(),
    ValidationToTestDrift(),
    YoungLabels(),
    ScoringPath(),
    TiedScores(),
    ReviewBudget(),
)
"""Every coded check, in the order of the reports."""


def check_codes(muted: Iterable[str]) -> None:
    """Refuse to mute a check that does not exist.

    Raises
    ------
    UnknownNameError
        If a code is none of a check; the message lists all.
    """
    known = [check.code for check in CHECKS]
    for code in muted:
        if code not in known:
            raise UnknownNameError.of("check", code, known)


def check_run(run: Run) -> CheckReport:
    """Apply every check to an evaluated run.

    Raises
    ------
    UnknownNameError
        If the parameters mute a check that does not exist.
    UnfinishedRunError
        If a stage up to the evaluation has not finished.
    """
    muted = run.parameters.checks.muted
    check_codes(muted)
    return CheckReport(
        champion_id=run.champion.model_id,
        results=tuple(
            c.result(run, muted_because=muted.get(CheckCode(c.code), "")) for c in CHECKS
        ),
    )
