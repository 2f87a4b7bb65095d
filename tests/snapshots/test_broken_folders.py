"""A broken or half-copied folder stops none of the others, and is loaded once it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from upath import UPath

from alertmill.errors import ConfigurationError, FolderUnreachableError, SnapshotFolderError
from alertmill.snapshots.folders import IngestReport, Status, ingest_folders
from alertmill.snapshots.folders.meta import read_meta
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery, LedgerEntry, State, record
from alertmill.vocabulary import Network
from tests.snapshots.delivered import (
    chain_files,
    deliver,
    put_labels,
    risk_files,
    write,
)
from tests.snapshots.derived_frames import stored
from tests.snapshots.hand_made import DAY, derive, milliseconds
from tests.snapshots.test_folders import other_remarks

Frames = dict[str, pl.DataFrame]
NEXT_DAY = DAY + timedelta(days=1)


def ingest(client: Client, place: object, *, hours_later: int = 1, **options: Any) -> IngestReport:  # noqa: ANN401
    """Ingest so much later than the folders were written; after an hour nothing is a copy."""
    now = datetime.now(UTC) + timedelta(hours=hours_later)
    return ingest_folders(client, str(place), network=Network.ETHEREUM, now=now, **options)


def statuses(report: IngestReport) -> dict[date | None, Status]:
    return {folder.processing_date: folder.status for folder in report.folders}


# --- what can be wrong with a folder ------------------------------------------------------------


def truncate(path: UPath) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def change_meta(folder: UPath, **fields: object) -> None:
    meta = json.loads((folder / "META.json").read_bytes())
    (folder / "META.json").write_text(json.dumps(meta | fields))


Break = Callable[[UPath], None]
INCOMPLETE: dict[str, tuple[Break, str]] = {
    "no META.json": (lambda f: (f / "META.json").unlink(), "META.json is missing"),
    "half a META.json": (lambda f: truncate(f / "META.json"), "META.json: the file: Invalid JSON"),
    "a missing file": (
        lambda f: (f / "features.parquet").unlink(),
        "the files features.parquet are missing",
    ),
    "half a file": (
        lambda f: truncate(f / "clusters.parquet"),
        "clusters.parquet: its sha256 is not the one in META.json",
    ),
}
WRONG: dict[str, tuple[Break, str]] = {
    "a wrong field": (
        lambda f: change_meta(f, schema_version="2.0.0"),
        "META.json: schema_version: String should match pattern",
    ),
    "another count": (
        lambda f: change_meta(f, counts=dict.fromkeys(read_meta(f).counts, 1)),
        "rows, META.json counts 1",
    ),
    "a repeated snapshot": (
        lambda f: shutil.copytree(str(f), f"{f}-copy"),  # type: ignore[arg-type,return-value]
        "it is the same snapshot as",
    ),
}


def risk_of(frames: Frames, day: date) -> Frames:
    """Risk data of a day that the frames may not have."""
    files = risk_files(frames, DAY)
    return {
        name: frame.with_columns(pl.lit(day).alias("processing_date"))
        for name, frame in files.items()
    }


def test_of_many_folders_each_broken_one_is_refused_with_its_reason_and_the_rest_is_loaded(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    ways = INCOMPLETE | WRONG
    for number, (breakage, _) in enumerate(ways.values(), start=1):
        day = DAY + timedelta(days=number)
        breakage(deliver(tmp_path, risk_of(derived_frames, day), day=day))
    last = DAY + timedelta(days=len(ways) + 1)
    for day in (DAY, last):
        deliver(tmp_path, risk_of(derived_frames, day), day=day)

    report = ingest(client, tmp_path)

    reasons = {folder.processing_date: folder.reason for folder in report.refused}
    for number, (_, words) in enumerate(ways.values(), start=1):
        assert words in reasons[DAY + timedelta(days=number)]
    assert all("\n" not in reason for reason in reasons.values())
    assert all(folder.action for folder in report.refused)
    assert [DAY, last] == [folder.processing_date for folder in report.loaded]
    assert {7: frozenset({DAY, last})} == report.loaded_dates
    assert {DAY, last} == {*stored(client, "raw_alerts")["processing_date"]}


def test_rows_that_break_a_contract_are_refused_without_showing_them(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    flows = files["money_flows"].with_columns(tx_count=pl.lit(0))
    deliver(tmp_path, files | {"money_flows": flows})

    (refused,) = ingest(client, tmp_path, hours_later=0).refused

    assert f"raw_money_flows.tx_count: expected at least 1 in {flows.height:,} rows" == (
        refused.reason
    )
    address = flows["from_address"].sort()[0]
    assert address in refused.detail
    assert refused.action == "correct the source and deliver the snapshot again"


def test_a_folder_that_is_repaired_is_loaded_by_the_next_run(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    for day in (DAY, NEXT_DAY):
        deliver(tmp_path, risk_files(derived_frames, day), day=day)
    (broken,) = tmp_path.rglob(f"{DAY}/7/alerts.parquet")
    content = broken.read_bytes()
    broken.write_bytes(content[:-1])

    before = ingest(client, tmp_path)
    broken.write_bytes(content)
    after = ingest(client, tmp_path)

    assert statuses(before) == {DAY: Status.REFUSED, NEXT_DAY: Status.NEW}
    assert statuses(after) == {DAY: Status.NEW, NEXT_DAY: Status.UNCHANGED}
    assert derived_frames["raw_alerts"].equals(stored(client, "raw_alerts"))


def test_a_broken_replacement_leaves_what_was_loaded_before(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    deliver(tmp_path, files)
    first = ingest(client, tmp_path)
    flows = files["money_flows"].with_columns(tx_count=pl.col("tx_count") + 1)
    folder = deliver(tmp_path, files | {"money_flows": flows})
    content = (folder / "alerts.parquet").read_bytes()
    truncate(folder / "alerts.parquet")

    broken = ingest(client, tmp_path)
    kept = stored(client, "raw_money_flows")["tx_count"]
    (folder / "alerts.parquet").write_bytes(content)
    repaired = ingest(client, tmp_path)

    assert [Status.NEW, Status.REFUSED, Status.REPLACED] == [
        statuses(report)[DAY] for report in (first, broken, repaired)
    ]
    assert kept.equals(files["money_flows"]["tx_count"])
    assert stored(client, "raw_money_flows")["tx_count"].equals(flows["tx_count"])


def test_a_broken_folder_of_another_network_is_none_of_ours(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path, risk_files(derived_frames))
    write(UPath(tmp_path) / "snapshots" / "torus" / "2024-01-08" / "7" / "META.json", b"{")

    assert [str(folder)] == [one.place for one in ingest(client, tmp_path).folders]


# --- folders that are being copied --------------------------------------------------------------


@pytest.mark.parametrize("way", sorted(INCOMPLETE))
def test_a_folder_that_is_not_complete_is_left_alone_until_nothing_changes_any_more(
    client: Client, tmp_path: Path, derived_frames: Frames, way: str
) -> None:
    breakage, words = INCOMPLETE[way]
    breakage(deliver(tmp_path, risk_files(derived_frames)))

    (now,) = ingest(client, tmp_path, hours_later=0).folders
    (soon,) = ingest(client, tmp_path, settle=timedelta(hours=2)).folders
    (late,) = ingest(client, tmp_path).folders

    assert [Status.WAITING, Status.WAITING, Status.REFUSED] == [
        one.status for one in (now, soon, late)
    ]
    assert words in now.reason
    assert now.action == "nothing; the next run looks again"
    assert (DAY, 7) == (now.processing_date, now.window_days)


@pytest.mark.parametrize("way", sorted(WRONG))
def test_a_folder_that_is_complete_and_wrong_is_refused_at_once(
    client: Client, tmp_path: Path, derived_frames: Frames, way: str
) -> None:
    breakage, _ = WRONG[way]
    breakage(deliver(tmp_path, risk_files(derived_frames)))

    report = ingest(client, tmp_path, hours_later=0)

    assert {Status.REFUSED} == {*statuses(report).values()}


def test_a_folder_in_which_nothing_lies_yet_is_waited_for(client: Client, tmp_path: Path) -> None:
    (tmp_path / "ethereum" / "2024-01-08" / "7").mkdir(parents=True)

    (outcome,) = ingest(client, tmp_path, hours_later=0).folders

    assert (Status.WAITING, "META.json is missing") == (outcome.status, outcome.reason)


def test_files_that_keep_their_old_times_when_copied_are_waited_for_all_the_same(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path / "there", risk_files(derived_frames))
    copy = tmp_path / "here" / "ethereum" / "2024-01-08" / "7"
    copy.mkdir(parents=True)
    shutil.copy2(str(folder / "META.json"), copy)

    (outcome,) = ingest(client, tmp_path / "here", hours_later=0).folders

    assert outcome.status is Status.WAITING


# --- transfers, whose derivation needs those of earlier dates ------------------------------------


def test_a_later_snapshot_is_derived_without_a_broken_earlier_one_and_again_once_it_comes(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    transfers, early = derived_frames["transfers"], pl.col("block_timestamp") < milliseconds(DAY)
    folder = deliver(tmp_path, {"transfers": transfers.filter(early)})
    deliver(tmp_path, {"transfers": transfers.remove(early)}, day=NEXT_DAY)
    content = (folder / "transfers.parquet").read_bytes()
    truncate(folder / "transfers.parquet")

    reports = [ingest(client, tmp_path)]
    (folder / "transfers.parquet").write_bytes(content)
    reports += [ingest(client, tmp_path), ingest(client, tmp_path)]
    ingested = stored(client, "raw_features")
    derive(client, day=NEXT_DAY)

    assert [
        {DAY: Status.REFUSED, NEXT_DAY: Status.NEW},
        {DAY: Status.NEW, NEXT_DAY: Status.REPLACED},
        {DAY: Status.UNCHANGED, NEXT_DAY: Status.UNCHANGED},
    ] == [statuses(report) for report in reports]
    first, second, _ = (other_remarks(report.folders[-1].remarks) for report in reports)
    assert [f"derived without the transfers of {DAY}; it is derived again when they come"] == first
    assert ["derived again, because transfers of its date or an earlier one came after it"] == (
        second
    )
    assert ingested.equals(stored(client, "raw_features"))


def test_one_broken_window_of_a_date_does_not_stop_the_other(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    deliver(tmp_path, chain_files(derived_frames), window_days=30)
    truncate(deliver(tmp_path, chain_files(derived_frames), window_days=7) / "transfers.parquet")

    report = ingest(client, tmp_path)

    assert {7: Status.REFUSED, 30: Status.NEW} == {f.window_days: f.status for f in report.folders}
    assert {30} == {*stored(client, "raw_features")["window_days"]}


# --- labels that lie apart ----------------------------------------------------------------------


def test_while_labels_are_refused_risk_data_is_loaded_and_transfers_wait(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = derived_frames["raw_address_labels"]
    content = put_labels(tmp_path, labels)
    deliver(tmp_path, risk_files(derived_frames), labels=content)
    deliver(tmp_path, chain_files(derived_frames), day=NEXT_DAY, labels=content)
    path = UPath(tmp_path) / "address-labels" / "ethereum_address_labels.parquet"
    truncate(path)

    copied = ingest(client, tmp_path, hours_later=0)
    refused = ingest(client, tmp_path)
    path.write_bytes(content)
    repaired = ingest(client, tmp_path)

    assert statuses(copied) == {None: Status.WAITING, DAY: Status.NEW, NEXT_DAY: Status.WAITING}
    assert statuses(refused) == {
        None: Status.REFUSED,
        DAY: Status.UNCHANGED,
        NEXT_DAY: Status.WAITING,
    }
    (waiting,) = refused.waiting
    assert waiting.reason == "its derivation needs the labels, which are refused"
    assert statuses(repaired) == {DAY: Status.UNCHANGED, NEXT_DAY: Status.NEW}
    assert stored(client, "raw_address_labels").equals(labels)


def test_labels_without_any_snapshot_are_not_loaded(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    put_labels(tmp_path, derived_frames["raw_address_labels"])

    report = ingest(client, tmp_path)

    assert ([], []) == (list(report.folders), list(report.labels))
    assert stored(client, "raw_address_labels").is_empty()


# --- what is no fault of a folder ---------------------------------------------------------------


def test_an_empty_place_has_no_folders_and_one_that_does_not_exist_is_an_error(
    client: Client, tmp_path: Path
) -> None:
    missing = tmp_path / "deliveries"

    assert [] == list(ingest(client, tmp_path).folders)
    assert [] == list(ingest(client, missing, must_exist=False).folders)
    with pytest.raises(SnapshotFolderError, match=r"there is no folder .*/deliveries"):
        ingest(client, missing)


def test_a_place_that_is_gone_in_between_stops_the_run(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    place = tmp_path / "mounted"
    for day in (DAY, NEXT_DAY):
        deliver(place, risk_files(derived_frames, day), day=day)

    with pytest.raises(FolderUnreachableError, match="does not exist any more"):
        ingest(client, place, progress=lambda *_: shutil.rmtree(place))

    assert {DAY} == {*stored(client, "raw_alerts")["processing_date"]}


def test_a_database_of_another_network_stops_the_run(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    load_transfers(client, derived_frames["transfers"], Delivery(Network.TORUS, "chain"))
    deliver(tmp_path, risk_files(derived_frames))

    with pytest.raises(ConfigurationError, match="holds rows of torus"):
        ingest(client, tmp_path)


# --- many folders -------------------------------------------------------------------------------


class CountingClient:
    """A client that counts the statements that it runs."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.n_statements = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        """Return what the client has, and count it if it runs a statement."""
        if name in ("command", "query", "query_arrow", "insert", "insert_arrow"):
            self.n_statements += 1
        return getattr(self._client, name)


def deliver_as_loaded(client: Client, base: Path, n_days: int) -> None:
    """Write folders of so many days, and enter them in the ledger as loaded."""
    entries = []
    for number in range(n_days):
        day = DAY + timedelta(days=number)
        folder = deliver(base, {"alerts": pl.DataFrame({"a": [number]})}, day=day)
        source = Delivery(Network.ETHEREUM, str(folder), read_meta(folder).digest, 7, day)
        entries += [
            LedgerEntry(f"b{number}", source, table, 1, "x", datetime.now(UTC))
            for table in ("raw_alerts", "raw_features")
        ]
    record(client, entries, State.COMPLETE)


def test_folders_that_are_loaded_cost_no_statement_each(client: Client, tmp_path: Path) -> None:
    deliver_as_loaded(client, tmp_path, 40)
    counting: Any = CountingClient(client)

    report = ingest(counting, tmp_path)

    assert [40, 0] == [len(report.of_status(Status.UNCHANGED)), len(report.loaded)]
    assert counting.n_statements < 10
