"""Find the snapshot folders of a network, and say what each holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from upath import UPath

from alertmill.errors import SnapshotFolderError
from alertmill.snapshots.folders.meta import SnapshotMeta, read_meta
from alertmill.snapshots.folders.places import find_folders
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


def find_snapshots(root: UPath, network: Network) -> list[SnapshotFolder]:
    """Read the META.json of every folder at or below ``root``; the earliest date comes first.

    Raises
    ------
    SnapshotFolderError
        If there are none of the network, a META.json is wrong, a folder holds what cannot be read,
        or two are the same snapshot.
    """
    found = [(place, read_meta(place)) for place in find_folders(root)]
    own = [(place, meta) for place, meta in found if meta.network == network]
    if not own:
        others = sorted({meta.network.value for _, meta in found})
        raise SnapshotFolderError.nothing_found(root, network, others)
    folders = [SnapshotFolder(place, meta, _level_of(place, meta)) for place, meta in own]
    _refuse_repeats(folders)
    return sorted(folders, key=lambda f: (f.meta.processing_date, f.meta.window_days))


def _level_of(place: UPath, meta: SnapshotMeta) -> Level:
    named = {name.removesuffix(".parquet") for name in {*meta.sha256, *meta.counts}}
    if "patterns" in named and not named >= {"alerts", "clusters"}:
        raise SnapshotFolderError.of(
            place,
            "it holds patterns.parquet, which newer upstream versions deliver in place of alerts "
            "and clusters and which is not read yet; deliver transfers and labels instead",
        )
    if named & {*RISK_LEVEL}:
        return Level.RISK
    if "transfers" in named:
        return Level.CHAIN
    expected = ", ".join(RISK_LEVEL)
    raise SnapshotFolderError.of(
        place, f"META.json names neither risk data ({expected}) nor transfers"
    )


def _refuse_repeats(folders: Sequence[SnapshotFolder]) -> None:
    counted = Counter((f.meta.processing_date, f.meta.window_days) for f in folders)
    (key, count), *_ = counted.most_common(1)
    if count > 1:
        same = [
            str(f.place) for f in folders if key == (f.meta.processing_date, f.meta.window_days)
        ]
        raise SnapshotFolderError.of(
            same[0], f"it is the same snapshot as {same[1]}; name one of them"
        )
