"""Which runs exceed their limits: a rule of age and count, without reading any file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alertmill.housekeeping.inventory import StoredRun
from alertmill.parameters import HousekeepingParameters
from alertmill.wording import counted


@dataclass(frozen=True)
class Fate:
    """Whether a run is removed, and why or why not."""

    run: StoredRun
    is_removed: bool
    reason: str


@dataclass(frozen=True)
class Limits:
    """How many of some runs are kept, and for how long; both limits must be exceeded."""

    n_runs: int
    n_days: int
    kind: str
    """``finished`` or ``unfinished``."""

    @property
    def text(self) -> str:
        """The limits as a rule, for the record of a removal."""
        newest = "newest run" if self.n_runs == 1 else f"{self.n_runs} newest runs"
        kept = f"the {newest} and " if self.n_runs else ""
        return f"of {self.kind} runs, {kept}those of {counted(self.n_days, 'day')} are kept"


def limits_of(run: StoredRun, parameters: HousekeepingParameters) -> Limits:
    """Return the limits that hold for a run."""
    if run.is_finished:
        return Limits(parameters.keep_runs, parameters.keep_days, "finished")
    return Limits(parameters.keep_unfinished_runs, parameters.keep_unfinished_days, "unfinished")


def decide_retention(
    runs: Sequence[StoredRun],
    parameters: HousekeepingParameters,
    *,
    protections: Mapping[Path, str],
    now: datetime,
) -> list[Fate]:
    """Decide which runs are removed.

    A run is removed if it is not protected, not among the newest of its network, model type and
    kind (finished or not), and older than its limit. Protected runs count among the newest.

    Parameters
    ----------
    runs : sequence of StoredRun
        All runs, in any order.
    parameters : HousekeepingParameters
        Limits.
    protections : mapping of Path to str
        Reasons to keep runs, by their folders.
    now : datetime
        Time up to which ages count, with a time zone.

    Returns
    -------
    list of Fate
        One for each run, in the order of ``runs``.
    """
    ranks = _ranks(runs)
    return [
        _fate(
            run,
            limits_of(run, parameters),
            rank=ranks[run.path],
            age=now - run.started_at,
            protection=protections.get(run.path),
        )
        for run in runs
    ]


def _ranks(runs: Sequence[StoredRun]) -> dict[Path, int]:
    """Return the place of each run among those of its network, model type and kind, newest 0."""
    groups: defaultdict[tuple[str, str, bool], list[StoredRun]] = defaultdict(list)
    for run in runs:
        groups[run.network, run.model_type, run.is_finished].append(run)
    return {
        run.path: rank
        for group in groups.values()
        for rank, run in enumerate(sorted(group, key=lambda run: run.run_id, reverse=True))
    }


def _fate(
    run: StoredRun, limits: Limits, *, rank: int, age: timedelta, protection: str | None
) -> Fate:
    if protection is not None:
        return Fate(run, is_removed=False, reason=protection)
    if rank < limits.n_runs:
        return Fate(run, is_removed=False, reason=_among_the_newest(run, limits))
    started = f"started {counted(max(age.days, 0), 'day')} ago"
    if age <= timedelta(days=limits.n_days):
        return Fate(run, is_removed=False, reason=f"{started}, kept for {limits.n_days}")
    return Fate(
        run,
        is_removed=True,
        reason=f"{started}, and {counted(rank, 'newer run')} of its kind "
        f"{'is' if rank == 1 else 'are'} there",
    )


def _among_the_newest(run: StoredRun, limits: Limits) -> str:
    newest = "the newest" if limits.n_runs == 1 else f"among the {limits.n_runs} newest"
    return f"{newest} of the {limits.kind} runs of {run.network}, {run.model_type}"
