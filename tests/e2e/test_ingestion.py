"""Snapshot folders reach the database by the command, and only once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.snapshots.deliveries import read_delivery_report
from alertmill.storage import ConnectionParams
from alertmill.vocabulary import Network
from tests.e2e.workplaces import Workplace
from tests.snapshots.delivered import deliver, put_labels, risk_files
from tests.snapshots.derived_frames import derive_frames

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def delivered(tmp_path: Path, connection_params: ConnectionParams) -> Path:
    """A place with one snapshot and its labels; a column of it is not ours."""
    frames = derive_frames(connection_params)
    files = risk_files(frames)
    files["alerts"] = files["alerts"].with_columns(pl.lit("x").alias("verdict\x1b[31m"))
    base = tmp_path / "upstream"
    deliver(base, files, labels=put_labels(base, frames["raw_address_labels"]))
    return base


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    (tmp_path / "home").mkdir()
    return Workplace(tmp_path)


def test_the_command_loads_a_folder_once(workplace: Workplace, delivered: Path) -> None:
    command = ("ingest", "snapshots", str(delivered), "--network", "ethereum")

    first, second = workplace.alertmill(*command), workplace.alertmill(*command)

    assert (0, 0) == (first.returncode, second.returncode)
    assert r"kept out of alerts.parquet: 'verdict\x1b[31m'" in first.stderr
    assert "1 delivery of ethereum: 1 new." in first.stderr
    assert "1 delivery of ethereum: 1 unchanged." in second.stderr


def test_the_command_loads_what_is_sound_and_ends_with_2_for_what_is_refused(
    workplace: Workplace, delivered: Path
) -> None:
    (path,) = delivered.rglob("features.parquet")
    broken = path.parents[2] / "2024-01-07" / "7"
    broken.mkdir(parents=True)
    (broken / "META.json").write_text("[]")

    done = workplace.alertmill("ingest", "snapshots", str(delivered), "--network", "ethereum")

    assert 2 == done.returncode
    header, first, second = done.stdout.splitlines()
    assert header.split()[:4] == ["status", "date", "days", "reason"]
    assert first.split()[:3] == ["refused", "2024-01-07", "7"]
    assert second.split()[:3] == ["new", "2024-01-08", "7"]
    assert "error: 1 delivery was refused: 2024-01-07 (7 days): META.json: the file:" in done.stderr
    report = read_delivery_report(workplace.folder / "runs", Network.ETHEREUM)
    assert report is not None
    assert (1, 1, (7,)) == (report.n_new, len(report.refused), report.windows)


def test_the_command_leaves_a_folder_that_is_being_copied_and_fails_for_one_that_is_absent(
    workplace: Workplace, delivered: Path
) -> None:
    (path,) = delivered.rglob("features.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    command = ("ingest", "snapshots", str(delivered), "--network", "ethereum")

    copied = workplace.alertmill(*command)
    late = workplace.alertmill(*command, "--settle-minutes", "0")
    absent = workplace.alertmill(*command, "--max-age-days", "3", "--expect-by", "00:00")

    assert [0, 2, 1] == [done.returncode for done in (copied, late, absent)]
    assert "1 delivery is not complete yet: 2024-01-08 (7 days)." in copied.stderr
    assert "features.parquet: its sha256 is" in late.stderr
    assert ", absent; no snapshot up to" in absent.stderr


def test_the_command_names_a_place_that_holds_nothing(workplace: Workplace) -> None:
    empty = workplace.folder / "empty"
    empty.mkdir()

    done = workplace.alertmill("ingest", "snapshots", str(empty), "--network", "ethereum")

    assert 2 == done.returncode
    assert f"no snapshots of ethereum in {empty}. Expected a folder with META.json" in done.stderr
