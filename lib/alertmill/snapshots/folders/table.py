"""The deliveries as rows of text: for the artifact of a run, and for the command line."""

from __future__ import annotations

from alertmill.errors.snapshots import place
from alertmill.snapshots.deliveries import DeliveryReport, MissingSnapshots, OldWindow
from alertmill.snapshots.folders.report import FolderOutcome, IngestReport, Status
from alertmill.wording import counted

COLUMNS = ("status", "date", "days", "reason", "what to do", "rows", "folder")
_SHORT_OF = (Status.REFUSED, Status.WAITING)


def delivery_rows(ingested: IngestReport, deliveries: DeliveryReport) -> list[dict[str, str]]:
    """Return a row for each folder and for what is missing; what needs attention comes first.

    Every row has the keys of `COLUMNS`; ``days`` is the length of the window.
    """
    missing = [
        *(_missing("absent", one, "ask for the delivery") for one in deliveries.absent),
        *(_old(one, deliveries) for one in deliveries.too_old),
        *(_missing("gap", one, "deliver the snapshots") for one in deliveries.gaps),
    ]
    problems = [folder for folder in ingested.folders if folder.status in _SHORT_OF]
    others = [folder for folder in ingested.folders if folder.status not in _SHORT_OF]
    return [*map(_folder, problems), *missing, *map(_folder, others)]


def _folder(folder: FolderOutcome) -> dict[str, str]:
    rows = ", ".join(f"{n:,} {table}" for table, n in folder.rows.items())
    return _row(
        folder.status.value,
        str(folder.processing_date or ""),
        folder.window_days,
        "; ".join([*filter(None, [folder.reason]), *folder.remarks]),
        folder.action,
        rows,
        place(folder.place),
    )


def _missing(status: str, missing: MissingSnapshots, action: str) -> dict[str, str]:
    n = missing.n_snapshots
    snapshots = counted(n, "snapshot")
    reason = "expected" if status == "absent" else "between dates that were delivered"
    return _row(status, missing.dates, missing.window_days, f"{snapshots} {reason}", action)


def _old(window: OldWindow, deliveries: DeliveryReport) -> dict[str, str]:
    newest = f"{window.newest}" if window.newest else ""
    reason = f"the newest snapshot on {deliveries.day}, more than {window.max_age_days} days old"
    if not newest:
        reason = f"no snapshot up to {deliveries.day}"
    return _row("too old", newest, window.window_days, reason, "ask for the delivery")


def _row(status: str, date: str, window_days: int | None, *texts: str) -> dict[str, str]:
    texts = (status, date, str(window_days or ""), *texts)
    return dict(zip(COLUMNS, (*texts, *[""] * (len(COLUMNS) - len(texts))), strict=True))
