"""Extraction as Arrow beside row-wise reading into pandas, on the same tables.

For time, both ways are measured in turn in one process, twice each, and averaged. For memory, each
way gets a process of its own, which opens the database, reads and ends: its peak is what the kernel
saw resident at most, with the engine that runs inside it. Ours is measured once more, over 10
days, where every address has ten times the money flows.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
from measuring import NETWORK, in_fresh_process, peak_of, print_ways, time_in_turn
from snapshot_copies import FIRST_DAY, ROWS, TEMPLATES, WINDOW_DAYS, fill

from alertmill.storage import Client
from alertmill.training.data.extraction import FeatureExtractor

DAYS, LARGE_DAYS = 10, 60
TIMES_FASTER, SHARE_OF_MEMORY = 8, 0.5
FLOWS_TIMES = 10


def main() -> None:
    """Fill a database, measure both ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE_DAYS} days, minutes")
    days = LARGE_DAYS if parser.parse_args().large else DAYS
    with tempfile.TemporaryDirectory() as folder:
        in_fresh_process(fill, Path(folder), days)
        spent = in_fresh_process(time_in_turn, Path(folder), WAYS, days)
        peaks = {n: in_fresh_process(peak_of, Path(folder), w, days) for n, w in WAYS.items()}
    print(f"{days} days of " + ", ".join(f"{n:,} {name}" for name, n in ROWS.items()))
    print_ways(spent, peaks)
    ours, rowwise = WAYS
    times = spent[rowwise].wall / spent[ours].wall
    times_cpu = spent[rowwise].cpu / spent[ours].cpu
    share = peaks[ours][1] / peaks[rowwise][1]
    print(f"{times:.1f} times as fast ({times_cpu:.1f} by processor), wanted {TIMES_FASTER}")
    print(f"{share:.2f} of its peak memory, wanted below {SHARE_OF_MEMORY}")
    usual, many = (_peak_with_flows(times) for times in (1, FLOWS_TIMES))
    print(f"{DAYS} days: peak {usual:.2f} GB, with {FLOWS_TIMES} times the flows {many:.2f} GB")


def _peak_with_flows(times: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        in_fresh_process(fill, Path(folder), DAYS, times)
        return in_fresh_process(peak_of, Path(folder), as_arrow, DAYS)[1]


def as_arrow(client: Client, days: int) -> object:
    """Extract as a training run does: aggregated in the database, checked, as Arrow."""
    return FeatureExtractor(client).extract_training_data(
        FIRST_DAY, FIRST_DAY + timedelta(days=days - 1), WINDOW_DAYS, network=NETWORK
    )


def row_by_row(client: Client, days: int) -> dict[str, pd.DataFrame]:
    """Bring every row of every table to Python, and put them into pandas."""
    bound = {
        "w": WINDOW_DAYS,
        "start": FIRST_DAY,
        "end": FIRST_DAY + timedelta(days=days - 1),
    }
    frames = {}
    for table in TEMPLATES:
        result = client.query(
            f"SELECT * FROM {table} WHERE window_days = {{w:UInt16}} "  # noqa: S608 - the names come from code
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
