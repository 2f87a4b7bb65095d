"""The command line where it ends early: bad input, nothing to show."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.e2e.workplaces import Workplace

INGEST = (
    "--network", "ethereum", "--start-date", "2024-01-01", "--end-date", "2024-01-02",
)  # fmt: skip


@pytest.fixture
def empty(tmp_path: Path) -> Workplace:
    (tmp_path / "home").mkdir()
    return Workplace(tmp_path)


def test_an_end_before_the_start_is_bad_input(empty: Workplace) -> None:
    done = empty.alertmill(
        "train", "--network", "ethereum", "--start-date", "2024-02-01", "--end-date", "2024-01-01"
    )

    assert done.returncode == 2
    assert done.stderr.startswith("error: the range ends before it starts")


@pytest.mark.parametrize(
    ("option", "value"), [("--network", "dogecoin"), ("--model-type", "oracle")]
)
def test_an_unknown_name_is_bad_input_and_the_known_ones_are_listed(
    option: str, value: str, empty: Workplace
) -> None:
    done = empty.alertmill(
        "train", "--network", "ethereum", option, value,
        "--start-date", "2024-01-01", "--end-date", "2024-02-01",
    )  # fmt: skip

    assert done.returncode == 2
    assert value in done.stderr
    assert "ethereum" in done.stderr or "alert_scorer" in done.stderr


def test_an_unreadable_file_is_bad_input_and_nothing_is_loaded(
    empty: Workplace, tmp_path: Path
) -> None:
    broken = tmp_path / "transfers.parquet"
    broken.write_text("no parquet")

    done = empty.alertmill("ingest", "transfers", str(broken), "--labels", str(broken), *INGEST)

    assert done.returncode == 2
    assert "cannot read" in done.stderr
    assert str(broken) in done.stderr.replace("\n", "")
    assert not (tmp_path / "clickhouse").exists()


def test_a_wrongly_typed_column_is_named_with_its_row(empty: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "transfers.parquet"
    pl.DataFrame(
        {
            "tx_id": ["a", "b"], "block_height": [1, 2], "block_timestamp": [1_704_067_200_000] * 2,
            "from_address": ["x", "y"], "to_address": ["y", "x"], "asset_symbol": ["ETH", "ETH"],
            "amount": [1.0, -2.0], "amount_usd": [1.0, 2.0],
        }
    ).write_parquet(file)  # fmt: skip

    done = empty.alertmill("ingest", "transfers", str(file), "--labels", str(file), *INGEST)

    assert done.returncode == 2
    assert "column 'amount', row 1: found -2.0" in done.stderr.replace("\n", " ")


def test_a_folder_that_is_no_run_cannot_be_verified(empty: Workplace, tmp_path: Path) -> None:
    done = empty.alertmill("verify", str(tmp_path))

    assert done.returncode == 2
    assert "expected a run folder" in done.stderr


def test_without_runs_the_list_says_where_it_looked(empty: Workplace) -> None:
    done = empty.alertmill("runs")

    assert (0, f"no runs in {empty.folder / 'runs'}\n") == (done.returncode, done.stdout)


def test_doctor_says_what_is_configured_and_what_answers(empty: Workplace) -> None:
    done = empty.alertmill("doctor")

    assert done.returncode == 0, done.stderr
    assert f"embedded engine in {empty.folder / 'clickhouse'}" in done.stdout
    assert "answers." in done.stdout
    assert "prefect" in done.stdout


def test_doctor_fails_when_the_server_does_not_answer(empty: Workplace) -> None:
    environment = empty.environment | {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": "9"}

    done = empty.alertmill("doctor", environment=environment)

    assert done.returncode == 2
    assert "error: cannot use ClickHouse at 127.0.0.1:9" in done.stderr.replace("\n", " ")
