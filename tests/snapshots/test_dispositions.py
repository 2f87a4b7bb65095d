"""Decisions of reviewers are loaded as a history: once, with corrections, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from alertmill.cli import app
from alertmill.errors import ContractError, InputFileError, MissingColumnsError
from alertmill.snapshots.dispositions import (
    LoadedDispositions,
    load_dispositions,
    read_dispositions,
)
from alertmill.snapshots.folders import ingest_folders
from alertmill.storage import Client, fetch
from alertmill.training.data.queries import query_text
from alertmill.vocabulary import Network

NOW = datetime(2024, 2, 1, 12, tzinfo=UTC)
ADDRESS = f"0x{'a' * 40}"
HEAD = "processing_date,address,alert_id,decision,decided_at,reviewer,note"


def line(alert: str, decision: str, at: str = "2024-01-10T10:00:00Z", who: str = "ann") -> str:
    return f"2024-01-08,{ADDRESS},{alert},{decision},{at},{who},looked at"


def load(client: Client, path: Path, *lines: str, now: datetime = NOW) -> LoadedDispositions:
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    read = read_dispositions(path, network=Network.ETHEREUM, window_days=7, now=now)
    return load_dispositions(client, read)


def stored(client: Client) -> pl.DataFrame:
    return fetch(client, "SELECT * FROM alert_dispositions ORDER BY alert_id, decided_at")


def test_a_file_is_loaded_once(client: Client, tmp_path: Path) -> None:
    first = load(client, tmp_path / "d.csv", line("1", "confirmed"), line("2", "dismissed"))
    again = load(client, tmp_path / "d.csv", line("1", "confirmed"), line("2", "dismissed"))

    assert (True, 2, 0) == (first.is_new, first.n_new, first.n_corrected)
    assert not again.is_new
    found = stored(client)
    assert ["confirmed", "dismissed"] == found["decision"].to_list()
    assert [int(NOW.timestamp() * 1000)] * 2 == found["known_at"].to_list()
    assert ["looked at"] * 2 == found["note"].to_list()


def test_a_correction_keeps_the_history(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "d.csv", line("1", "confirmed"))
    later = NOW + timedelta(days=1)
    corrected = load(
        client,
        tmp_path / "d.csv",
        line("1", "confirmed"),
        line("1", "dismissed", "2024-01-20T10:00:00Z"),
        now=later,
    )

    assert (1, 1) == (corrected.n_new, corrected.n_corrected)
    found = stored(client)
    assert ["confirmed", "dismissed"] == found["decision"].to_list()
    known = [int(at.timestamp() * 1000) for at in (NOW, later)]
    assert known == found["known_at"].to_list(), "what was known before stays known since then"


def test_another_file_adds_to_the_history(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "one.csv", line("1", "confirmed"))
    load(client, tmp_path / "two.csv", line("2", "dismissed"))

    assert ["1", "2"] == stored(client)["alert_id"].to_list()


def test_the_extraction_reads_the_history_without_names(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "d.csv", line("1", "confirmed"))
    bound = {"w": 7, "start": date(2024, 1, 1), "end": date(2024, 1, 31)}

    found = fetch(client, query_text("dispositions"), bound)

    expected = ["processing_date", "address", "alert_id", "decision", "decided_at", "known_at"]
    assert expected == found.columns
    assert [(date(2024, 1, 8), ADDRESS, "1", "confirmed")] == found.select(expected[:4]).rows()


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        ([line("1", "guilty")], ContractError, "confirmed, dismissed, reopened"),
        ([line("1", "confirmed", "2025-01-01T00:00:00Z")], ContractError, "not before decided_at"),
        ([line("1", "confirmed"), line("1", "dismissed")], ContractError, "decided_at"),
        ([line("1", "confirmed", "yesterday")], InputFileError, "decided_at"),
        ([line("", "confirmed")], InputFileError, "alert_id"),
    ],
    ids=["decision", "known before", "twice", "time", "no alert"],
)
def test_what_breaks_the_contract_is_refused(
    client: Client, tmp_path: Path, lines: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        load(client, tmp_path / "d.csv", *lines)
    assert stored(client).is_empty()


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("processing_date,address,alert_id,decided_at,reviewer\n")

    with pytest.raises(MissingColumnsError, match="decision"):
        read_dispositions(path, network=Network.ETHEREUM, window_days=7, now=NOW)


def deliver(folder: Path, *decisions: str) -> None:
    n = len(decisions)
    frame = pl.DataFrame(
        {
            "window_days": [7] * n,
            "processing_date": [date(2024, 1, 8)] * n,
            "address": [ADDRESS] * n,
            "alert_id": [str(place) for place in range(n)],
            "decision": decisions,
            "decided_at": [NOW - timedelta(days=1)] * n,
            "reviewer": ["ann"] * n,
        }
    )
    place = folder / "dispositions" / "ethereum_dispositions.parquet"
    place.parent.mkdir(exist_ok=True)
    frame.write_parquet(place)


def test_decisions_beside_the_snapshots_are_loaded_once(client: Client, tmp_path: Path) -> None:
    deliver(tmp_path, "confirmed", "dismissed")

    first, again = (
        ingest_folders(client, str(tmp_path), network=Network.ETHEREUM, now=NOW) for _ in range(2)
    )

    assert (first.dispositions, again.dispositions) == (
        LoadedDispositions(is_new=True, n_new=2, n_unmatched=2),
        LoadedDispositions(is_new=False),
    )
    assert ["confirmed", "dismissed"] == stored(client)["decision"].to_list()


def test_refused_decisions_beside_the_snapshots_are_an_outcome(
    client: Client, tmp_path: Path
) -> None:
    deliver(tmp_path, "guilty")

    report = ingest_folders(client, str(tmp_path), network=Network.ETHEREUM, now=NOW)

    (refused,) = report.refused
    assert refused.place.endswith("dispositions/ethereum_dispositions.parquet")
    assert "confirmed, dismissed, reopened" in refused.detail
    assert stored(client).is_empty()


@pytest.mark.parametrize(
    ("loaded", "sentence"),
    [
        (LoadedDispositions(is_new=False), "The file was loaded before: nothing changed."),
        (LoadedDispositions(is_new=True), "0 decisions loaded."),
        (LoadedDispositions(is_new=True, n_new=1), "1 decision loaded."),
        (
            LoadedDispositions(is_new=True, n_new=1200, n_corrected=3),
            "1,200 decisions loaded, 3 of them about alerts that were decided before.",
        ),
        (
            LoadedDispositions(is_new=True, n_new=1, n_unmatched=1),
            (
                "1 decision loaded. 1 decision names an alert that the database does not hold; it "
                "counts as soon as the snapshot is loaded."
            ),
        ),
        (
            LoadedDispositions(is_new=True, n_new=2, n_unmatched=2),
            (
                "2 decisions loaded. 2 decisions name alerts that the database does not hold; they "
                "count as soon as the snapshot is loaded."
            ),
        ),
    ],
)
def test_the_operator_is_told_what_became_of_a_file(
    loaded: LoadedDispositions, sentence: str
) -> None:
    assert sentence == loaded.sentence


def test_the_command_loads_a_file(
    client: Client, embedded_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(embedded_dir))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", str(client.database))
    path = tmp_path / "d.csv"
    path.write_text("\n".join([HEAD, line("1", "confirmed")]) + "\n")

    done = CliRunner().invoke(app, ["ingest", "dispositions", str(path), "--network", "ethereum"])

    assert 0 == done.exit_code, done.output
    assert "1 decision loaded" in done.output
    assert 1 == stored(client).height
