"""A folder that is not what it has to be is refused by name, before a row of it is loaded."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError
from upath import UPath

from alertmill.errors import (
    ChecksumError,
    ConfigurationError,
    ContractError,
    SnapshotFolderError,
)
from alertmill.parameters import IngestionParameters
from alertmill.snapshots.contracts.tables import TABLES
from alertmill.snapshots.folders import FolderOutcome, ingest_folders
from alertmill.snapshots.folders import files as folder_files
from alertmill.snapshots.folders.chain_level import read_chain_level
from alertmill.snapshots.folders.discovery import find_snapshots
from alertmill.snapshots.folders.meta import LABELS_FILE, read_meta
from alertmill.snapshots.folders.places import place_of
from alertmill.snapshots.folders.risk_level import read_risk_level, wanted_of
from alertmill.storage import Client, fetch
from alertmill.vocabulary import Network
from tests.snapshots.delivered import (
    chain_files,
    deliver,
    parquet,
    put_labels,
    risk_files,
    write,
)
from tests.snapshots.hand_made import DAY

Frames = dict[str, pl.DataFrame]
Change = Callable[[pl.DataFrame], pl.DataFrame]
NOW = datetime(2024, 3, 1, tzinfo=UTC)


def read(folder: UPath) -> None:
    """Read a folder of risk data."""
    read_risk_level(folder, read_meta(folder))


def said_of(folder: UPath, error: type[Exception] = SnapshotFolderError) -> str:
    """What the refusal of a folder says."""
    with pytest.raises(error) as caught:
        read(folder)
    return str(caught.value)


def refused_in(client: Client, place: object) -> FolderOutcome:
    """The one delivery of a place that ends as refused."""
    report = ingest_folders(client, str(place), network=Network.ETHEREUM, now=NOW)
    (outcome,) = report.refused
    return outcome


# --- bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["flipped", "truncated"])
def test_damage_at_any_of_200_places_is_found_before_the_file_is_parsed(
    tmp_path: Path, derived_frames: Frames, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    files = risk_files(derived_frames)
    folder = deliver(tmp_path, files | {"clusters": files["clusters"].head(20)})
    path, meta = folder / "clusters.parquet", read_meta(folder)
    whole = path.read_bytes()

    def parse(*_: object) -> None:
        raise AssertionError("bytes were parsed that were not verified")

    clusters = {"clusters": wanted_of(TABLES["raw_clusters"])}
    monkeypatch.setattr(folder_files, "columns_of", parse)
    for number in range(200):
        place = number * (len(whole) - 1) // 199
        if how == "flipped":
            damaged = bytearray(whole)
            damaged[place] ^= 1 << number % 8
        else:
            damaged = whole[:place]
        path.write_bytes(damaged)
        with pytest.raises(ChecksumError, match=r"clusters\.parquet: its sha256 is"):
            folder_files.read_files(folder, meta, clusters)


def test_a_file_without_a_checksum_is_refused(tmp_path: Path, derived_frames: Frames) -> None:
    files = risk_files(derived_frames)
    folder = deliver(tmp_path, files)
    content = json.loads((folder / "META.json").read_bytes())
    del content["sha256"]["features.parquet"]
    (folder / "META.json").write_text(json.dumps(content))

    said = said_of(folder, ChecksumError)

    assert "META.json gives no sha256 for features.parquet" in said
    assert "Nothing of it was loaded" in said


def test_another_number_of_rows_is_refused(tmp_path: Path, derived_frames: Frames) -> None:
    files = risk_files(derived_frames)
    counts = {name: frame.height for name, frame in files.items()}
    folder = deliver(tmp_path, files, counts=counts | {"alerts": 7})

    assert f"alerts.parquet holds {counts['alerts']} rows, META.json counts 7" in said_of(folder)


def test_a_file_that_is_missing_or_no_parquet_is_named(
    tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path, risk_files(derived_frames))
    (folder / "alerts.parquet").unlink()
    (folder / "clusters.parquet").unlink()

    assert "the files alerts.parquet, clusters.parquet are missing" in said_of(folder)


def test_verified_bytes_that_are_no_parquet_are_named(
    tmp_path: Path, derived_frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deliver(tmp_path, risk_files(derived_frames))
    monkeypatch.setattr(folder_files, "read_verified", lambda *_: b"PAR1\x1b[31mno")

    assert "alerts.parquet: it is no parquet file that can be read: " in said_of(folder)


# --- columns and rows -------------------------------------------------------------------------


def test_all_missing_columns_of_all_files_are_in_one_table(
    tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    files["alerts"] = files["alerts"].rename({"severity": "Severity"}).drop("volume_usd")
    files["features"] = files["features"].drop("kcore")

    said = said_of(deliver(tmp_path, files))

    assert "3 columns are missing:" in said
    assert [
        ["file", "column", "perhaps", "renamed", "to"],
        ["alerts.parquet", "severity", "Severity"],
        ["alerts.parquet", "volume_usd"],
        ["features.parquet", "kcore"],
    ] == [line.split() for line in said.splitlines()[1:5]]


BROKEN: dict[str, tuple[str, Change, str]] = {
    "a new severity": (
        "alerts",
        lambda f: f.with_columns(severity=pl.lit("severe")),
        "raw_alerts.severity: expected one of low, medium, high, critical in",
    ),
    "text for a number": (
        "alerts",
        lambda f: f.with_columns(pl.col("volume_usd").cast(pl.String)),
        "raw_alerts.volume_usd: expected Decimal(precision=38, scale=18), found String",
    ),
    "not a number": (
        "features",
        lambda f: f.with_columns(pagerank=pl.lit(float("nan"))),
        "raw_features.pagerank: expected a finite number in",
    ),
    "a huge amount": (
        "features",
        lambda f: f.with_columns(total_volume_usd=pl.lit(1e38)),
        "raw_features.total_volume_usd: expected what Decimal(precision=38, scale=18) can hold in",
    ),
    "a repeated row": (
        "alerts",
        lambda f: pl.concat([f, f.head(1)]),
        "raw_alerts.window_days, processing_date, alert_id: expected each key once in 2 rows",
    ),
    "an alert without features": (
        "features",
        lambda f: f.with_columns(address="x" + pl.col("address")),
        "raw_alerts.address: expected the same name in raw_features.address of its snapshot in",
    ),
    "rows of another day": (
        "clusters",
        lambda f: f.with_columns(pl.col("processing_date").dt.offset_by("1d")),
        f"raw_clusters.processing_date: expected {DAY}, as META.json says in",
    ),
    "rows of another window": (
        "money_flows",
        lambda f: f.with_columns(window_days=pl.lit(30)),
        "raw_money_flows.window_days: expected 7, as META.json says in",
    ),
    "some rows with a column of ours": (
        "features",
        lambda f: f.with_columns(
            near_threshold_count=pl.when(pl.int_range(pl.len()) > 2).then(pl.lit(1))
        ),
        "near_threshold_count: expected a value in every row of a snapshot, or in none",
    ),
}


@pytest.mark.parametrize("breach", sorted(BROKEN))
def test_rows_that_break_a_contract_are_refused(
    tmp_path: Path, derived_frames: Frames, breach: str
) -> None:
    name, change, words = BROKEN[breach]
    files = risk_files(derived_frames)
    folder = deliver(tmp_path, files | {name: change(files[name])})

    said = said_of(folder, ContractError)

    assert words in said
    assert str(folder) in said


def test_nothing_of_a_refused_folder_reaches_the_database(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    flows = files["money_flows"].with_columns(tx_count=pl.lit(0))
    deliver(tmp_path, files | {"money_flows": flows})

    refused = refused_in(client, tmp_path)

    assert "raw_money_flows.tx_count: expected at least 1" in refused.reason
    assert 0 == fetch(client, "SELECT count() AS n FROM raw_features_batches")["n"][0]
    assert 0 == fetch(client, "SELECT count() AS n FROM ingestion_ledger")["n"][0]


# --- META.json --------------------------------------------------------------------------------

SHA = "0" * 64
FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "another schema": ({"schema_version": "2.0.0"}, "schema_version: "),
    "an unknown network": ({"network": "dogecoin"}, "network: "),
    "another batch": ({"batch_id": "ethereum-2024-01-09-7d"}, "the other fields make it"),
    "a date no table holds": (
        {"processing_date": "2200-01-01", "batch_id": "ethereum-2200-01-01-7d"},
        "processing_date: ",
    ),
    "a window of no days": ({"window_days": 0}, "window_days: "),
    "a time without a zone": ({"generated_at": "2024-01-08T03:00:00"}, "generated_at: "),
    "a negative count": ({"counts": {"alerts": -1}}, "counts.alerts: "),
    "a short checksum": ({"sha256": {"alerts.parquet": "ab"}}, "sha256.alerts.parquet: "),
    "a way out": ({"sha256": {"../../etc/x.parquet": SHA}}, "sha256.../../etc/x.parquet"),
    "an absolute path": ({"sha256": {"/etc/x.parquet": SHA}}, "sha256./etc/x.parquet"),
    "an encoded way out": ({"sha256": {"%2e%2e%2fx.parquet": SHA}}, "sha256.%2e%2e"),
    "a hidden end": ({"sha256": {"alerts.parquet\x00.txt": SHA}}, r"sha256.alerts.parquet\x00"),
    "a line break": ({"sha256": {"alerts.parquet\n": SHA}}, r"sha256.alerts.parquet\n"),
    "no checksums": ({"sha256": None}, "sha256: "),
}


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_wrong_field_of_meta_json_is_named(tmp_path: Path, field: str) -> None:
    change, words = FIELDS[field]
    folder = deliver(tmp_path, {}, **change)

    with pytest.raises(SnapshotFolderError) as caught:
        read_meta(folder)

    assert words in str(caught.value)
    assert "\x00" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_meta_json_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "META.json").write_bytes(content)

    with pytest.raises(SnapshotFolderError, match=r"META\.json: "):
        read_meta(UPath(tmp_path))


def test_a_folder_whose_path_says_another_snapshot_is_refused(tmp_path: Path) -> None:
    folder = deliver(tmp_path, {})
    moved = folder.rename(folder.parent / "30")

    with pytest.raises(SnapshotFolderError, match="the path says ethereum/2024-01-08/30, META"):
        read_meta(moved)


def test_a_folder_whose_path_says_nothing_is_read(tmp_path: Path) -> None:
    folder = deliver(tmp_path, {})

    assert DAY == read_meta(folder.rename(tmp_path / "copied")).processing_date


# --- places -----------------------------------------------------------------------------------


def test_a_place_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotFolderError, match=r"there is no folder .*/upstream to look for"):
        find_snapshots(UPath(tmp_path / "upstream"), Network.ETHEREUM)


@pytest.mark.parametrize(
    "url",
    [
        "nowhere://bucket/snapshots",
        "gs://bucket/snapshots",
        "https://host/snapshots",
        "ftp://host/snapshots",
        "memory://snapshots",
    ],
)
def test_a_url_of_a_kind_that_is_not_read_is_refused_by_name(url: str) -> None:
    scheme = url.partition("://")[0]

    with pytest.raises(SnapshotFolderError, match=rf"{scheme}:// are not read.* file:// or s3://"):
        place_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:hush@host/snapshots",
        "s3://user:hush@bucket/snapshots",
        "s3://hush@bucket/snapshots",
        "s3://bucket/snapshots?token=hush",
        "s3://bucket/snapshots#hush",
        "s3://bucket/https://user:hush@host/snapshots",
        "zip://snapshots::s3://user:hush@bucket/all.zip",
        "simplecache::s3://hush@bucket/snapshots",
        "S3://hush:hush@bucket/snapshots",
    ],
)
def test_a_url_with_a_secret_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(SnapshotFolderError) as caught:
        place_of(url)

    assert "hush" not in str(caught.value)
    assert "hush" not in caught.value.path


def test_a_local_folder_has_one_name_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()

    ways = [str(tmp_path), tmp_path.as_uri(), f"{tmp_path}/below/.."]

    assert {str(tmp_path)} == {str(place_of(way)) for way in ways}


def test_a_place_of_another_network_says_which(tmp_path: Path, derived_frames: Frames) -> None:
    deliver(tmp_path, risk_files(derived_frames))

    with pytest.raises(SnapshotFolderError, match="it holds snapshots of ethereum"):
        find_snapshots(UPath(tmp_path), Network.TORUS)


def test_a_snapshot_that_lies_there_twice_is_refused(
    tmp_path: Path, derived_frames: Frames
) -> None:
    for name in ("first", "second"):
        deliver(tmp_path / name, chain_files(derived_frames))

    found = find_snapshots(UPath(tmp_path), Network.ETHEREUM)

    assert [] == found.folders
    first, second = sorted(str(folder.place) for folder in found.broken)
    assert [f"it is the same snapshot as {second}", f"it is the same snapshot as {first}"] == [
        folder.error.reason for folder in sorted(found.broken, key=lambda f: str(f.place))
    ]


def test_patterns_of_a_newer_upstream_are_refused_as_such(
    tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    newer = {"features": files["features"], "patterns": files["alerts"]}
    deliver(tmp_path, newer)

    (broken,) = find_snapshots(UPath(tmp_path), Network.ETHEREUM).broken

    assert "patterns.parquet, which newer upstream" in broken.error.reason


def test_a_folder_of_neither_kind_is_refused(tmp_path: Path, derived_frames: Frames) -> None:
    deliver(tmp_path, {"balances": derived_frames["transfers"]})

    (broken,) = find_snapshots(UPath(tmp_path), Network.ETHEREUM).broken

    assert "names neither risk data" in broken.error.reason


# --- transfers, prices and labels -------------------------------------------------------------


def test_a_constant_price_of_nothing_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the constant price is 0 USD; expected a number"):
        ingest_folders(
            client, str(tmp_path), network=Network.ETHEREUM, now=NOW, constant_price_usd=0.0
        )
    with pytest.raises(ValidationError, match="constant_price_usd"):
        IngestionParameters(network=Network.ETHEREUM, url=str(tmp_path), constant_price_usd=0.0)


def test_transfers_without_any_price_are_refused(tmp_path: Path, derived_frames: Frames) -> None:
    folder = deliver(tmp_path, {"transfers": derived_frames["transfers"].drop("amount_usd")})

    with pytest.raises(SnapshotFolderError, match="no amount_usd and there is no asset_prices"):
        read_chain_level(folder, read_meta(folder), constant_price_usd=None)


def test_a_transfer_before_the_first_price_is_named(tmp_path: Path, derived_frames: Frames) -> None:
    rows = {"asset_symbol": ["ETH"], "asset_contract": ["eth"], "price_usd": [1.0]}
    prices = pl.DataFrame(rows).with_columns(price_date=pl.lit(DAY))
    transfers = derived_frames["transfers"].drop("amount_usd")
    folder = deliver(tmp_path, {"transfers": transfers, "asset_prices": prices})

    with pytest.raises(ContractError, match="a price of the asset from before the day") as caught:
        read_chain_level(folder, read_meta(folder), constant_price_usd=None)

    assert "'eth'" in str(caught.value)
    assert "'dai'" in str(caught.value)


def test_an_amount_of_more_than_20_digits_is_refused_with_its_contract(
    tmp_path: Path, derived_frames: Frames
) -> None:
    wide = pl.Decimal(38, 0)
    transfers = derived_frames["transfers"].with_columns(
        amount=pl.when(pl.col("asset_contract") == "dai")
        .then(pl.lit(Decimal(10) ** 21, dtype=wide))
        .otherwise(pl.lit(1, dtype=wide))
    )
    folder = deliver(tmp_path, {"transfers": transfers})

    with pytest.raises(ContractError, match=r"transfers\.amount: expected what Dec") as caught:
        read_chain_level(folder, read_meta(folder), constant_price_usd=None)

    assert "'dai', 0) has 1000000000000000000000" in str(caught.value)
    assert "'eth'" not in str(caught.value)


def test_labels_of_another_delivery_are_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    put_labels(tmp_path, derived_frames["raw_address_labels"])
    deliver(tmp_path, risk_files(derived_frames), labels=b"other labels")

    refused = refused_in(client, tmp_path)

    assert "ethereum_address_labels.parquet: its sha256 is" in refused.detail


def test_labels_without_a_checksum_are_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    put_labels(tmp_path, derived_frames["raw_address_labels"])
    deliver(tmp_path, risk_files(derived_frames))

    refused = refused_in(client, tmp_path)

    assert "no sha256 for address_labels.parquet" in refused.detail


def test_labels_that_break_their_contract_are_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = derived_frames["raw_address_labels"].with_columns(trust_level=pl.lit("some"))
    deliver(tmp_path, risk_files(derived_frames), labels=put_labels(tmp_path, labels))

    refused = refused_in(client, tmp_path)

    assert "raw_address_labels.trust_level: expected one of" in refused.detail


def test_labels_in_a_folder_that_have_no_checksum_are_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path, chain_files(derived_frames))
    write(folder / LABELS_FILE, parquet(derived_frames["raw_address_labels"]))

    refused = refused_in(client, tmp_path)

    assert "no sha256 for address_labels.parquet" in refused.detail

    assert 0 == fetch(client, "SELECT count() AS n FROM transfers")["n"][0]


def test_labels_that_are_described_and_nowhere_to_be_found_are_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    deliver(tmp_path, chain_files(derived_frames), labels=b"gone")

    refused = refused_in(client, tmp_path)

    assert "lies neither here nor in address-labels" in refused.detail

    assert 0 == fetch(client, "SELECT count() AS n FROM transfers")["n"][0]


def test_labels_of_another_number_than_counted_are_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files, labels = chain_files(derived_frames), derived_frames["raw_address_labels"]
    counts = {"transfers": files["transfers"].height, "address_labels": labels.height + 1}
    deliver(tmp_path, files, labels=put_labels(tmp_path, labels), counts=counts)

    refused = refused_in(client, tmp_path)

    assert "it holds 16 rows, META.json counts 17" in refused.detail


def test_a_described_file_that_is_missing_is_named_even_if_nobody_reads_it(
    tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path, risk_files(derived_frames) | {"assets": pl.DataFrame({"a": [1]})})
    (folder / "assets.parquet").unlink()

    assert "the files assets.parquet are missing" in said_of(folder)


def test_a_small_file_of_too_many_rows_is_refused_before_it_is_parsed() -> None:
    content, wanted = io.BytesIO(), folder_files.Wanted(required=["x"])
    pl.select(x=pl.repeat(value=True, n=20_000_001)).write_parquet(content)

    with pytest.raises(SnapshotFolderError, match="it holds 20,000,001 rows, expected at most"):
        folder_files.parse(UPath("x.parquet"), content.getvalue(), ["x"], wanted)
