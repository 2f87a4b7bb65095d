"""A flipped bit in a file of the database is found by the engine and ends in a named error."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.errors import AlertmillError
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network
from tests.faults.dying import run
from tests.snapshots.hand_made import frame_of, random_transfers

pytestmark = pytest.mark.engine

SECONDS = 30


def fill(client: Client) -> None:
    load_transfers(client, frame_of(random_transfers(1_000)), Delivery(Network.ETHEREUM, "chain"))


def read(client: Client) -> str:
    try:
        found = fetch(client, "SELECT * FROM transfers")
    except AlertmillError as error:
        return f"{type(error).__name__}: {error}"
    return f"{found.height} rows"


@pytest.mark.timeout(SECONDS)
def test_a_damaged_part_is_a_named_error_within_the_limit(tmp_path: Path) -> None:
    run(tmp_path, fill)
    whole = run(tmp_path, read).result
    (data,) = (
        file for file in tmp_path.glob("store/*/*/*/data.bin") if file.stat().st_size > 10_000
    )
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)

    damaged = run(tmp_path, read).result

    assert "1000 rows" == whole
    assert damaged.startswith("QueryError: ClickHouse error 40 (CHECKSUM_DOESNT_MATCH)")
