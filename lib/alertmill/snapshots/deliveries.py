"""The delivery report of a network: what the last ingestion found, refused and missed.

It is a small JSON file beside the network's run folders. The site and the status command read it,
so this module knows neither the database nor the folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt, ValidationError

from alertmill.errors import DeliveryAbsentError, DeliveryRefusedError, DeliveryReportError
from alertmill.files import write_model
from alertmill.networks import configured_networks
from alertmill.vocabulary import Network
from alertmill.wording import counted

DELIVERIES_FILE = "deliveries.json"
_MOST_NAMED = 3


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FolderProblem(_Part):
    """A snapshot folder that was not loaded."""

    place: str
    """Path or URL of the folder or file, escaped for display."""
    processing_date: date | None
    """None where neither META.json nor the path contains it."""
    window_days: int | None
    reason: str
    """One line without row data."""
    action: str
    """What a person can do about it."""

    @property
    def name(self) -> str:
        """Return the snapshot's date and window, or the folder's place where they are unknown."""
        if self.processing_date is None:
            return self.place
        window = f" ({counted(self.window_days, 'day')})" if self.window_days else ""
        return f"{self.processing_date}{window}"


class MissingSnapshots(_Part):
    """Consecutive processing dates of one window without a snapshot."""

    window_days: int | None
    """None where no snapshot of any window is known yet."""
    first: date
    last: date
    n_snapshots: int

    @property
    def dates(self) -> str:
        """Return the only date, or the first and the last."""
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"


class OldWindow(_Part):
    """A window whose newest snapshot is older than accepted."""

    window_days: int | None
    newest: date | None
    """None where there is no snapshot at all."""
    max_age_days: int


class DeliveryReport(_Part):
    """What the last ingestion of a network found."""

    format_version: Literal[1] = 1
    network: Network
    url: str
    """Where the folders lie, escaped for display."""
    checked_at: AwareDatetime
    day: date
    """Day of the run, UTC: that of its scheduled start."""
    windows: tuple[int, ...] = ()
    """Windows of the snapshots in the database and at the place."""
    newest_date: date | None = None
    """Newest processing date in the database."""
    n_new: NonNegativeInt = 0
    n_replaced: NonNegativeInt = 0
    n_unchanged: NonNegativeInt = 0
    refused: tuple[FolderProblem, ...] = ()
    waiting: tuple[FolderProblem, ...] = ()
    """Still being copied when they were looked at."""
    absent: tuple[MissingSnapshots, ...] = ()
    """Expected by the day of the run, and neither loaded nor refused."""
    too_old: tuple[OldWindow, ...] = ()
    gaps: tuple[MissingSnapshots, ...] = ()
    """Between the first and the newest date of a window."""

    @property
    def needs_attention(self) -> bool:
        """Return True if the run failed: a folder was refused, or a delivery did not come."""
        return bool(self.refused or self.absent or self.too_old)

    @property
    def failures(self) -> list[str]:
        """Return one sentence for each kind of failure; an empty list if there is none."""
        return [
            *([_refused(self.refused)] if self.refused else []),
            *(f"expected {one.dates}{self._window(one)}, absent" for one in self.absent),
            *(self._too_old(one) for one in self.too_old),
        ]

    @property
    def remarks(self) -> list[str]:
        """Return sentences on what is no failure: folders being copied, and gaps."""
        return [
            *([_waiting(self.waiting)] if self.waiting else []),
            *([self._gaps] if self.gaps else []),
        ]

    @property
    def outcome(self) -> str:
        """Return how many folders were loaded and how many were known, as one sentence."""
        counts = (
            (self.n_new, "new"),
            (self.n_replaced, "replaced"),
            (self.n_unchanged, "unchanged"),
            (len(self.waiting), "waiting"),
            (len(self.refused), "refused"),
        )
        n_folders = sum(count for count, _ in counts)
        if not n_folders:
            return f"no snapshots of {self.network} at {self.url} yet"
        listed = ", ".join(f"{count:,} {text}" for count, text in counts if count)
        return f"{counted(n_folders, 'delivery')} of {self.network}: {listed}"

    @property
    def summary(self) -> str:
        """Return all of it as sentences: failures, the outcome, remarks."""
        return _sentences([*self.failures, self.outcome, *self.remarks])

    @property
    def summary_without_failures(self) -> str:
        """Return the outcome and the remarks as sentences."""
        return _sentences([self.outcome, *self.remarks])

    @property
    def line(self) -> str:
        """Return the whole report in one line: failures, remarks, when it was checked."""
        text = "; ".join([*self.failures, *self.remarks]) or self.outcome
        checked = self.checked_at.astimezone(UTC)
        return f"{self.network}: {text} (checked {checked:%Y-%m-%d %H:%M} UTC)"

    def raise_failures(self) -> None:
        """Raise if the run failed.

        Raises
        ------
        DeliveryRefusedError
            If a folder was refused.
        DeliveryAbsentError
            If none was refused, and an expected snapshot is absent or the newest one too old.
        """
        if self.refused:
            raise DeliveryRefusedError("; ".join(self.failures))
        if self.needs_attention:
            raise DeliveryAbsentError("; ".join(self.failures))

    def _window(self, missing: MissingSnapshots | OldWindow) -> str:
        if missing.window_days is None or len(self.windows) < 2:  # noqa: PLR2004 - one needs no name
            return ""
        return f" ({counted(missing.window_days, 'day')})"

    @property
    def _gaps(self) -> str:
        named = [f"{one.dates}{self._window(one)}" for one in self.gaps[:_MOST_NAMED]]
        return f"{counted(len(self.gaps), 'gap')}: no snapshot of {_joined(named, self.gaps)}"

    def _too_old(self, window: OldWindow) -> str:
        limit = f"at most {counted(window.max_age_days, 'day')} accepted"
        if window.newest is None:
            return f"no snapshot{self._window(window)} up to {self.day} in the database, {limit}"
        age = counted((self.day - window.newest).days, "day")
        return (
            f"the newest snapshot{self._window(window)} is of {window.newest}, {age} before "
            f"{self.day}, {limit}"
        )


def write_delivery_report(runs_dir: Path, report: DeliveryReport) -> Path:
    """Write the report beside the run folders of its network; return its path."""
    path = runs_dir / report.network / DELIVERIES_FILE
    write_model(path, report)
    return path


def read_delivery_report(runs_dir: Path, network: Network) -> DeliveryReport | None:
    """Read the report of a network; None if nothing was ingested yet.

    Raises
    ------
    DeliveryReportError
        If the file was damaged, or another version wrote it.
    """
    path = runs_dir / network / DELIVERIES_FILE
    try:
        return DeliveryReport.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise DeliveryReportError.of(path, type(error).__name__) from None


def read_delivery_reports(runs_dir: Path) -> list[DeliveryReport]:
    """Read the reports of all networks, sorted by network.

    Raises
    ------
    DeliveryReportError
        If a file was damaged, or another version wrote it.
    """
    found = (read_delivery_report(runs_dir, network) for network in configured_networks())
    return [report for report in found if report is not None]


def _refused(refused: Sequence[FolderProblem]) -> str:
    verb = "was" if len(refused) == 1 else "were"
    named = [f"{problem.name}: {problem.reason}" for problem in refused[:_MOST_NAMED]]
    return f"{counted(len(refused), 'delivery')} {verb} refused: {_joined(named, refused, '; ')}"


def _waiting(waiting: Sequence[FolderProblem]) -> str:
    verb = "is" if len(waiting) == 1 else "are"
    named = [problem.name for problem in waiting[:_MOST_NAMED]]
    return f"{counted(len(waiting), 'delivery')} {verb} not complete yet: {_joined(named, waiting)}"


def _joined(named: Sequence[str], everything: Sequence[object], separator: str = ", ") -> str:
    """Join the first ones, and say how many there are besides."""
    n_besides = len(everything) - len(named)
    return separator.join([*named, *([f"and {n_besides:,} more"] if n_besides else [])])


def _sentences(texts: Sequence[str]) -> str:
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in texts)
