"""Daily snapshots of the same size, for benchmarks of what reads them.

Every day holds 1,000 alerts, 5,000 addresses and 20,000 money flows: one snapshot of synthetic
transfers is derived, cut to that size, and copied within the database to each day with its times
and ids moved along. Ends of flows that were cut off are exchanged for addresses that were not. Each
flow may be there several times, to other addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path

from measuring import NETWORK, database
from synthetic_transfers import Traffic

from alertmill.snapshots.derivation import derive_snapshot
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, execute
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery

WINDOW_DAYS = 7
ROWS = {"raw_alerts": 1_000, "raw_features": 5_000, "raw_money_flows": 20_000}

WORLD = Traffic(1_100_000)
FIRST_DAY = WORLD.first_day + timedelta(days=WINDOW_DAYS)

# What a day of each table is cut from: as many rows as wanted, those of alerts first.
TEMPLATES = {
    "raw_alerts": "SELECT * FROM raw_alerts ORDER BY alert_id LIMIT {rows:UInt32}",
    "raw_features": """
        SELECT * FROM raw_features
        ORDER BY address IN (SELECT address FROM template_raw_alerts) DESC, address
        LIMIT {rows:UInt32}
    """,
    "raw_money_flows": """
        WITH
            (SELECT groupArray(address) FROM template_raw_features) AS kept,
            a -> if(a IN (SELECT address FROM template_raw_features), a,
                kept[1 + cityHash64(a) % greatest(length(kept), 1)]) AS kept_or_other
        SELECT * REPLACE (
            kept_or_other(from_address) AS from_address, kept_or_other(to_address) AS to_address)
        FROM (
            SELECT * FROM raw_money_flows
            ORDER BY from_address IN (SELECT address FROM template_raw_features) DESC,
                from_address, to_address
            LIMIT {rows:UInt32}
        )
    """,
    "raw_clusters": """
        SELECT * FROM raw_clusters
        WHERE hasAll((SELECT groupArray(alert_id) FROM template_raw_alerts), related_alert_ids)
        LIMIT {rows:UInt32}
    """,
}
_ID = "lower(hex(sipHash128(concat({}, toString({{day:UInt16}})))))"
_MOVED_IDS = {
    "alert_id": _ID.format("alert_id"),
    "cluster_id": _ID.format("cluster_id"),
    "primary_alert_id": _ID.format("primary_alert_id"),
    "related_alert_ids": f"arraySort(arrayMap(id -> {_ID.format('id')}, related_alert_ids))",
}
_TIMES = (
    "first_activity_timestamp",
    "last_activity_timestamp",
    "first_seen_timestamp",
    "last_seen_timestamp",
    "earliest_alert_timestamp",
    "latest_alert_timestamp",
)
_TO_ANOTHER = """
    if(copy = 0, to_address, (SELECT groupArray(address) FROM template_raw_features)[
        1 + cityHash64(from_address, to_address, copy)
            % (SELECT greatest(count(), 1) FROM template_raw_features)])
"""
MOVED = _MOVED_IDS | {name: f"{name} + {{day:UInt16}} * 86400000" for name in _TIMES}


def fill(folder: Path, days: int, flows_times: int = 1) -> None:
    """Write the snapshots of all days, with so many times the flows."""
    with database(folder) as client:
        week = islice(WORLD.frames(), WINDOW_DAYS)
        load_transfers(client, week, Delivery(NETWORK, "benchmark"))
        derive_snapshot(client, network=NETWORK, processing_date=FIRST_DAY, window_days=WINDOW_DAYS)
        columns = {table: _make_template(client, table) for table in TEMPLATES}
        for day in range(days):
            _copy(client, day, columns, flows_times)


def _make_template(client: Client, table: str) -> tuple[int, list[str]]:
    """Keep a day of the table in memory; gives its rows and columns."""
    # The names come from code, never from input.
    made = f"CREATE TEMPORARY TABLE template_{table} ENGINE = Memory AS {TEMPLATES[table]}"
    execute(client, made, {"rows": ROWS.get(table, ROWS["raw_alerts"])})
    found = client.query(f"SELECT * FROM template_{table}")  # noqa: S608 - as above
    if found.row_count < ROWS.get(table, 1):
        raise RuntimeError(f"the transfers gave only {found.row_count} rows of {table}.")
    return found.row_count, list(found.column_names)


def _copy(
    client: Client, day: int, columns: Mapping[str, tuple[int, list[str]]], flows_times: int
) -> None:
    date = FIRST_DAY + timedelta(days=day)
    delivery = Delivery(NETWORK, "benchmark", window_days=WINDOW_DAYS, processing_date=date)
    with open_batch(client, delivery, list(columns)) as batch:
        for table, (rows, names) in columns.items():
            times = flows_times if table == "raw_money_flows" else 1
            moved = MOVED | {"processing_date": "{date:Date}"}
            if times > 1:
                moved["to_address"] = _TO_ANOTHER
            values = ", ".join(moved.get(name, name) for name in names)
            batch.insert_selected(
                table,
                f"INSERT INTO {table}_batches ({', '.join(names)}, batch_id) "  # noqa: S608 - as above
                f"SELECT {values}, {{batch:String}} FROM template_{table} "
                "ARRAY JOIN range({times:UInt32}) AS copy",
                {"day": day, "date": date, "times": times},
                expected=rows * times,
            )
        batch.commit()
