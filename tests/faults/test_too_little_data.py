"""Data that nothing can be learned from stops a run by name, and a page says why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alertmill import pipeline
from alertmill.errors import NoAlertsError, OneClassError, TooFewSnapshotsError
from alertmill.parameters import SplitParameters, TrainingParameters
from alertmill.reporting.failure import forget_failure, record_failure
from alertmill.reporting.index import render_index
from alertmill.runs import Run
from alertmill.snapshots.derivation import derive_snapshots
from alertmill.storage import Client
from alertmill.vocabulary import Network
from tests.snapshots.hand_made import Label, random_labels, random_transfers, store

FIRST, LAST = date(2024, 1, 1), date(2024, 1, 12)


def train(client: Client, run: Run) -> None:
    pipeline.extract(run, client)
    pipeline.build_features(run)
    pipeline.tune(run)


def make_run(folder: Path, first: date, last: date, *, window_days: int = 7) -> Run:
    parameters = TrainingParameters(
        network=Network.ETHEREUM,
        start_date=first,
        end_date=last,
        window_days=window_days,
        split=SplitParameters(validation_days=2, test_days=2),
    )
    return Run.create(folder, parameters, key=str(first), now=datetime(2024, 3, 1, tzinfo=UTC))


def derive(client: Client, first: date, last: date, *, window_days: int = 7) -> None:
    derive_snapshots(
        client,
        network=Network.ETHEREUM,
        start_date=first,
        end_date=last,
        window_days=window_days,
    )


def only_one_address(client: Client) -> None:
    """Leave the alerts of the busiest address alone, in no cluster."""
    found = client.query("SELECT address FROM raw_alerts GROUP BY address ORDER BY count() DESC")
    kept = {"kept": found.result_rows[0][0]}
    client.command("DELETE FROM raw_alerts_batches WHERE address != {kept:String}", parameters=kept)
    client.command("TRUNCATE TABLE raw_clusters_batches")


@pytest.mark.parametrize(
    ("first", "last", "error", "words"),
    [
        (
            date(2023, 6, 1),
            date(2023, 7, 31),
            NoAlertsError,
            "the table holds 2024-01-07 to 2024-01-08",
        ),
        (
            date(2031, 1, 1),
            date(2031, 3, 1),
            NoAlertsError,
            "the table holds 2024-01-07 to 2024-01-08",
        ),
        (date(2024, 1, 8), date(2024, 1, 8), TooFewSnapshotsError, "1 daily snapshots"),
    ],
    ids=["empty window", "future", "one day"],
)
def test_a_range_with_too_little_is_named_and_explained(
    client: Client, tmp_path: Path, first: date, last: date, error: type[Exception], words: str
) -> None:
    store(client, random_transfers(), random_labels())
    derive(client, date(2024, 1, 7), date(2024, 1, 8))
    run = make_run(tmp_path, first, last)

    with pytest.raises(error, match=words) as caught:
        train(client, run)

    record_failure(run, caught.value)
    assert words in render_index(run, [])


def test_alerts_of_one_address_are_of_one_class(client: Client, tmp_path: Path) -> None:
    transfers = random_transfers(2_000, days=40)
    store(client, transfers, [Label(f"0x{n:03d}", "scam", "high", FIRST) for n in range(150)])
    derive(client, FIRST, LAST, window_days=1)
    only_one_address(client)
    run = make_run(tmp_path, FIRST, LAST, window_days=1)

    with pytest.raises(OneClassError) as caught:
        train(client, run)

    record_failure(run, caught.value)
    assert "0 negative" in render_index(run, [])
    forget_failure(run)
    assert "stopped" not in render_index(run, [])


def test_words_of_an_error_that_is_not_ours_are_not_published(tmp_path: Path) -> None:
    run = make_run(tmp_path, FIRST, LAST)

    record_failure(run, KeyError("0xsecret"))

    page = render_index(run, [])
    assert "KeyError" in page
    assert "0xsecret" not in page
