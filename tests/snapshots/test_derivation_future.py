"""No row of a snapshot depends on what was paid or learned after its processing date."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alertmill.settings import Settings
from alertmill.storage import Client, ClientFactory, fetch, get_connection_params
from tests.snapshots.hand_made import TABLES, derive, store
from tests.snapshots.worlds import World, worlds

PLANTED = (
    "CYCLE_DETECTION",
    "LAYERING_PATH",
    "MOTIF_FANIN",
    "MOTIF_FANOUT",
    "SCATTER_GATHER",
    "STRUCTURING",
)
"""What the structures that are planted in every world raise."""


# An example takes a second, so a failing one is shown as it was drawn.
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(world=worlds(), days_back=st.integers(1, 4), window_days=st.sampled_from([7, 30]))
def test_without_what_came_after_a_date_the_rows_up_to_it_are_the_same(
    embedded_dir: Path, world: World, days_back: int, window_days: int
) -> None:
    past = world.without_future()
    days = (world.t - timedelta(days=days_back), world.t)

    then = rows_of(embedded_dir, past, days, window_days)

    assert then == rows_of(embedded_dir, world, days, window_days)
    assert len(past.transfers) < len(world.transfers)
    alerts = " ".join(then["raw_alerts"])
    assert all(typology in alerts for typology in PLANTED)
    assert then["raw_clusters"]


def rows_of(
    folder: Path, world: World, days: tuple[date, ...], window_days: int
) -> dict[str, list[str]]:
    """Every row of every table of the snapshots, each as text that holds all of its digits."""
    with empty_database(folder) as client:
        store(client, list(world.transfers), list(world.labels))
        for day in days:
            derive(client, day=day, window_days=window_days)
        return {table: _as_text(client, table) for table in TABLES}


@contextmanager
def empty_database(folder: Path) -> Iterator[Client]:
    """Yield a client of a database of its own, as the fixture does for a whole test."""
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=folder)
    database = f"test_{uuid.uuid4().hex}"
    params = replace(get_connection_params("ethereum", settings), database=database)
    with ClientFactory(params).client_context() as client:
        yield client
        client.command("DROP DATABASE {db:Identifier} SYNC", parameters={"db": database})


def _as_text(client: Client, table: str) -> list[str]:
    listed = f"SELECT toString(tuple(* EXCEPT created_at)) AS row FROM {table} ORDER BY row"  # noqa: S608 - tables are named here
    return fetch(client, listed)["row"].to_list()
