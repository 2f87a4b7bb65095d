"""Extraction as Arrow beside row-wise reading into pandas, on the same tables.

Every day holds 1,000 alerts, 5,000 addresses and 20,000 money flows: one snapshot of synthetic
transfers is derived, cut to that size, and copied within the database to each day with its times
and ids moved along.

For time, both ways are measured in turn in one process, twice each, and averaged. For memory, each
way gets a process of its own, which opens the database, reads and ends: its peak is what the kernel
saw resident at most, with the engine that runs inside it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import mean

import pandas as pd
from measuring import NETWORK, Spent, database, in_fresh_process, peak_gigabytes
from synthetic_transfers import Traffic

from alertmill.snapshots.derivation import derive_snapshot
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, execute
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery
from alertmill.training.extraction import FeatureExtractor

DAYS, LARGE_DAYS = 10, 60
WINDOW_DAYS = 7
ROWS = {"raw_alerts": 1_000, "raw_features": 5_000, "raw_money_flows": 20_000}
TIMES_FASTER, SHARE_OF_MEMORY = 8, 0.5

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
        SELECT * FROM raw_money_flows
        ORDER BY from_address IN (SELECT address FROM template_raw_features) DESC,
            from_address, to_address
        LIMIT {rows:UInt32}
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
MOVED = _MOVED_IDS | {name: f"{name} + {{day:UInt16}} * 86400000" for name in _TIMES}


def main() -> None:
    """Fill a database, measure both ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE_DAYS} days, minutes")
    days = LARGE_DAYS if parser.parse_args().large else DAYS
    with tempfile.TemporaryDirectory() as folder:
        in_fresh_process(fill, Path(folder), days)
        seconds = in_fresh_process(time_in_turn, Path(folder), days)
        peaks = {name: in_fresh_process(peak_of, Path(folder), name, days) for name in WAYS}
    print(f"{days} days of " + ", ".join(f"{n:,} {name}" for name, n in ROWS.items()))
    for name, spent in seconds.items():
        before, peak = peaks[name]
        print(
            f"{name:<36} {spent.wall:6.1f} s on the wall, {spent.cpu:6.1f} s of processor, "
            f"peak {peak:.2f} GB ({before:.2f} GB before reading)"
        )
    ours, rowwise = WAYS
    times = seconds[rowwise].wall / seconds[ours].wall
    times_cpu = seconds[rowwise].cpu / seconds[ours].cpu
    share = peaks[ours][1] / peaks[rowwise][1]
    print(f"{times:.1f} times as fast ({times_cpu:.1f} by processor), wanted {TIMES_FASTER}")
    print(f"{share:.2f} of its peak memory, wanted below {SHARE_OF_MEMORY}")


def fill(folder: Path, days: int) -> None:
    """Write the snapshots of all days."""
    with database(folder) as client:
        week = islice(WORLD.frames(), WINDOW_DAYS)
        load_transfers(client, week, Delivery(NETWORK, "benchmark"))
        derive_snapshot(client, network=NETWORK, processing_date=FIRST_DAY, window_days=WINDOW_DAYS)
        columns = {table: _make_template(client, table) for table in TEMPLATES}
        for day in range(days):
            _copy(client, day, columns)


def _make_template(client: Client, table: str) -> tuple[int, list[str]]:
    """Keep a day of the table in memory; gives its rows and columns."""
    # The names come from code, never from input.
    made = f"CREATE TEMPORARY TABLE template_{table} ENGINE = Memory AS {TEMPLATES[table]}"
    execute(client, made, {"rows": ROWS.get(table, ROWS["raw_alerts"])})
    found = client.query(f"SELECT * FROM template_{table}")  # noqa: S608 - as above
    if found.row_count < ROWS.get(table, 1):
        raise RuntimeError(f"the transfers gave only {found.row_count} rows of {table}.")
    return found.row_count, list(found.column_names)


def _copy(client: Client, day: int, columns: Mapping[str, tuple[int, list[str]]]) -> None:
    date = FIRST_DAY + timedelta(days=day)
    delivery = Delivery(NETWORK, "benchmark", window_days=WINDOW_DAYS, processing_date=date)
    with open_batch(client, delivery, list(columns)) as batch:
        for table, (rows, names) in columns.items():
            moved = MOVED | {"processing_date": "{date:Date}"}
            values = ", ".join(moved.get(name, name) for name in names)
            batch.insert_selected(
                table,
                f"INSERT INTO {table}_batches ({', '.join(names)}, batch_id) "  # noqa: S608 - as above
                f"SELECT {values}, {{batch:String}} FROM template_{table}",
                {"day": day, "date": date},
                expected=rows,
            )
        batch.commit()


def time_in_turn(folder: Path, days: int) -> dict[str, Spent]:
    """Read both ways in one process, twice each."""
    spent: dict[str, list[Spent]] = {name: [] for name in WAYS}
    with database(folder) as client:
        for name in (*WAYS, *WAYS):
            started = Spent.now()
            WAYS[name](client, days)
            spent[name].append(Spent.now() - started)
    return {
        name: Spent(mean(s.wall for s in found), mean(s.cpu for s in found))
        for name, found in spent.items()
    }


def peak_of(folder: Path, name: str, days: int) -> tuple[float, float]:
    """Give the peak memory of this process before and after reading one way."""
    with database(folder) as client:
        before = peak_gigabytes()
        WAYS[name](client, days)
        return before, peak_gigabytes()


def as_arrow(client: Client, days: int) -> object:
    """Extract as a training run does: aggregated in the database, checked, as Arrow."""
    return FeatureExtractor(client).extract_training_data(
        FIRST_DAY, FIRST_DAY + timedelta(days=days - 1), WINDOW_DAYS, network=NETWORK
    )


def row_by_row(client: Client, days: int) -> object:
    """Bring every row of every table to Python, and put them into pandas."""
    bound = {
        "w": WINDOW_DAYS,
        "start": FIRST_DAY,
        "end": FIRST_DAY + timedelta(days=days - 1),
    }
    frames = {}
    for table in TEMPLATES:
        result = client.query(
            f"SELECT * FROM {table} WHERE window_days = {{w:UInt16}} "  # noqa: S608 - as above
            "AND processing_date BETWEEN {start:Date} AND {end:Date}",
            parameters=bound,
        )
        frames[table] = pd.DataFrame(result.result_rows, columns=result.column_names)
    return frames


WAYS: dict[str, Callable[[Client, int], object]] = {
    "aggregated in the database, as Arrow": as_arrow,
    "row by row into pandas": row_by_row,
}


if __name__ == "__main__":
    main()
