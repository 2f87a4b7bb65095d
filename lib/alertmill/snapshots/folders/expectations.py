"""Compare what an ingestion found with what was expected by then."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from alertmill.errors.snapshots import place
from alertmill.parameters import IngestionParameters
from alertmill.snapshots.deliveries import (
    DeliveryReport,
    FolderProblem,
    MissingSnapshots,
    OldWindow,
    write_delivery_report,
)
from alertmill.snapshots.folders.report import FolderOutcome, IngestReport, Status

Dates = Mapping[int, Collection[date]]
"""Processing dates by window."""


@dataclass(frozen=True)
class Expectation:
    """Which snapshots must be there at a moment."""

    at: datetime
    """With a time zone: the scheduled start of the run, not the time at which it runs."""
    expect_by: time | None = None
    """Time of day, UTC, by which the snapshot of that day must be there; None expects nothing."""
    every_days: int = 1
    max_age_days: int | None = None
    windows: Sequence[int] = ()
    """Windows that are expected; empty for all that were delivered so far."""

    @property
    def day(self) -> date:
        """Return the day of the run, UTC."""
        return self.at.astimezone(UTC).date()

    @property
    def due(self) -> date | None:
        """Return the last processing date whose snapshot must be there."""
        if self.expect_by is None:
            return None
        is_due = self.at.astimezone(UTC).time() >= self.expect_by
        return self.day if is_due else self.day - timedelta(days=1)


def record_deliveries(
    ingested: IngestReport,
    parameters: IngestionParameters,
    *,
    at: datetime,
    checked_at: datetime,
    runs_dir: Path,
) -> DeliveryReport:
    """Compare what was ingested with what the parameters expect; write and return the report.

    Parameters
    ----------
    at : datetime
        Scheduled start of the run, with a time zone: it decides which snapshots are expected.
    checked_at : datetime
        When the folders were looked at.
    runs_dir : Path
        The report is written there, below the network.
    """
    expectation = Expectation(
        at,
        expect_by=parameters.expect_by,
        every_days=parameters.every_days,
        max_age_days=parameters.max_age_days,
        windows=parameters.expect_windows,
    )
    report = compare(ingested, parameters, expectation, checked_at=checked_at)
    write_delivery_report(runs_dir, report)
    return report


def compare(
    ingested: IngestReport,
    parameters: IngestionParameters,
    expectation: Expectation,
    *,
    checked_at: datetime,
) -> DeliveryReport:
    """Return what was refused, is absent, is too old, or lies in a gap."""
    loaded = ingested.loaded_dates
    found = _with(loaded, ingested.folders)
    arrived = _with(loaded, [f for f in ingested.folders if f.status is not Status.WAITING])
    windows = tuple(expectation.windows) or tuple(found)
    return DeliveryReport(
        network=parameters.network,
        url=place(parameters.url),
        checked_at=checked_at,
        day=expectation.day,
        windows=tuple(sorted({*found, *windows})),
        newest_date=max((day for days in loaded.values() for day in days), default=None),
        n_new=len(ingested.of_status(Status.NEW)),
        n_replaced=len(ingested.of_status(Status.REPLACED)),
        n_unchanged=len(ingested.of_status(Status.UNCHANGED)),
        refused=tuple(map(_problem, ingested.refused)),
        waiting=tuple(map(_problem, ingested.waiting)),
        absent=tuple(_absent(arrived, windows, expectation)),
        too_old=tuple(_too_old(loaded, windows, expectation)),
        gaps=tuple(_gaps(found, expectation.every_days)),
    )


def _with(loaded: Dates, folders: Sequence[FolderOutcome]) -> dict[int, set[date]]:
    """Add the dates of folders to those that are loaded; the shortest window comes first."""
    dates = {window: {*days} for window, days in loaded.items()}
    for folder in folders:
        if folder.processing_date is not None and folder.window_days is not None:
            dates.setdefault(folder.window_days, set()).add(folder.processing_date)
    return {window: dates[window] for window in sorted(dates)}


def _absent(
    arrived: Dates, windows: Sequence[int], expectation: Expectation
) -> Iterator[MissingSnapshots]:
    due = expectation.due
    if due is None:
        return
    if not windows:
        yield MissingSnapshots(window_days=None, first=due, last=due, n_snapshots=1)
    for window in windows:
        dates = arrived.get(window, ())
        if not dates:
            yield MissingSnapshots(window_days=window, first=due, last=due, n_snapshots=1)
            continue
        before = [day for day in dates if day <= due]
        if before:  # else the day is one from before the first snapshot
            yield from _between(
                window, max(before), due + timedelta(days=1), expectation.every_days
            )


def _too_old(
    loaded: Dates, windows: Sequence[int], expectation: Expectation
) -> Iterator[OldWindow]:
    limit = expectation.max_age_days
    if limit is None:
        return
    for window in windows or (None,):
        dates = loaded.get(window, ()) if window is not None else ()
        newest = max((day for day in dates if day <= expectation.day), default=None)
        if newest is None or (expectation.day - newest).days > limit:
            yield OldWindow(window_days=window, newest=newest, max_age_days=limit)


def _gaps(found: Dates, every_days: int) -> Iterator[MissingSnapshots]:
    for window, dates in found.items():
        for before, after in pairwise(sorted(dates)):
            yield from _between(window, before, after, every_days)


def _between(window: int, before: date, after: date, every_days: int) -> Iterator[MissingSnapshots]:
    """Yield the dates that are missing between two, both of them exclusive, if there are any."""
    n_missing = ((after - before).days - 1) // every_days
    if n_missing > 0:
        yield MissingSnapshots(
            window_days=window,
            first=before + timedelta(days=every_days),
            last=before + timedelta(days=every_days * n_missing),
            n_snapshots=n_missing,
        )


def _problem(folder: FolderOutcome) -> FolderProblem:
    return FolderProblem(
        place=place(folder.place),
        processing_date=folder.processing_date,
        window_days=folder.window_days,
        reason=folder.reason,
        action=folder.action,
    )
