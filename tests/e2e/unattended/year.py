"""Let an installation work through days that its schedules name, while things go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Event

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from alertmill.orchestration.environment import POOL
from tests.e2e.unattended.calendar import Calendar, Mishap, Victim
from tests.e2e.unattended.deliveries import META, Upstream
from tests.e2e.unattended.installation import Installation
from tests.e2e.unattended.orchestrator import TERMINAL, FlowRun

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
_POLL_SECONDS = 0.5
_BEGIN_SECONDS, _END_SECONDS = 240, 480


@dataclass(frozen=True)
class Kill:
    """A plug that was pulled."""

    victim: Victim
    n_hit: int
    """Number of processes that were killed."""


@dataclass
class Outcome:
    """What the simulated time left behind."""

    ingestions: dict[date, FlowRun] = field(default_factory=dict)
    trainings: dict[date, FlowRun] = field(default_factory=dict)
    killed: list[Kill] = field(default_factory=list)


@dataclass(frozen=True)
class InFlight:
    """Runs that were made and whose end nobody has seen yet."""

    ended: dict[date, FlowRun]
    runs: dict[date, str] = field(default_factory=dict)
    """Ids."""


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
    installation: Installation,
    upstream: Upstream,
    place: Path,
    *,
    n_days: int,
    seed: int,
    n_at_once: int = 1,
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
    if n_at_once > 1:  # as an operator may: tasks wait for the database
        installation.orchestrator.allow(POOL, n_runs=n_at_once)
    ingestion = {"url": str(place), "expect_by": "05:00", "settle_minutes": 0}
    unattended = Unattended(
        installation, upstream, calendar, place, TRAINING_PARAMETERS, ingestion, n_at_once
    )
    outcome = unattended.live(days[0], days[-1])
    return Life(unattended, days, outcome, installation.orchestrator.n_runs(INGESTION, TRAINING))


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
    n_at_once: int
    """Runs of the work pool."""

    def live(self, first: date, last: date) -> Outcome:
        """Work through the days from first to last, both inclusive.

        A training may last until the next one; the ingestions of that week run beside it. A run of
        an ordinary day may begin while those of days before work, if the pool lets it.
        """
        outcome = Outcome()
        ingestions, trainings = InFlight(outcome.ingestions), InFlight(outcome.trainings)
        for name, at in self._agenda(first, last):
            day = at.date()
            if name == INGESTION:
                self._wait_for_place(ingestions, day)
                self._deliver(day)
                ingestions.runs[day] = run_id = self._begin(name, at, self.ingestion)
                if (victim := self.calendar.killed_ingestions.get(day)) is not None:
                    self._kill(run_id, victim, 1.0, outcome.killed)
            else:
                self._end_all(ingestions)
                self._end_all(trainings)
                trainings.runs[day] = run_id = self._begin(name, at, self.training)
                if plan := self.calendar.killed_trainings.get(len(outcome.trainings)):
                    self._kill(run_id, *plan, outcome.killed)
        self._end_all(ingestions)
        self._end_all(trainings)
        return outcome

    def _wait_for_place(self, ingestions: InFlight, day: date) -> None:
        """Wait for a place in the pool; on a day that is not ordinary, for all days before."""
        # A training takes one place of the pool; the run that is about to begin takes another.
        overlap = max(self.n_at_once - 2, 0) if self.calendar.is_ordinary(day) else 0
        while len(ingestions.runs) > overlap:
            self._end_first(ingestions)
        for run_id in ingestions.runs.values():
            self._wait(run_id, ("RUNNING", *TERMINAL), _BEGIN_SECONDS)

    def _end_all(self, flight: InFlight) -> None:
        while flight.runs:
            self._end_first(flight)

    def _end_first(self, flight: InFlight) -> None:
        day = min(flight.runs)
        flight.ended[day] = self._end(flight.runs.pop(day))

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

    def run(self, name: str, at: datetime, parameters: Mapping[str, object]) -> FlowRun:
        """Make the run of a deployment for a time, and wait for its end."""
        return self._end(self._begin(name, at, parameters))

    def _begin(self, name: str, at: datetime, parameters: Mapping[str, object]) -> str:
        return self.installation.orchestrator.create(name, at, dict(parameters)).id

    def _kill(self, run_id: str, victim: Victim, seconds: float, killed: list[Kill]) -> None:
        """Send SIGKILL some seconds after the run has begun."""
        self._wait(run_id, ("RUNNING", *TERMINAL), _BEGIN_SECONDS)
        Event().wait(seconds)  # when the plug is pulled is part of the experiment
        killed.append(Kill(victim, self.installation.kill(victim, run_id)))
        if victim is Victim.ALL:
            up = self.installation.alertmill("up", "--detach")
            assert up.returncode == 0, up.stdout[-3000:]

    def _end(self, run_id: str) -> FlowRun:
        """Wait for the end of a run. A crash is no end: the run is retried once by itself."""
        return self._wait(run_id, ("COMPLETED", "FAILED", "CANCELLED"), _END_SECONDS)

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
