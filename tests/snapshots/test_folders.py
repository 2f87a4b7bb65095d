"""Folders are loaded whole, verified and once; what was loaded is what was delivered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from s3fs import S3FileSystem
from upath import UPath

from alertmill.errors import FolderUnreachableError, MixedSourcesError
from alertmill.snapshots.folders import IngestReport, Status, ingest_folders
from alertmill.snapshots.folders.files import LeftOut
from alertmill.snapshots.folders.meta import LABELS_FILE
from alertmill.snapshots.folders.risk_level import RISK_LEVEL
from alertmill.storage import Client, fetch
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.vocabulary import Network
from tests.snapshots.delivered import (
    chain_files,
    deliver,
    parquet,
    put_labels,
    risk_files,
    write,
)
from tests.snapshots.derived_frames import stored
from tests.snapshots.hand_made import DAY, derive, milliseconds
from tests.support.buckets import bucket_of

Frames = dict[str, pl.DataFrame]
NEXT_DAY = DAY + timedelta(days=1)
NOW = datetime(2024, 3, 1, tzinfo=UTC)


def ingest(client: Client, place: object, **options: object) -> IngestReport:
    given = {"network": Network.ETHEREUM, "now": NOW} | options
    return ingest_folders(client, str(place), **given)  # type: ignore[arg-type]


def other_remarks(remarks: Sequence[str]) -> list[str]:
    """Leave out that the names of these tests are no addresses of Ethereum."""
    return [remark for remark in remarks if "compared letter by letter" not in remark]


def ledger(client: Client) -> list[tuple[object, ...]]:
    sql = """
        SELECT table::String, toString(processing_date), window_days, source_uri, rows
        FROM current_batches ORDER BY ALL
    """
    return fetch(client, sql).rows()


# --- risk data --------------------------------------------------------------------------------


def test_every_row_and_value_of_a_folder_is_in_the_database(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path, risk_files(derived_frames, is_upstream=False))

    (snapshot,) = ingest(client, folder).folders

    assert snapshot.is_loaded
    assert LeftOut() == snapshot.left_out
    assert [] == other_remarks(snapshot.remarks)
    for table in RISK_LEVEL.values():
        delivered = derived_frames[table].filter(pl.col("processing_date") == DAY)
        assert stored(client, table).equals(delivered)
        assert delivered.height == snapshot.rows[table] > 0


def test_columns_that_only_we_derive_stay_empty(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    ingest(client, deliver(tmp_path, risk_files(derived_frames)))

    features = stored(client, "raw_features")

    assert features.height == features["near_threshold_count"].null_count() > 0
    assert features.height == features["exposure_in_1hop_usd"].null_count()
    assert 0 == features["degree_in"].null_count()


def test_all_folders_of_a_place_are_loaded_in_the_order_of_their_dates(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    for day in (NEXT_DAY, DAY):
        deliver(tmp_path, risk_files(derived_frames, day), day=day)

    report = ingest(client, tmp_path)

    assert [DAY, NEXT_DAY] == [snapshot.processing_date for snapshot in report.folders]
    assert 2 == stored(client, "raw_alerts")["processing_date"].n_unique()


def test_a_folder_that_is_loaded_is_skipped_and_a_changed_one_replaces_it(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    deliver(tmp_path, files)
    ingest(client, tmp_path)
    before = ledger(client)

    assert [False] == [snapshot.is_loaded for snapshot in ingest(client, tmp_path).folders]
    assert before == ledger(client)

    flow = files["money_flows"].with_columns(tx_count=pl.col("tx_count") + 1)
    deliver(tmp_path, files | {"money_flows": flow})
    assert [True] == [snapshot.is_loaded for snapshot in ingest(client, tmp_path).folders]
    assert stored(client, "raw_money_flows")["tx_count"].equals(flow["tx_count"])
    assert flow.height == stored(client, "raw_money_flows").height


def test_the_same_rows_in_other_bytes_are_read_once(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    deliver(tmp_path, files)
    ingest(client, tmp_path)
    deliver(tmp_path, {name: frame.with_columns(_version=2) for name, frame in files.items()})

    reports = [ingest(client, tmp_path) for _ in range(2)]

    assert [True, False] == [report.folders[0].is_loaded for report in reports]


def test_extra_columns_are_reported_and_kept_out(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    files["features"] = files["features"].with_columns(own_label=pl.lit(1), aml=pl.lit("x"))

    (snapshot,) = ingest(client, deliver(tmp_path, files)).folders

    assert {"features.parquet": ["aml", "own_label"]} == snapshot.left_out.columns
    assert "own_label" not in stored(client, "raw_features").columns


# --- transfers --------------------------------------------------------------------------------


def test_transfers_go_through_the_derivation(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = put_labels(tmp_path, derived_frames["raw_address_labels"])
    for day in (DAY, NEXT_DAY):
        deliver(tmp_path, chain_files(derived_frames), day=day, labels=labels)

    report = ingest(client, tmp_path / "snapshots")

    assert [True, True] == [snapshot.is_loaded for snapshot in report.folders]
    assert [16] == [labels.n_new for labels in report.labels]
    for table in RISK_LEVEL.values():
        assert stored(client, table).equals(derived_frames[table])


def test_a_derivation_that_was_interrupted_is_done_by_ingesting_again(
    client: Client, tmp_path: Path, derived_frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path, chain_files(derived_frames))

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alertmill.snapshots.folders.loader.derive_snapshot", die)
        with pytest.raises(KeyboardInterrupt):
            ingest(client, tmp_path)
    assert stored(client, "transfers").height > 0
    assert stored(client, "raw_alerts").is_empty()

    assert [True] == [snapshot.is_loaded for snapshot in ingest(client, tmp_path).folders]
    assert stored(client, "raw_alerts").height > 0
    assert [False] == [snapshot.is_loaded for snapshot in ingest(client, tmp_path).folders]


def test_files_that_the_meta_json_does_not_name_are_reported_and_not_read(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    folder = deliver(tmp_path, chain_files(derived_frames))
    for name in ("patterns.parquet", "copy\x1b of transfers.parquet", "readme.txt"):
        write(folder / name, b"whatever")

    report = ingest(client, tmp_path)

    why = "not read, because META.json does not name them"
    names = r"'copy\x1b of transfers.parquet', 'patterns.parquet'"
    assert [f"{folder}: {why}: {names}"] == other_remarks(report.remarks)


def test_a_folder_without_transfers_of_its_window_is_loaded_and_says_so(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    transfers, early = derived_frames["transfers"], date(2023, 12, 4)
    deliver(tmp_path, {"transfers": transfers.clear()}, day=early)
    deliver(tmp_path, {"transfers": transfers}, day=date(2023, 12, 11))

    report = ingest(client, tmp_path)

    assert 2 == len(report.loaded)
    assert transfers.height == stored(client, "transfers").height
    none, empty = "none of its {} transfers lies in its window, {}", "no address is active in"
    days = "2023-11-27 to 2023-12-03", "2023-12-04 to 2023-12-10"
    assert [
        [none.format(n, when), f"{empty} its window, {when}: the snapshot is empty"]
        for n, when in zip(("0", "1,500"), days, strict=True)
    ] == [other_remarks(snapshot.remarks) for snapshot in report.folders]
    assert [] == ingest(client, tmp_path).remarks


@pytest.mark.parametrize("table", ["transfers", "raw_features"])
def test_what_another_process_called_void_is_done_by_ingesting_again(
    client: Client, tmp_path: Path, derived_frames: Frames, table: str
) -> None:
    deliver(tmp_path, chain_files(derived_frames))
    ingest(client, tmp_path)
    before = stored(client, table)

    client.command(
        """
        INSERT INTO ingestion_ledger SELECT * REPLACE ('void' AS state) FROM (
            SELECT * FROM ingestion_ledger WHERE state = 'complete' AND table = {table:String})
        """,
        parameters={"table": table},
    )

    assert stored(client, table).is_empty()
    assert [True] == [snapshot.is_loaded for snapshot in ingest(client, tmp_path).folders]
    assert before.equals(stored(client, table))


def test_a_snapshot_is_derived_again_when_transfers_of_an_earlier_date_come_late(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    transfers, late = derived_frames["transfers"], pl.col("block_timestamp") < milliseconds(DAY)
    deliver(tmp_path, {"transfers": transfers.remove(late)}, day=NEXT_DAY)
    ingest(client, tmp_path)
    deliver(tmp_path, {"transfers": transfers.filter(late)}, day=DAY)

    reports = [ingest(client, tmp_path) for _ in range(2)]
    ingested = stored(client, "raw_features")
    derive(client, day=NEXT_DAY)

    assert [[True, True], [False, False]] == [
        [snapshot.is_loaded for snapshot in report.folders] for report in reports
    ]
    assert ingested.equals(stored(client, "raw_features"))


def test_every_window_of_a_date_is_derived_from_all_transfers_of_that_date(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    transfers = derived_frames["transfers"]
    of_week = pl.col("block_timestamp") >= milliseconds(DAY - timedelta(days=7))
    deliver(tmp_path, {"transfers": transfers.filter(of_week)}, window_days=7)
    deliver(tmp_path, {"transfers": transfers}, window_days=30)

    reports = [ingest(client, tmp_path) for _ in range(2)]
    ingested = stored(client, "raw_features")
    derive(client, window_days=7)

    assert [2, 0] == [len(report.loaded) for report in reports]
    assert ingested.equals(stored(client, "raw_features"))


def test_of_a_transfer_delivered_in_two_versions_the_higher_counts(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    first = derived_frames["transfers"]
    second = first.with_columns(pl.col("amount_usd") * 2, _version=pl.lit(2, pl.UInt64))
    deliver(tmp_path, {"transfers": pl.concat([first, second])})

    (snapshot,) = ingest(client, tmp_path).folders

    assert 2 * first.height == snapshot.rows["transfers"]
    once = derived_frames["raw_money_flows"].filter(pl.col("processing_date") == DAY)
    assert stored(client, "raw_money_flows")["tx_count"].equals(once["tx_count"])
    assert stored(client, "raw_money_flows")["amount_usd_sum"].equals(once["amount_usd_sum"] * 2)


# --- prices -----------------------------------------------------------------------------------


def prices(asset_prices: dict[tuple[str, date], float]) -> pl.DataFrame:
    rows = [
        {
            "asset_symbol": symbol,
            "asset_contract": symbol.lower(),
            "price_date": day,
            "price_usd": usd,
            "source": "somewhere",
        }
        for (symbol, day), usd in asset_prices.items()
    ]
    return pl.DataFrame(rows)


def test_without_an_amount_in_usd_the_last_price_before_the_day_counts(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    early, middle = date(2023, 12, 1), date(2024, 1, 3)
    asset_prices = {("ETH", early): 10.0, ("ETH", middle): 1000.0, ("DAI", early): 1.0}
    files = {
        "transfers": derived_frames["transfers"].drop("amount_usd"),
        "asset_prices": prices(asset_prices),
    }
    deliver(tmp_path, files)

    ingest(client, tmp_path)

    found = stored(client, "transfers").with_columns(
        day=pl.from_epoch("block_timestamp", time_unit="ms").dt.date(),
        price=(pl.col("amount_usd") / pl.col("amount")).cast(pl.Float64).round(6),
    )
    eth = found.filter(pl.col("asset_symbol") == "ETH")
    assert {10.0} == {*eth.filter(pl.col("day") <= middle)["price"]}
    assert {1000.0} == {*eth.filter(pl.col("day") > middle)["price"]}
    assert {1.0} == {*found.filter(pl.col("asset_symbol") == "DAI")["price"]}
    assert str(ledger(client)).count("#valued_by=asset_prices") == 1


def test_a_constant_price_is_recorded_and_another_one_loads_again(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    deliver(tmp_path, {"transfers": derived_frames["transfers"].drop("amount_usd")})

    ingest(client, tmp_path, constant_price_usd=2.5)
    again = ingest(client, tmp_path, constant_price_usd=2.5)
    other = ingest(client, tmp_path, constant_price_usd=3.0)

    assert [False, True] == [report.folders[0].is_loaded for report in (again, other)]
    found = stored(client, "transfers")
    assert found["amount_usd"].cast(pl.Float64).to_list() == pytest.approx(
        (found["amount"].cast(pl.Float64) * 3).to_list()
    )
    assert "#valued_by=constant:3.0" in str(ledger(client))


# --- labels -----------------------------------------------------------------------------------


def undated(frames: Frames) -> pl.DataFrame:
    return frames["raw_address_labels"].drop("known_at", "revoked_at", "known_at_source")


def test_a_label_without_a_date_is_known_since_its_first_delivery(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = undated(derived_frames)
    for day, some in ((DAY, labels.head(10)), (NEXT_DAY, labels)):
        content = put_labels(tmp_path, some)
        deliver(tmp_path, risk_files(derived_frames, day), day=day, labels=content)
        ingest(client, tmp_path)

    found = stored(client, "raw_address_labels")

    assert {"first_delivery"} == {*found["known_at_source"]}
    times = pl.from_epoch("known_at", time_unit="ms").dt.to_string("%Y-%m-%d %H:%M")
    assert {("2024-01-08 03:00", 10), ("2024-01-09 03:00", 6)} == {
        *found.group_by(times).len().rows()
    }


def risky_on(client: Client, day: date) -> set[str]:
    """Addresses with a risky label by the derivation of a day."""
    derive(client, day=day)
    return set(fetch(client, "SELECT address FROM known_labels WHERE is_risky")["address"])


def test_a_label_that_is_gone_from_the_list_is_revoked_and_may_come_back(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = undated(derived_frames)
    risky = labels.filter(pl.col("risk_level").is_in(["high", "critical"])).unique("address")
    address = risky["address"].min()
    lists = (risky, risky.filter(pl.col("address") != address), risky)
    reports = []
    for number, some in enumerate(lists):
        day = DAY + timedelta(days=number)
        content = put_labels(tmp_path, some)
        deliver(tmp_path, risk_files(derived_frames, day), day=day, labels=content)
        reports.append(ingest(client, tmp_path).labels[0])

    days = [DAY + timedelta(days=number) for number in range(4)]
    again = ingest(client, tmp_path).labels[0]

    assert [(risky.height, 0), (0, 1), (1, 0)] == [(r.n_new, r.n_revoked) for r in reports]
    assert not again.is_new
    # What a delivery of the day at 03:00 says counts for the snapshots from the next day on.
    assert [False, True, False, True] == [address in risky_on(client, day) for day in days]


def test_an_empty_list_revokes_nothing_and_is_refused(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = undated(derived_frames)
    deliver(tmp_path, risk_files(derived_frames))
    place = tmp_path / "list.parquet"
    labels.write_parquet(place)
    ingest(client, tmp_path, labels=str(place))

    labels.clear().write_parquet(place)
    report = ingest(client, tmp_path, labels=str(place))

    assert ["which would revoke all" in outcome.reason for outcome in report.refused] == [True]
    assert 0 == stored(client, "raw_address_labels")["revoked_at"].is_not_null().sum()


def test_a_revocation_that_comes_with_a_later_history_counts(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = derived_frames["raw_address_labels"].drop("known_at_source")
    one = labels.filter(pl.col("revoked_at").is_null()).head(1)
    revoked = one.with_columns(revoked_at=pl.col("known_at") + 1)
    for day, told in ((DAY, one), (NEXT_DAY, revoked), (NEXT_DAY + timedelta(days=1), one)):
        content = put_labels(tmp_path, told)
        deliver(tmp_path, risk_files(derived_frames, day), day=day, labels=content)
        ingest(client, tmp_path)

    found = stored(client, "raw_address_labels")

    assert revoked["revoked_at"].to_list() == found["revoked_at"].to_list()


def test_labels_of_one_place_revoke_none_of_another(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = undated(derived_frames)
    deliver(tmp_path, risk_files(derived_frames))
    for name, some in (("a", labels.head(10)), ("b", labels.tail(3))):
        some.write_parquet(tmp_path / f"{name}.parquet")
        ingest(client, tmp_path, labels=str(tmp_path / f"{name}.parquet"))

    assert 0 == stored(client, "raw_address_labels")["revoked_at"].is_not_null().sum()


def test_labels_that_are_known_are_not_loaded_twice(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    content = put_labels(tmp_path, derived_frames["raw_address_labels"])
    deliver(tmp_path, risk_files(derived_frames), labels=content)

    reports = [ingest(client, tmp_path) for _ in range(2)]

    assert [True, False] == [report.labels[0].is_new for report in reports]
    assert stored(client, "raw_address_labels").equals(derived_frames["raw_address_labels"])


def test_labels_in_a_folder_of_risk_data_are_loaded(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    content = parquet(derived_frames["raw_address_labels"])
    write(deliver(tmp_path, risk_files(derived_frames), labels=content) / LABELS_FILE, content)

    ingest(client, tmp_path)

    assert stored(client, "raw_address_labels").equals(derived_frames["raw_address_labels"])


def test_labels_that_the_operator_names_need_no_checksum(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    deliver(tmp_path, risk_files(derived_frames))
    path = tmp_path / "mine.parquet"
    undated(derived_frames).write_parquet(path)

    ingest(client, tmp_path, labels=str(path))

    assert {int(NOW.timestamp() * 1000)} == {*stored(client, "raw_address_labels")["known_at"]}


# --- what a training may read --------------------------------------------------------------------


def test_derived_and_delivered_snapshots_are_not_mixed_in_one_training(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    deliver(tmp_path, chain_files(derived_frames))
    deliver(tmp_path, risk_files(derived_frames, NEXT_DAY), day=NEXT_DAY)
    ingest(client, tmp_path)
    extract = partial(FeatureExtractor(client).extract_training_data, network="ethereum")

    assert extract(DAY, DAY, 7).alerts.height > 0
    assert extract(NEXT_DAY, NEXT_DAY, 7).alerts.height > 0
    with pytest.raises(MixedSourcesError, match=r"1 \(2024-01-09 to 2024-01-09\) were delivered"):
        extract(DAY, NEXT_DAY, 7)


# --- text -------------------------------------------------------------------------------------


CORPUS = [
    "plain", "", " ", "\t", "\n", "\r\n", "\x00", "a\x00b", "\x1b[31mred\x1b[0m", "\x1b]0;t\x07",
    "\u202eoverride", "\u2066isolate\u2069", "\ufeffbom", "\u200bzero width", "\u00ad", "\u0301",
    "e\u0301", "\u00e9", "\U0001f4b8", "\U0001f469\u200d\U0001f4bb", "\U0010ffff", "\ufffd",
    "\uffff",
    "\x7f", "\x80", "\x9b31m", "\u2028", "\u2029", "'", '"', "\\", "\\N", "NULL", "nan",
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "; DROP TABLE raw_alerts --", "{x:String}",
    "%s%n", "日本語 العربية עברית", "x" * 1_000_000,
]  # fmt: skip


def test_text_comes_through_byte_for_byte(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    some = files["alerts"].head(len(CORPUS)).with_columns(description=pl.Series(CORPUS))
    others = files["alerts"][len(CORPUS) :]

    ingest(client, deliver(tmp_path, files | {"alerts": pl.concat([some, others])}))

    FeatureExtractor(client).extract_training_data(DAY, DAY, 7, network="ethereum").save(tmp_path)

    sent = some.select("alert_id", sent="description")
    for kept in (stored(client, "raw_alerts"), TrainingData.load(tmp_path).alerts):
        found = kept.join(sent, on="alert_id")
        assert len(CORPUS) == found.height >= 40
        assert [t.encode() for t in found["sent"]] == [t.encode() for t in found["description"]]


# --- S3 ---------------------------------------------------------------------------------------


@pytest.fixture
def bucket() -> Iterator[UPath]:
    """A bucket of a server on this machine that speaks S3."""
    with bucket_of("upstream") as place:
        yield place


def test_folders_are_read_from_s3(client: Client, bucket: UPath, derived_frames: Frames) -> None:
    content = put_labels(bucket, derived_frames["raw_address_labels"])
    deliver(bucket, risk_files(derived_frames), labels=content)

    first = ingest(client, "s3://upstream/snapshots")
    deliver(bucket, risk_files(derived_frames, NEXT_DAY), day=NEXT_DAY, labels=content)
    second = ingest(client, "s3://upstream/snapshots")

    assert [True] == [snapshot.is_loaded for snapshot in first.folders]
    assert [False, True] == [snapshot.is_loaded for snapshot in second.folders]
    assert derived_frames["raw_alerts"].equals(stored(client, "raw_alerts"))
    assert "s3://upstream/snapshots/ethereum/2024-01-08/7" in str(ledger(client))


def test_a_place_that_does_not_answer_may_be_tried_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    S3FileSystem.clear_instance_cache()

    with pytest.raises(
        FolderUnreachableError, match="cannot reach s3://nowhere/snapshots"
    ) as caught:
        ingest(client, "s3://nowhere/snapshots")

    assert isinstance(caught.value, ConnectionError)
    assert 1 == str(caught.value).count("cannot reach")


def test_a_folder_that_is_being_uploaded_to_s3_is_waited_for(
    client: Client, bucket: UPath, derived_frames: Frames
) -> None:
    folder = deliver(bucket, risk_files(derived_frames))
    (folder / "META.json").unlink()
    (folder.parent.parent / "2024-01-09" / "7" / "notes.txt").write_bytes(b"")

    soon = ingest(client, "s3://upstream", now=datetime.now(UTC))
    late = ingest(client, "s3://upstream", now=datetime.now(UTC) + timedelta(hours=1))

    assert [(DAY, Status.WAITING), (NEXT_DAY, Status.WAITING)] == [
        (one.processing_date, one.status) for one in soon.folders
    ]
    assert [Status.REFUSED] * 2 == [one.status for one in late.folders]
    assert "s3://upstream/snapshots/ethereum/2024-01-08/7" == late.folders[0].place


def test_an_empty_bucket_has_no_folders(client: Client, bucket: UPath) -> None:
    assert [] == list(ingest(client, f"{bucket}/snapshots").folders)
