"""A process may be killed at any statement of an ingest: the old rows or the new, never a mix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network
from tests.faults.dying import Death, run
from tests.snapshots.hand_made import TABLES, derive, everything, frame_of, random_transfers

pytestmark = pytest.mark.engine

N_KILLS = 24
_QUICK = 14
PARTS = [
    pytest.param(part, marks=() if part == _QUICK else pytest.mark.heavy) for part in range(N_KILLS)
]
"""Of the statements of an ingest, in 24 parts, before or in which the process is killed."""


def ingest_old(client: Client) -> object:
    return _ingest(client, seed=1)


def ingest_new(client: Client) -> object:
    return _ingest(client, seed=2)


def _ingest(client: Client, *, seed: int) -> object:
    transfers = random_transfers(400, n_addresses=60, seed=seed)
    load_transfers(client, frame_of(transfers), Delivery(Network.ETHEREUM, "chain"))
    derive(client)
    return look(client)


def look(client: Client) -> tuple[object, object]:
    """What readers see: the transfers, and the four tables of the snapshot."""
    ids = fetch(client, "SELECT tx_id, amount_usd FROM transfers ORDER BY ALL").rows()
    return ids, everything(client)


def count_stored(client: Client) -> int:
    tables = " UNION ALL ".join(
        f"SELECT count() AS n FROM {table}_batches"  # noqa: S608 - tables are named here
        for table in (*TABLES, "transfers")
    )
    return int(fetch(client, tables)["n"].sum())


def look_and_finish(client: Client) -> tuple[object, object, int]:
    """What is seen, what is seen when the ingest is done again, and how many rows are kept then."""
    return look(client), ingest_new(client), count_stored(client)


@dataclass(frozen=True)
class Undisturbed:
    """An ingest of the new rows over the old ones, without a death."""

    old: tuple[object, object]
    new: tuple[object, object]
    n_stored: int
    n_statements: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    path = tmp_path_factory.mktemp("undisturbed")
    old = run(path, ingest_old).result
    new = run(path, ingest_new)
    return Undisturbed(old, new.result, run(path, count_stored).result, new.n_statements)


@pytest.mark.parametrize("inside", [False, True], ids=["between", "inside"])
@pytest.mark.parametrize("part", PARTS)
def test_a_killed_ingest_leaves_the_old_or_the_new_and_can_be_done_again(
    undisturbed: Undisturbed, tmp_path: Path, part: int, *, inside: bool
) -> None:
    death = Death(part * undisturbed.n_statements // N_KILLS, inside=inside)

    ended = run(tmp_path, ingest_new, death, before=ingest_old)
    (transfers, snapshot), again, n_stored = run(tmp_path, look_and_finish).result

    assert ended.killed
    assert transfers in (undisturbed.old[0], undisturbed.new[0])
    assert snapshot in (undisturbed.old[1], undisturbed.new[1])
    assert undisturbed.new == again
    assert undisturbed.n_stored == n_stored
