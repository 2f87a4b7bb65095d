"""Load all snapshot folders of a place that are not loaded yet, in the order of their dates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from upath import UPath

from alertmill.errors import ContractError, SnapshotFolderError
from alertmill.snapshots.constant_price import check_constant_price
from alertmill.snapshots.dispositions import LoadedDispositions
from alertmill.snapshots.folders.discovery import FoundFolders, find_snapshots
from alertmill.snapshots.folders.dispositions import (
    find_dispositions,
    load_delivered_dispositions,
)
from alertmill.snapshots.folders.labels import find_labels, load_delivered_labels
from alertmill.snapshots.folders.loaded import LoadedSnapshots
from alertmill.snapshots.folders.loader import Loader
from alertmill.snapshots.folders.meta import LABELS_FILE
from alertmill.snapshots.folders.places import place_of
from alertmill.snapshots.folders.report import FolderOutcome, IngestReport, in_order, problem_of
from alertmill.snapshots.folders.terms import SharedLabels, Terms
from alertmill.snapshots.label_matches import fetch_label_match
from alertmill.storage import Client
from alertmill.vocabulary import Network

_LOGGER = logging.getLogger(__name__)
SETTLE = timedelta(minutes=15)
"""How long a folder that is not complete may be unchanged before it is refused."""


def ingest_folders(  # noqa: PLR0913 - what to load, from where, and when
    client: Client,
    path_or_url: str,
    *,
    network: Network,
    now: datetime,
    labels: str | None = None,
    constant_price_usd: float | None = None,
    with_ground_truth: bool = False,
    settle: timedelta = SETTLE,
    must_exist: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> IngestReport:
    """Load the snapshot folders of a network that lie at or below a place.

    A folder that the database has already with the same checksums is skipped; any other replaces
    what the database holds of its snapshot in one step. Transfers go through the derivation, which
    is done again where transfers of an earlier date came, or were replaced, after it.

    A folder that is not what it has to be is refused, and one that is still being copied is left
    alone; all others are loaded. While the labels that lie apart are refused, folders of transfers
    wait for them: a snapshot that was derived without its labels would stay without them.

    Parameters
    ----------
    path_or_url : str
        A folder, or a URL such as ``s3://bucket/snapshots``: one snapshot, or many below it.
    now : datetime
        With a time zone; since when labels that ``labels`` names, and no META.json, are known, and
        what ``settle`` counts from.
    labels : str, optional
        Where the labels lie. Without it: in the folders of transfers, and in ``address-labels``
        beside ``snapshots``.
    constant_price_usd : float, optional
        USD per native unit, for transfers that come without any price.
    with_ground_truth : bool
        Load ground_truth.parquet, the planted patterns, where a folder has it; no feature or label
        reads them.
    settle : timedelta
        A folder that is not complete, and in which something changed within this time, is still
        being copied.
    must_exist : bool
        False if a place that does not exist is an empty one.

    Returns
    -------
    IngestReport
        One outcome for each folder; none if the place is empty. Decisions of reviewers that lie in
        ``dispositions`` beside the snapshots are loaded, too.

    Raises
    ------
    ConfigurationError
        If the constant price is not above 0.
    SnapshotFolderError
        If the place must exist and does not, or it holds snapshots of other networks only.
    FolderUnreachableError
        If the place does not answer, or is gone after a while.
    AlertmillError
        Whatever is no fault of a folder: the database does not answer, or refuses the rows of a
        simulated world or of another network. Folders of earlier dates stay loaded.
    """
    check_constant_price(constant_price_usd)
    root = place_of(path_or_url)
    found = find_snapshots(root, network, must_exist=must_exist)
    terms = Terms(root, now, settle, constant_price_usd, with_ground_truth=with_ground_truth)
    shared = _load_shared_labels(client, found, terms, network=network, labels=labels)
    loaded = LoadedSnapshots(client, network)
    loader = Loader(client, loaded, terms, shared, found.broken)
    outcomes = [*_problems(found, terms), *([shared.problem] if shared.problem else [])]
    n_done = 0
    for _, of_a_date in groupby(found.folders, lambda folder: folder.meta.processing_date):
        folders = list(of_a_date)
        outcomes += loader.load(folders)
        n_done += len(folders)
        if progress:
            progress(n_done, len(found.folders))
    labels_of_all = [*shared.loaded, *loader.labels]
    dispositions, refused = _load_dispositions(client, found, terms, network)
    outcomes += refused
    is_news = any(one.is_loaded for one in outcomes) or any(one.is_new for one in labels_of_all)
    ingested = IngestReport(
        in_order(outcomes),
        labels_of_all,
        loaded.dates(),
        fetch_label_match(client, network) if is_news else None,
        dispositions,
    )
    for remark in ingested.remarks:
        _LOGGER.warning("%s", remark)
    return ingested


def _problems(found: FoundFolders, terms: Terms) -> list[FolderOutcome]:
    return [
        problem_of(folder, folder.error, terms.status_of(folder.place, folder.error))
        for folder in found.broken
    ]


def _load_dispositions(
    client: Client, found: FoundFolders, terms: Terms, network: Network
) -> tuple[LoadedDispositions | None, list[FolderOutcome]]:
    """Load decisions that lie beside the snapshots; what is wrong with them stops no snapshot."""
    place = find_dispositions(found.places, terms.root, network)
    if place is None:
        return None, []
    try:
        return load_delivered_dispositions(client, place, network=network, now=terms.now), []
    except (SnapshotFolderError, ContractError) as error:
        return None, [problem_of(str(place), error, terms.status_of(place, error))]


def _load_shared_labels(
    client: Client, found: FoundFolders, terms: Terms, *, network: Network, labels: str | None
) -> SharedLabels:
    """Load the labels that lie apart; what is wrong with them is an outcome of its own."""
    metas = found.metas
    if not metas:  # no snapshot that could need them, or whose META.json vouches for them
        return SharedLabels()
    if labels is not None:
        # The operator names the file: it needs no checksum, but must agree with one that is there.
        metas = [meta for meta in metas if LABELS_FILE in meta.sha256]
        place = place_of(labels)
    else:
        places: Sequence[UPath] = find_labels(found.places, terms.root, network)
        if not places:
            return SharedLabels()
        place = places[0]
    try:
        loaded = load_delivered_labels(client, place, metas, network=network, now=terms.now)
    except (SnapshotFolderError, ContractError) as error:
        return SharedLabels(problem=problem_of(str(place), error, terms.status_of(place, error)))
    return SharedLabels([loaded])
