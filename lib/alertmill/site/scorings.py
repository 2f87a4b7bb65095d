"""Scoring runs as the site lists and shows them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from pydantic import Field, computed_field

from alertmill.errors import RunFileError
from alertmill.scoring.folder import SCORES_FOLDER
from alertmill.site.folders import FoundFile, ScoringFolder, is_folder_name
from alertmill.site.records import FileRecord, NotebookRecord, Record
from alertmill.site.summaries import RunState, started_at

PAGE_SIZE = 50
_REPORTS = "reports"


class DayHead(Record):
    """A day of a scoring run: of ``days/<day>.json``."""

    day: date
    is_again: bool = False
    model_id: str = ""
    model_version: str = ""
    model_run_id: str = ""
    snapshot_batch_id: str = ""
    snapshot_digest: str = ""
    n_alerts: int = 0
    n_scored: int = 0
    n_in_queue: int = 0
    n_sampled: int = 0
    n_unscored: int = 0
    unscored_because: str = ""


class ScoringManifestHead(Record):
    """What the site needs of the manifest of a scoring run."""

    created_at: datetime
    notebooks: tuple[NotebookRecord, ...] = ()
    days: tuple[DayHead, ...] = ()
    files: tuple[FileRecord, ...] = ()


class MissedHead(Record):
    """How many true alerts are closed unseen: of ``missed.json``."""

    sentence: str
    is_known: bool = False


class ScoringSummary(Record):
    """One scoring run in one line."""

    network: str
    run_id: str
    state: RunState
    reason: str = Field("", description="Why it failed, what is missing, or what is unreadable.")
    started_at: datetime | None = None
    finished_at: datetime | None = None
    days: tuple[DayHead, ...] = Field((), description="The latest first.")
    reports: tuple[str, ...] = Field((), description="Paths of its pages, the latest day first.")
    missed: MissedHead | None = None

    @computed_field(description="Address of its page, relative to the site's root.")  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def page(self) -> str:
        """Where its page lies."""
        return f"{SCORES_FOLDER}/{self.network}/{self.run_id}/"

    @property
    def span(self) -> str:
        """The days, from the first to the last."""
        if not self.days:
            return "no day"
        first, last = self.days[-1].day, self.days[0].day
        return str(first) if first == last else f"{first} to {last}"

    def total(self, name: str) -> int:
        """Sum a count over the days."""
        return sum(int(getattr(day, name)) for day in self.days)


class ScoringDetails(Record):
    """A scoring run with its files."""

    summary: ScoringSummary
    files: tuple[FileRecord, ...] = Field((), description="As the manifest names them.")


class ScoringPage(Record):
    """A page of the list."""

    runs: tuple[ScoringSummary, ...]
    total: int
    page: int = 1
    n_pages: int = 1


def list_scorings(root: Path, *, page: int = 1) -> ScoringPage:
    """List the scoring runs of all networks, the newest first.

    Parameters
    ----------
    root : Path
        Folder of all runs.
    page : int
        From 1; one beyond the last is the last.
    """
    keys = sorted(_keys(root), key=lambda key: (key[1], key[0]), reverse=True)
    n_pages = max(1, -(-len(keys) // PAGE_SIZE))
    shown = min(max(page, 1), n_pages)
    part = keys[(shown - 1) * PAGE_SIZE : shown * PAGE_SIZE]
    runs = tuple(read_scoring(ScoringFolder(root, *key)) for key in part)
    return ScoringPage(runs=runs, total=len(keys), page=shown, n_pages=n_pages)


def latest_missed(root: Path) -> list[tuple[str, str]]:
    """Return per network what its newest scoring run knows of missed true alerts, if it does."""
    newest: dict[str, str] = {}
    for network, run_id in _keys(root):
        newest[network] = max(run_id, newest.get(network, ""))
    found = []
    for network, run_id in sorted(newest.items()):
        try:
            missed = ScoringFolder(root, network, run_id).record("missed.json", MissedHead)
        except RunFileError:
            continue
        if missed is not None and missed.is_known:
            found.append((network, missed.sentence))
    return found


def read_scoring(folder: ScoringFolder) -> ScoringSummary:
    """Read a scoring run; a file that cannot be read makes it an unreadable one."""
    start = ScoringSummary(
        network=folder.network,
        run_id=folder.run_id,
        state=RunState.UNFINISHED,
        reason="It has no report yet, or was not asked for one; its scores are in the database.",
        started_at=started_at(folder.run_id),
    )
    try:
        manifest = folder.record("manifest.json", ScoringManifestHead)
        missed = folder.record("missed.json", MissedHead)
    except RunFileError as error:
        return start.model_copy(update={"state": RunState.UNREADABLE, "reason": str(error)})
    if manifest is None:
        return start
    failed = [notebook for notebook in manifest.notebooks if not notebook.is_ok]
    return start.model_copy(
        update={
            "state": RunState.FAILED if failed else RunState.FINISHED,
            "reason": f"The report failed: {failed[0].reason}" if failed else "",
            "finished_at": manifest.created_at,
            "days": tuple(sorted(manifest.days, key=lambda day: day.day, reverse=True)),
            "reports": _pages(folder.files()),
            "missed": missed,
        }
    )


def read_scoring_details(folder: ScoringFolder) -> ScoringDetails:
    """Read a scoring run with its files."""
    summary = read_scoring(folder)
    try:
        manifest = folder.record("manifest.json", ScoringManifestHead)
    except RunFileError:
        manifest = None
    return ScoringDetails(summary=summary, files=manifest.files if manifest else ())


def _pages(files: Sequence[FoundFile]) -> tuple[str, ...]:
    found = [f.path for f in files if f.path.startswith(f"{_REPORTS}/") and _is_page(f.path)]
    return tuple(sorted(found))


def _is_page(path: str) -> bool:
    return path.endswith(".html") and path.count("/") == 1


def _keys(root: Path) -> list[tuple[str, str]]:
    """Network and name of every scoring run; links are none."""
    found: list[tuple[str, str]] = []
    for network in _folders(root):
        names = _folders(root / network / SCORES_FOLDER)
        found += [(network, name) for name in names if started_at(name) is not None]
    return found


def _folders(path: Path) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return [
                e.name
                for e in entries
                if is_folder_name(e.name) and e.is_dir(follow_symlinks=False)
            ]
    except OSError:  # not there yet, removed meanwhile, or not ours to read
        return []
