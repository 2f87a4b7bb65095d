"""Watch a model between two trainings: what it reads, what it says, and what became of it.

`observe` gathers what is watched into a folder, `judge` asks every question about it and reaches a
verdict. Each question has a code that never changes its meaning, as the coded checks have.
"""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.monitoring.question import MonitoringQuestion
    from alertmill.monitoring.verdict import QUESTIONS, MonitoringReport, MonitoringVerdict, judge
    from alertmill.monitoring.watched import Watched

__all__ = [
    "QUESTIONS",
    "MonitoringQuestion",
    "MonitoringReport",
    "MonitoringVerdict",
    "Watched",
    "judge",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
