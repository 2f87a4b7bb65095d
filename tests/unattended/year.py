"""Let an installation work through days that its schedules name, while things go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Event

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from tests.unattended.calendar import Calendar, Mishap, Victim
from tests.unattended.deliveries import META, Upstream
from tests.unattended.installation import Installation
from tests.unattended.orchestrator import TERMINAL, FlowRun

N_BEFORE = 31
"""Days that are in the database when somebody switches the schedules on."""
INGESTION, TRAINING = "ingestion/ingestion", "training/training"
WINDOW_DAYS, N_TRAINED_DAYS = 3, 30
TRAINING_PARAMETERS: Mapping[str, object] = {
    "n_days": N_TRAINED_DAYS,
    "window_days": WINDOW_DAYS,
    "split": {"validation_days": 5, "test_days": 5},
    "tuning": {"n_trials": 1, "n_random_trials": 0, "grid_points": 0, "n_noise_seeds": 0},
    "computing": {"n_bootstrap": 50},
}
"""Of every training: as little work as a run may have."""
_POLL_SECONDS = 0.25
_BEGIN_SECONDS, _END_SECONDS = 240, 480


@dataclass
class Outcome:
    """What the simulated time left behind."""

    ingestions: dict[date, FlowRun] = field(default_factory=dict)
    trainings: dict[date, FlowRun] = field(default_factory=dict)
    killed: list[tuple[date, Victim, int]] = field(default_factory=list)
    """Day, victim, and the number of processes hit."""


@dataclass(frozen=True)
class Life:
    """Some days of an installation, and what was planned to go wrong in them."""

    unattended: Unattended
    days: list[date]
    outcome: Outcome
    n_runs: int
    """Flow runs of the server when the days were over."""

    @property
    def calendar(self) -> Calendar:
        """What went wrong."""
        return self.unattended.calendar

    def train_by_hand(self, *, end_date: date, **changed: object) -> FlowRun:
        """Trigger a training as a person does, with changed parameters; wait for its end."""
        fixed = {**self.unattended.training, **changed, "end_date": end_date.isoformat()}
        return self.unattended.run(TRAINING, datetime.now(UTC), fixed)


def live(
    installation: Installation, upstream: Upstream, place: Path, *, n_days: int, seed: int
) -> Life:
    """Start the installation and let it live for some days after those that are loaded.

    The schedules are switched off: the server's own clock has no say, and each run is made for a
    time that its schedule names.
    """
    first = upstream.parameters.first_snapshot + timedelta(days=N_BEFORE)
    days = [first + timedelta(days=number) for number in range(n_days)]
    n_trainings = sum(day.weekday() == 0 for day in days)
    calendar = Calendar.drawn(days, n_trainings=n_trainings, mishap_share=0.08, seed=seed)
    up = installation.alertmill("up", "--detach")
    assert up.returncode == 0, up.stdout[-3000:]
    for name in (INGESTION, TRAINING):
        installation.orchestrator.switch_off(name)
    ingestion = {"url": str(place), "expect_by": "05:00", "settle_minutes": 0}
    unattended = Unattended(installation, upstream, calendar, place, TRAINING_PARAMETERS, ingestion)
    outcome = unattended.live(days[0], days[-1])
    return Life(unattended, days, outcome, len(installation.orchestrator.runs()))


@dataclass(frozen=True)
class Unattended:
    """Days of an installation that nobody looks after."""

    installation: Installation
    upstream: Upstream
    calendar: Calendar
    place: Path
    """Where deliveries arrive."""
    training: Mapping[str, object]
    """Parameters of every training, without dates."""
    ingestion: Mapping[str, object]

    def live(self, first: date, last: date) -> Outcome:
        """Work through the days from first to last, both inclusive."""
        outcome = Outcome()
        for name, at in self._agenda(first, last):
            day = at.date()
            if name == INGESTION:
                self._deliver(day)
                victim = self.calendar.killed_ingestions.get(day)
                plan = None if victim is None else (victim, 1.0)
                outcome.ingestions[day] = self.run(name, at, self.ingestion, plan, outcome)
            else:
                plan = self.calendar.killed_trainings.get(len(outcome.trainings))
                outcome.trainings[day] = self.run(name, at, self.training, plan, outcome)
        return outcome

    def _agenda(self, first: date, last: date) -> list[tuple[str, datetime]]:
        """Return what the deployments' own schedules name, in the order of time."""
        start = datetime.combine(first, time(), UTC)
        end = datetime.combine(last + timedelta(days=1), time(), UTC)
        orchestrator = self.installation.orchestrator
        named = [
            (name, at)
            for name in (INGESTION, TRAINING)
            for at in orchestrator.dates(name, start=start, end=end)
        ]
        return sorted(named, key=lambda one: one[1])

    def _deliver(self, day: date) -> None:
        mishaps, yesterday = self.calendar.mishaps, day - timedelta(days=1)
        if mishaps.get(yesterday) in (Mishap.LATE, Mishap.REPEATED, Mishap.BROKEN):
            self.upstream.deliver(yesterday, self.place)
        mishap = mishaps.get(day)
        if mishap in (None, Mishap.REPEATED):
            self.upstream.deliver(day, self.place)
        if mishap is Mishap.BROKEN:
            folder = self.upstream.deliver(day, self.place)
            path = folder / "transfers.parquet"
            path.write_bytes(path.read_bytes()[:-1])
            assert (folder / META).is_file()

    def run(
        self,
        name: str,
        at: datetime,
        parameters: Mapping[str, object],
        plan: tuple[Victim, float] | None = None,
        outcome: Outcome | None = None,
    ) -> FlowRun:
        """Make the run of a deployment for a time, kill what the plan says, and wait for its end.

        A crashed run is no end: it is retried once by itself.
        """
        created = self.installation.orchestrator.create(name, at, dict(parameters))
        if plan is not None and outcome is not None:
            victim, seconds = plan
            self._wait(created.id, ("RUNNING", *TERMINAL), _BEGIN_SECONDS)
            Event().wait(seconds)  # when the plug is pulled is part of the experiment
            outcome.killed.append((at.date(), victim, self.installation.kill(victim, created.id)))
            if victim is Victim.ALL:
                up = self.installation.alertmill("up", "--detach")
                assert up.returncode == 0, up.stdout[-3000:]
        return self._wait(created.id, ("COMPLETED", "FAILED", "CANCELLED"), _END_SECONDS)

    def _wait(self, run_id: str, states: tuple[str, ...], seconds: float) -> FlowRun:
        run = self.installation.orchestrator.run
        waiting = Retrying(
            stop=stop_after_delay(seconds),
            wait=wait_fixed(_POLL_SECONDS),
            retry=retry_if_result(lambda found: found.state_type not in states),
        )
        try:
            return waiting(run, run_id)
        except RetryError:
            found = run(run_id)
            message = f"{found.name} is {found.state_name} after {seconds:.0f} s: {found.message}"
            raise AssertionError(message) from None
