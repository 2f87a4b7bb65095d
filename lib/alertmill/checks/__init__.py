"""Coded checks: what a reviewer would ask of a finished run, asked of every one.

One check a module and a class, each with a code that never changes its meaning. They read the run
folder and write nothing; `check_run` does them all.
"""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.checks.all import CHECKS, check_codes, check_run
    from alertmill.checks.best_at_edge import BestAtEdge
    from alertmill.checks.calibration import Calibration
    from alertmill.checks.champion import NoWorseThanChampion
    from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed, tip
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

__all__ = [
    "CHECKS",
    "BestAtEdge",
    "BetterThanLogistic",
    "BetterThanRule",
    "Calibration",
    "Check",
    "IntervalWidth",
    "LeakScreen",
    "NewAddresses",
    "NoWorseThanChampion",
    "Overfitting",
    "ReviewBudget",
    "ScoringPath",
    "SteadyAcrossSeeds",
    "Support",
    "TiedScores",
    "TuningGain",
    "ValidationToTestDrift",
    "Verdict",
    "WeakSegments",
    "YoungLabels",
    "check_codes",
    "check_run",
    "issue",
    "not_applicable",
    "passed",
    "tip",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
