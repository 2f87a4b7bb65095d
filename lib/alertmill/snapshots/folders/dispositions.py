"""Decisions of reviewers that are delivered beside the snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from upath import UPath

from alertmill.errors import InputFileError, SnapshotFolderError
from alertmill.snapshots.dispositions import (
    LoadedDispositions,
    dispositions_of,
    load_dispositions,
)
from alertmill.snapshots.folders.files import (
    Wanted,
    check_columns,
    columns_of,
    parse,
)
from alertmill.snapshots.folders.places import is_file, read_bytes
from alertmill.storage import Client
from alertmill.vocabulary import Network

_NAME = "dispositions"
_WANTED = Wanted(
    required=(
        "window_days",
        "processing_date",
        "address",
        "alert_id",
        "decision",
        "decided_at",
        "reviewer",
    ),
    optional=("known_at", "note"),
)


def find_dispositions(folders: Sequence[UPath], root: UPath, network: Network) -> UPath | None:
    """Find ``dispositions/<network>_dispositions.parquet`` below the root or beside snapshots."""
    beside = [folder.parent.parent.parent.parent for folder in folders[:1]]
    places = [base / _NAME / f"{network}_{_NAME}.parquet" for base in (root, *beside)]
    return next((place for place in places if is_file(place)), None)


def load_delivered_dispositions(
    client: Client, place: UPath, *, network: Network, now: datetime
) -> LoadedDispositions:
    """Load the decisions of a file that are not known yet.

    Raises
    ------
    SnapshotFolderError
        If the file cannot be read, columns are missing, or a cell has the wrong type.
    ContractError
        If decisions break their contract.
    """
    content = read_bytes(place)
    found = columns_of(place, content)
    check_columns(place, {_NAME: found}, {_NAME: _WANTED})
    delivered = parse(place, content, found, _WANTED)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        read = dispositions_of(delivered, name=str(place), sha256=sha256, network=network, now=now)
    except InputFileError as error:
        raise SnapshotFolderError.of(place, str(error)) from None
    return load_dispositions(client, read)
