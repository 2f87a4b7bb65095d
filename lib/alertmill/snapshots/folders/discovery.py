"""Find the snapshot folders of a network, and what each holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from upath import UPath

from alertmill.errors import SnapshotFolderError
from alertmill.errors.snapshots import place as shown
from alertmill.snapshots.folders.listing import ListedFolder, list_folders
from alertmill.snapshots.folders.meta import SnapshotMeta, key_of_path, read_meta
from alertmill.snapshots.folders.places import META_FILE, is_gone
from alertmill.snapshots.folders.risk_level import RISK_LEVEL
from alertmill.vocabulary import Network


class Level(StrEnum):
    """What a folder holds."""

    RISK = "risk data"
    CHAIN = "transfers"


@dataclass(frozen=True)
class SnapshotFolder:
    """A folder whose META.json was read."""

    place: UPath
    meta: SnapshotMeta
    level: Level


@dataclass(frozen=True)
class BrokenFolder:
    """A folder of which no file can be read: its META.json is missing or wrong."""

    place: UPath
    error: SnapshotFolderError
    processing_date: date | None = None
    window_days: int | None = None
    level: Level | None = None


@dataclass(frozen=True)
class FoundFolders:
    """The folders of a network at a place."""

    folders: Sequence[SnapshotFolder] = ()
    """Sorted by date, then by window."""
    broken: Sequence[BrokenFolder] = ()
    metas: Sequence[SnapshotMeta] = ()
    """All that were read, also those of folders that are refused."""

    @property
    def places(self) -> list[UPath]:
        """Return every folder of the network, broken or not."""
        return [*(f.place for f in self.folders), *(f.place for f in self.broken)]


@dataclass
class _Finding:
    """What is collected while the folders are read one after the other."""

    folders: list[SnapshotFolder] = field(default_factory=list)
    broken: list[BrokenFolder] = field(default_factory=list)
    metas: list[SnapshotMeta] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


def find_snapshots(root: UPath, network: Network, *, must_exist: bool = True) -> FoundFolders:
    """Read the META.json of every folder at or below ``root``.

    A folder with a wrong META.json, or with that of a snapshot which lies in another folder as
    well, is broken; so is one whose path ends in network, date and window and that has none.

    Raises
    ------
    SnapshotFolderError
        If the place must exist and does not, or it holds snapshots of other networks only.
    FolderUnreachableError
        If the place does not answer.
    """
    if is_gone(root):
        if must_exist:
            raise SnapshotFolderError.no_place(root)
        return FoundFolders()
    finding = _Finding()
    for listed in list_folders(root):
        _read(finding, listed, network)
    if finding.others and not (finding.folders or finding.broken):
        raise SnapshotFolderError.nothing_found(root, network, sorted(finding.others))
    unique, repeated = _without_repeats(finding.folders)
    return FoundFolders(
        sorted(unique, key=lambda f: (f.meta.processing_date, f.meta.window_days)),
        [*finding.broken, *repeated],
        finding.metas,
    )


def _read(finding: _Finding, listed: ListedFolder, network: Network) -> None:
    """Add a listed folder to what was found, unless it is none of a snapshot."""
    key = key_of_path(listed.place)
    if key is not None and key.network != network:
        finding.others.update([key.network] if META_FILE in listed.names else [])
        return
    if listed.error is None and META_FILE not in listed.names and key is None:
        return
    of_path = (key.processing_date, key.window_days) if key else (None, None)
    try:
        meta = _meta_of(listed)
    except SnapshotFolderError as error:
        finding.broken.append(BrokenFolder(listed.place, error, *of_path))
        return
    if meta.network != network:
        finding.others.add(meta.network)
        return
    finding.metas.append(meta)
    try:
        finding.folders.append(SnapshotFolder(listed.place, meta, _level_of(listed.place, meta)))
    except SnapshotFolderError as error:
        snapshot = (meta.processing_date, meta.window_days)
        finding.broken.append(BrokenFolder(listed.place, error, *snapshot))


def _meta_of(listed: ListedFolder) -> SnapshotMeta:
    if listed.error is not None:
        raise listed.error
    if META_FILE not in listed.names:
        raise SnapshotFolderError.incomplete(listed.place, f"{META_FILE} is missing")
    return read_meta(listed.place)


def _level_of(place: UPath, meta: SnapshotMeta) -> Level:
    named = {name.removesuffix(".parquet") for name in {*meta.sha256, *meta.counts}}
    if "patterns" in named and not named >= {"alerts", "clusters"}:
        raise SnapshotFolderError.of(
            place,
            "it holds patterns.parquet, which newer upstream versions deliver in place of alerts "
            "and clusters and which is not read yet",
            action="deliver transfers and labels instead",
        )
    if named & {*RISK_LEVEL}:
        return Level.RISK
    if "transfers" in named:
        return Level.CHAIN
    expected = ", ".join(RISK_LEVEL)
    raise SnapshotFolderError.of(
        place,
        f"META.json names neither risk data ({expected}) nor transfers; transfers suffice, the "
        "risk data is derived from them",
    )


def _without_repeats(
    folders: Sequence[SnapshotFolder],
) -> tuple[list[SnapshotFolder], list[BrokenFolder]]:
    """Set aside all folders of a snapshot of which there are several: none counts for sure."""
    by_snapshot: dict[tuple[date, int], list[SnapshotFolder]] = {}
    for folder in folders:
        key = (folder.meta.processing_date, folder.meta.window_days)
        by_snapshot.setdefault(key, []).append(folder)
    unique = [same[0] for same in by_snapshot.values() if len(same) == 1]
    repeated = [
        BrokenFolder(folder.place, _repeats(folder, same), *key, folder.level)
        for key, same in by_snapshot.items()
        if len(same) > 1
        for folder in same
    ]
    return unique, repeated


def _repeats(folder: SnapshotFolder, same: Sequence[SnapshotFolder]) -> SnapshotFolderError:
    other = next(one.place for one in same if one is not folder)
    return SnapshotFolderError.of(
        folder.place,
        f"it is the same snapshot as {shown(other)}",
        action="keep one of the folders and move the other away",
    )
