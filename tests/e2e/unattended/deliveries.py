"""Daily deliveries of a simulated world, as an upstream system hands them over."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from alertmill.simulator import WorldParameters, simulate
from tests.snapshots.delivered import parquet, write

META = "META.json"


@dataclass(frozen=True)
class Upstream:
    """An upstream system that can hand over the transfers and labels of any day of its world."""

    parameters: WorldParameters
    transfers: pl.DataFrame
    labels: pl.DataFrame

    @classmethod
    def simulated(cls, parameters: WorldParameters) -> Upstream:
        """Simulate the world of the parameters."""
        world = simulate(parameters)
        return cls(parameters, world.transfers, world.labels)

    def files_of(self, day: date) -> dict[str, bytes]:
        """Return the files of a processing date: transfers and labels of the day before it.

        The first date of the world also holds all that came before.
        """
        span = self._span_ms(day)
        transfers = self.transfers.filter(
            pl.col("block_timestamp").is_between(*span, closed="left")
        )
        labels = self.labels.filter(pl.col("known_at").is_between(*span, closed="left"))
        files = {"transfers.parquet": parquet(transfers)}
        return files | ({"address_labels.parquet": parquet(labels)} if labels.height else {})

    def deliver(self, day: date, root: Path, *, generated_at: str = "") -> Path:
        """Write the snapshot folder of a processing date below ``root``; META.json comes last."""
        p = self.parameters
        folder = root / p.network / day.isoformat() / str(p.window_days)
        files = self.files_of(day)
        for name, content in files.items():
            write(folder / name, content)
        meta = {
            "schema_version": "1.0.0",
            "batch_id": f"{p.network}-{day}-{p.window_days}d",
            "network": p.network,
            "processing_date": day.isoformat(),
            "window_days": p.window_days,
            "generated_at": generated_at or f"{day}T03:00:00Z",
            "counts": {n.removesuffix(".parquet"): _rows(content) for n, content in files.items()},
            "sha256": {
                name: hashlib.sha256(content).hexdigest() for name, content in files.items()
            },
        }
        write(folder / META, json.dumps(meta).encode())
        return folder

    def _span_ms(self, day: date) -> tuple[int, int]:
        end = datetime.combine(day, time(), UTC)
        is_first = day == self.parameters.first_snapshot
        start = datetime(1970, 1, 1, tzinfo=UTC) if is_first else end - timedelta(days=1)
        return int(start.timestamp() * 1000), int(end.timestamp() * 1000)


def _rows(content: bytes) -> int:
    return pl.read_parquet(io.BytesIO(content)).height
