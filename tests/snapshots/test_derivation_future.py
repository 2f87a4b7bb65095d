"""No row of a snapshot depends on what was paid or learned after its processing date."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alertmill.storage import Client, fetch
from tests.snapshots.hand_made import TABLES, derive, store
from tests.snapshots.worlds import World, worlds
from tests.support.databases import empty_database, unused_database

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
    with empty_database(unused_database(folder)) as client:
        store(client, list(world.transfers), list(world.labels))
        for day in days:
            derive(client, day=day, window_days=window_days)
        return {table: _as_text(client, table) for table in TABLES}


def _as_text(client: Client, table: str) -> list[str]:
    listed = f"SELECT toString(tuple(* EXCEPT created_at)) AS row FROM {table} ORDER BY row"  # noqa: S608 - tables are named here
    return fetch(client, listed)["row"].to_list()
