"""What `alertmill status` says of programs, schedules and runs, from what was read of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from alertmill.orchestration.api import Row
from alertmill.orchestration.manager import FATAL, ProgramState
from alertmill.orchestration.programs import WORKER
from alertmill.wording import counted

SILENCE = timedelta(seconds=150)
"""Time without a sign of life, which comes every 30 s, after which a worker or a run is dead."""
LATENESS = timedelta(minutes=2)
_SETTLING = timedelta(minutes=3)
"""Time that the server has to make runs once it, or a schedule, was switched on."""
_BROKEN = {"FAILED": "failed", "CRASHED": "crashed"}
_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One line of the status."""

    subject: str
    text: str
    needs_person: bool = False


def program_finding(program: ProgramState) -> Finding:
    """Report a program of the process manager; one that does not run needs a person."""
    since = f"since {_time(program.since)}"
    restarts = f", {counted(program.n_restarts, 'restart')}" if program.n_restarts else ""
    advice = {FATAL: "; read its log, then start again"}.get(program.state, "")
    return Finding(
        program.name,
        f"{program.state.lower()} {since}{restarts}{advice}",
        needs_person=program.state not in ("RUNNING", "STARTING"),
    )


def worker_finding(workers: Sequence[Row], *, now: datetime) -> Finding:
    """Report when a worker last told the server that it lives."""
    times = [datetime.fromisoformat(w["last_heartbeat_time"]) for w in workers]
    if not times:
        text = "no worker has reported to the server yet; no run starts without one"
        return Finding(WORKER, text, needs_person=True)
    age = now - max(times)
    text = f"last reported to the server {_ago(age)}"
    if age <= SILENCE:
        return Finding(WORKER, text)
    return Finding(WORKER, f"{text}; no run starts without it", needs_person=True)


def schedule_findings(
    deployment: Row, coming: Sequence[Row], *, now: datetime, server_since: datetime | None = None
) -> list[Finding]:
    """Report each schedule of a deployment, and whether the server makes runs for it.

    Parameters
    ----------
    deployment : dict
        A deployment with its schedules.
    coming : sequence of dict
        Runs of the deployment that are planned.
    now : datetime
        The present, with its time zone.
    server_since : datetime, optional
        When the server was started, if that is known: it needs a minute to make the first runs.
    """
    times = [_expected(run) for run in coming if run["auto_scheduled"]]
    ahead = [time for time in times if time > now]
    findings = []
    for schedule in deployment["schedules"]:
        subject = f"{deployment['name']}, schedule {schedule['slug'] or schedule['id']}"
        if deployment["paused"] or not schedule["active"]:
            findings.append(Finding(subject, "off"))
        elif ahead:
            findings.append(Finding(subject, f"on, next run {_time(min(ahead))}"))
        elif is_settling(datetime.fromisoformat(schedule["updated"]), now=now) or is_settling(
            server_since, now=now
        ):
            findings.append(Finding(subject, "on; the server has not made its runs yet"))
        else:
            text = f"on, but the server makes no runs for it; {_advice_without_runs()}"
            findings.append(Finding(subject, text, needs_person=True))
    return findings


def is_settling(since: datetime | None, *, now: datetime) -> bool:
    """Return whether so little time has passed that nothing can be expected yet."""
    return since is not None and now - since < _SETTLING


def _advice_without_runs() -> str:
    """Return what to do: with SQLAlchemy 2.1 or later, the scheduler of Prefect 3.8 fails."""
    installed = version("sqlalchemy")
    if tuple(map(int, installed.split(".")[:2])) >= (2, 1):
        return (
            f"SQLAlchemy {installed} is installed, and Prefect's scheduler needs one below 2.1: "
            "install requirements.lock with `make setup`, then start again"
        )
    return "look for schedule_deployments in the server's log, then start again"


def last_run_finding(deployment: Row, ended: Sequence[Row]) -> Finding:
    """Report how the last run of a deployment ended.

    Parameters
    ----------
    deployment : dict
        The deployment.
    ended : sequence of dict
        Runs of it that have ended, the last one first.
    """
    subject = f"{deployment['name']}, last run"
    if not ended:
        return Finding(subject, "none has ended yet")
    run = ended[0]
    state = run["state"]
    when = datetime.fromisoformat(run["end_time"] or state["timestamp"])
    text = f"{run['name']}: {state['name'].lower()} {_time(when)}"
    if state["type"] not in _BROKEN:
        return Finding(subject, text)
    message = f": {_one_line(state['message'])}" if state["message"] else ""
    return Finding(subject, f"{text}{message}", needs_person=True)


def late_findings(
    late: Sequence[Row], *, n_running: int, is_paused: bool, now: datetime
) -> list[Finding]:
    """Report runs whose time has come and that have not started.

    They wait while another run holds the only place; without one, something keeps them.
    """
    overdue = [_expected(run) for run in late if now - _expected(run) > LATENESS]
    if not overdue:
        return []
    text = f"{counted(len(overdue), 'run')} waiting, the first since {_time(min(overdue))}"
    if is_paused:
        text += "; the work pool is paused, resume it in the Prefect UI"
    elif n_running:
        return [Finding("late runs", f"{text}; another run holds the place")]
    else:
        text += "; nothing takes them up, look at the worker"
    return [Finding("late runs", text, needs_person=True)]


def silent_findings(
    running: Sequence[Row], alive: Collection[str], *, now: datetime
) -> list[Finding]:
    """Report runs that the server believes to run, and that give no sign of life.

    Parameters
    ----------
    running : sequence of dict
        Runs in the state Running.
    alive : collection of str
        Ids of those whose heartbeat was received lately.
    now : datetime
        The present, with its time zone.
    """
    findings = []
    for run in running:
        started = datetime.fromisoformat(run["start_time"] or run["state"]["timestamp"])
        if run["id"] in alive or now - started < SILENCE:
            findings.append(Finding("running", f"{run['name']}, since {_time(started)}"))
            continue
        text = (
            f"{run['name']} has given no sign of life for {SILENCE.total_seconds():.0f} seconds; "
            "if it stays so, cancel it in the Prefect UI and run it again"
        )
        findings.append(Finding("running", text, needs_person=True))
    return findings


def disk_finding(subject: str, free_bytes: int) -> Finding:
    """Report the free space of the disk that holds a folder."""
    gib = free_bytes / 1024**3
    if free_bytes >= _LEAST_FREE_BYTES:
        return Finding(subject, f"{gib:,.0f} GiB free")
    return Finding(subject, f"only {gib:.1f} GiB free; make room", needs_person=True)


def _expected(run: Row) -> datetime:
    return datetime.fromisoformat(run["expected_start_time"])


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _ago(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    if seconds < 2 * 60:
        return f"{counted(seconds, 'second')} ago"
    if seconds < 2 * 3600:
        return f"{counted(seconds // 60, 'minute')} ago"
    return f"{counted(seconds // 3600, 'hour')} ago"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
