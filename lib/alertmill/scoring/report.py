"""What became of the days that were to be scored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from alertmill.wording import counted


class DayState(StrEnum):
    """What became of a day."""

    NEW = "scored"
    REPLACED = "scored again"
    UNCHANGED = "scored before"
    WITHOUT_ALERTS = "without alerts"


@dataclass(frozen=True)
class ScoredDay:
    """What became of one day."""

    day: date
    state: DayState
    n_scored: int = 0
    """Alerts, or clusters."""
    n_in_queue: int = 0
    n_sampled: int = 0
    n_new_addresses: int = 0
    """Scored rows whose address was not scored in the days that were looked back on."""
    n_refused_values: int = 0
    """Values of features that no such feature can have; they count as missing."""
    unknown: str = ""
    """Categories that the model does not know, in words; empty if there are none."""


@dataclass(frozen=True)
class ScoringReport:
    """What became of the days of a range."""

    model_id: str
    first: date
    last: date
    days: tuple[ScoredDay, ...] = ()
    run_dir: Path | None = None
    """Folder of the scoring run; None if nothing was kept to report on."""

    @property
    def scored(self) -> tuple[ScoredDay, ...]:
        """The days that were scored now."""
        now = (DayState.NEW, DayState.REPLACED)
        return tuple(day for day in self.days if day.state in now)

    @property
    def n_scored(self) -> int:
        """Alerts, or clusters, that were scored now."""
        return sum(day.n_scored for day in self.scored)

    @property
    def summary(self) -> str:
        """What was done, in a sentence, and what the model did not know."""
        span = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        if not self.days:
            return f"No snapshot of {span} is in the database: nothing to score."
        if not self.scored:
            return f"Nothing to score: no day of {span} is new or changed."
        n_days = len(self.scored)
        when = f"of {self.scored[0].day}" if n_days == 1 else f"of {n_days} days"
        n_queued = sum(day.n_in_queue for day in self.scored)
        n_sampled = sum(day.n_sampled for day in self.scored)
        unknown = "".join(f" {day.day}: {day.unknown}." for day in self.scored if day.unknown)
        return (
            f"{counted(self.n_scored, 'score')} {when} by "
            f"{self.model_id}: {n_queued:,} in the review queue, {n_sampled:,} sampled below "
            f"it.{unknown}"
        )


def table_of_days(report: ScoringReport) -> list[dict[str, str]]:
    """Return what became of every day as rows of text, for people."""
    return [
        {
            "day": str(day.day),
            "state": day.state.value,
            "scores": f"{day.n_scored:,}",
            "in the queue": f"{day.n_in_queue:,}",
            "sampled below it": f"{day.n_sampled:,}",
            "first time scored": f"{day.n_new_addresses:,}",
            "refused values": f"{day.n_refused_values:,}",
        }
        for day in report.days
    ]
