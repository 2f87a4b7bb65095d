"""AM015 compares the age of test alerts with how long labels take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.young_labels import YoungLabels
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import RunWriter

FIRST = date(2024, 1, 1)


def written(folder: Path, *, delay_days: int, days_after_test: int) -> RunWriter:
    """100 addresses alert on the first day and are labelled after a delay; the test has 10 days."""
    addresses = [f"0x{number}" for number in range(100)]
    known = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=delay_days)
    test_days = [FIRST + timedelta(days=60 + number) for number in range(10)]
    trained = pl.DataFrame({"address": addresses, "split": "train", "processing_date": FIRST})
    tested = pl.DataFrame({"address": "0xa", "split": "test", "processing_date": test_days})
    labels = pl.DataFrame(
        {
            "address": addresses,
            "known_at": [int(known.timestamp() * 1000)] * len(addresses),
            "known_at_source": "upstream",
        }
    )
    last = test_days[-1] + timedelta(days=days_after_test)
    writer = RunWriter(folder)
    writer.frame("features/targets.parquet", pl.concat([trained, tested]))
    writer.frame("data/address_labels.parquet", labels)
    return writer.frame("data/snapshots.parquet", pl.DataFrame({"processing_date": [last]}))


@pytest.mark.parametrize(
    ("delay_days", "days_after_test", "expected"),
    [
        (20, 30, CheckState.PASSED),
        (3, 0, CheckState.TIP),
        (20, 0, CheckState.ISSUE),
    ],
)
def test_labels_need_time(
    tmp_path: Path, delay_days: int, days_after_test: int, expected: CheckState
) -> None:
    run = written(tmp_path, delay_days=delay_days, days_after_test=days_after_test).run

    assert YoungLabels().look(run).state is expected


def test_labels_without_a_date_say_nothing(tmp_path: Path) -> None:
    writer = written(tmp_path, delay_days=3, days_after_test=0)
    undated = writer.run.address_labels.with_columns(known_at_source=pl.lit("assumed"))
    writer.frame("data/address_labels.parquet", undated)

    from alertmill.runs import Run

    verdict = YoungLabels().look(Run.open(writer.run.path))

    assert verdict.state is CheckState.NOT_APPLICABLE
