"""Folders as the upstream system delivers them are loaded; what is odd about them is a warning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from alertmill.errors import SnapshotFolderError
from alertmill.snapshots.folders import IngestReport, Status, ingest_folders
from alertmill.snapshots.label_matches import LabelMatch
from alertmill.storage import Client
from alertmill.vocabulary import Network
from tests.snapshots.delivered import chain_files, deliver, parquet, risk_files, write
from tests.snapshots.derived_frames import stored
from tests.snapshots.hand_made import DAY

Frames = dict[str, pl.DataFrame]
NOW = datetime(2024, 3, 1, tzinfo=UTC)
DELIVERED = Path(__file__).parents[3] / "shared/cases/torus"


def ingest(client: Client, place: object, *, with_ground_truth: bool = False) -> IngestReport:
    return ingest_folders(
        client,
        str(place),
        network=Network.ETHEREUM,
        now=NOW,
        with_ground_truth=with_ground_truth,
    )


def labels_of(frames: Frames, **columns: pl.Expr) -> bytes:
    wanted = ["address", "label", "address_type", "address_subtype", "risk_level"]
    return parquet(frames["raw_address_labels"].select(wanted).with_columns(**columns))


def prices_of(transfers: pl.DataFrame) -> pl.DataFrame:
    """One price of each asset, with dates as pandas writes them."""
    assets = transfers.select("asset_symbol", "asset_contract").unique()
    return assets.with_columns(
        price_date=pl.lit(datetime(2023, 1, 1)).dt.cast_time_unit("ns"),  # noqa: DTZ001 - as there
        price_usd=pl.lit(2.0),
    )


def truth_of(frames: Frames) -> pl.DataFrame:
    addresses = frames["transfers"]["from_address"].unique().sort().head(3)
    return pl.DataFrame(
        {
            "address": addresses.str.to_uppercase().str.replace("0X", "0x"),
            "role": "fanin_source",
            "pattern_type": "Threshold Evasion",
            "pattern_instance_id": "one",
            "hop_distance": pl.Series([-1] * 3, dtype=pl.Int8),
        }
    )


def test_rows_that_are_not_counted_are_a_warning(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = chain_files(derived_frames)
    files |= {"asset_prices": prices_of(files["transfers"])}

    report = ingest(
        client, deliver(tmp_path, files, counts={"transfers": files["transfers"].height})
    )

    assert 1 == len(report.loaded)
    assert any("META.json gives no counts of asset_prices" in text for text in report.remarks)


def test_transfers_are_valued_by_prices_whose_dates_are_times_at_midnight(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    transfers = derived_frames["transfers"].drop("amount_usd")

    report = ingest(
        client,
        deliver(tmp_path, {"transfers": transfers, "asset_prices": prices_of(transfers)}),
    )

    assert 1 == len(report.loaded)
    loaded = stored(client, "transfers")
    assert (2 * loaded["amount"].cast(float) - loaded["amount_usd"].cast(float)).abs().max() < 1e-6


def test_an_address_type_without_a_meaning_here_is_taken_as_unknown(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    labels = labels_of(derived_frames, address_type=pl.lit("flagged"))
    folder = deliver(tmp_path, chain_files(derived_frames), labels=labels)
    write(folder / "address_labels.parquet", labels)

    report = ingest(client, tmp_path)

    assert {"unknown"} == set(stored(client, "raw_address_labels")["address_type"])
    assert any("('flagged'), taken as unknown" in text for text in report.remarks)


def test_files_that_nothing_reads_are_named(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = chain_files(derived_frames) | {"assets": pl.DataFrame({"asset_symbol": ["ETH"]})}
    files |= {"ground_truth": truth_of(derived_frames)}
    folder = deliver(tmp_path, files)

    report = ingest(client, tmp_path)

    what = "not read, because nothing needs it: assets.parquet, ground_truth.parquet"
    assert f"{folder}: {what}" in report.remarks
    assert stored(client, "sim_ground_truth").is_empty()


def test_planted_patterns_are_loaded_beside_where_they_are_asked_for(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = chain_files(derived_frames) | {"ground_truth": truth_of(derived_frames)}
    deliver(tmp_path, files)
    ingest(client, tmp_path)

    first = ingest(client, tmp_path, with_ground_truth=True)
    again = ingest(client, tmp_path, with_ground_truth=True)

    assert [3, 3] == [report.folders[0].rows["sim_ground_truth"] for report in (first, again)]
    truth = stored(client, "sim_ground_truth")
    assert set(truth_of(derived_frames)["address"].str.to_lowercase()) == set(truth["address"])
    assert {("one", "Threshold Evasion", "fanin_source")} == set(
        truth.select("scheme_id", "typology", "role").rows()
    )
    assert {timedelta(days=7)} == {
        timedelta(milliseconds=end - start)
        for start, end in truth.select("start_ts", "end_ts").rows()
    }


def test_all_faults_of_a_folder_are_named_in_one_go(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    transfers = derived_frames["transfers"].rename({"fee": "gas"})
    labels = labels_of(derived_frames, risk_level=pl.lit("grave"))
    files = {"transfers": transfers, "asset_prices": prices_of(transfers)}
    folder = deliver(tmp_path, files, labels=labels)
    write(folder / "asset_prices.parquet", b"something else")
    write(folder / "address_labels.parquet", labels)

    (refused,) = ingest(client, tmp_path).refused

    for fault in (
        "asset_prices.parquet: its sha256 is not the one in META.json",
        "1 column is missing: fee of transfers.parquet",
        "raw_address_labels.risk_level: expected one of low",
    ):
        assert fault in refused.reason
    assert refused.detail.startswith(f"{folder}: 3 things are wrong")
    assert stored(client, "transfers").is_empty()


def test_several_faults_of_which_one_may_be_a_copy_under_way_wait(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    files = risk_files(derived_frames)
    counts = {name: frame.height for name, frame in files.items()} | {"alerts": 1}
    folder = deliver(tmp_path, files, counts=counts)
    (folder / "clusters.parquet").unlink()

    report = ingest_folders(client, str(tmp_path), network=Network.ETHEREUM, now=datetime.now(UTC))

    assert [Status.WAITING] == [one.status for one in report.folders]
    assert "the files clusters.parquet are missing" in report.waiting[0].reason


def test_one_address_in_several_spellings_is_one_in_all_tables(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    shouted = risk_files(derived_frames)
    for name, columns in {
        "alerts": ["address"],
        "clusters": ["primary_address"],
        "money_flows": ["from_address"],
    }.items():
        loud = [pl.col(c).str.to_uppercase().str.replace("^0X", "0x") for c in columns]
        shouted[name] = shouted[name].with_columns(loud)
    deliver(tmp_path, shouted)

    assert 1 == len(ingest(client, tmp_path).loaded)

    alerts, features = stored(client, "raw_alerts"), stored(client, "raw_features")
    assert set(alerts["address"]) <= set(features["address"])


def test_a_folder_that_was_made_before_its_transfers_are_final_says_so(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    deliver(tmp_path, chain_files(derived_frames), generated_at=f"{DAY}T00:05:00Z")

    (remark,) = [text for text in ingest(client, tmp_path).remarks if "are final" in text]

    assert f"15 minutes after its end, {DAY} 00:15 UTC" in remark


def test_a_place_without_a_snapshot_says_that_transfers_suffice(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    assert "Transfers suffice" in str(SnapshotFolderError.nothing_found(tmp_path, "ethereum", []))

    deliver(tmp_path, {"assets": derived_frames["transfers"]})
    (refused,) = ingest(client, tmp_path).refused

    assert "transfers suffice" in refused.reason


@pytest.mark.parametrize(
    ("n_labelled", "n_matched", "sentence"),
    [
        (0, 0, "No address is labelled."),
        (1, 1, "1 of 1 labelled address (100.0 %) occurs in the transfers."),
        (100, 1, "1 of 100 labelled addresses (1.0 %) occur in the transfers."),
        (200, 1, "warning: only 1 of 200 labelled addresses (0.5 %) occur in the transfers, less"),
        (3275, 0, "warning: only 0 of 3,275 labelled addresses (0 %) occur in the transfers"),
    ],
)
def test_the_share_of_labels_that_match_is_a_sentence(
    n_labelled: int, n_matched: int, sentence: str
) -> None:
    assert str(LabelMatch(n_labelled, n_matched, "transfers")).startswith(sentence)


def test_labels_of_another_network_are_a_warning(
    client: Client, tmp_path: Path, derived_frames: Frames
) -> None:
    others = labels_of(derived_frames, address=pl.concat_str(pl.lit("x"), "address"))
    folder = deliver(tmp_path, chain_files(derived_frames), labels=others)
    write(folder / "address_labels.parquet", others)

    report = ingest(client, tmp_path)

    assert report.label_match is not None
    assert (0, "transfers") == (report.label_match.n_matched, report.label_match.among)
    assert any("warning: only 0 of" in text for text in report.remarks)
    assert ingest(client, tmp_path).label_match is None


@pytest.mark.skipif(not DELIVERED.is_dir(), reason="the real snapshot is not beside the project")
def test_a_real_snapshot_is_loaded_with_its_planted_patterns(client: Client) -> None:
    report = ingest_folders(
        client,
        str(DELIVERED),
        network=Network.TORUS,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        with_ground_truth=True,
    )

    assert [] == report.refused
    rows = report.loaded[0].rows
    assert (4144, 1357) == (rows["transfers"], rows["sim_ground_truth"])
    assert rows["raw_alerts"] > 0
