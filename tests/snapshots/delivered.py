"""Write snapshot folders as the upstream system delivers them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
from upath import UPath

from alertmill.snapshots.contracts.tables import TABLES
from alertmill.snapshots.folders.risk_level import RISK_LEVEL
from tests.snapshots.hand_made import DAY

Frames = Mapping[str, pl.DataFrame]


def parquet(frame: pl.DataFrame) -> bytes:
    """Bytes of a frame as a parquet file."""
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def deliver(
    base: UPath | Path,
    files: Mapping[str, pl.DataFrame],
    *,
    day: date = DAY,
    window_days: int = 7,
    labels: bytes | None = None,
    **fields: object,
) -> UPath:
    """Write one folder below ``base/snapshots``; ``fields`` replace those of META.json.

    ``labels`` are the bytes of the labels that were delivered with it, wherever they lie.
    """
    folder = UPath(base) / "snapshots" / "ethereum" / day.isoformat() / str(window_days)
    contents = {f"{name}.parquet": parquet(frame) for name, frame in files.items()}
    sums = contents | ({"address_labels.parquet": labels} if labels else {})
    meta = {
        "schema_version": "1.0.0",
        "batch_id": f"ethereum-{day}-{window_days}d",
        "network": "ethereum",
        "processing_date": day.isoformat(),
        "window_days": window_days,
        "generated_at": f"{day}T03:00:00Z",
        "counts": {name: frame.height for name, frame in files.items()},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sums.items()},
    }
    for name, content in contents.items():
        write(folder / name, content)
    write(folder / "META.json", json.dumps(meta | fields).encode())
    return folder


def write(path: UPath, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def risk_files(
    frames: Frames, day: date = DAY, *, is_upstream: bool = True
) -> dict[str, pl.DataFrame]:
    """Files of risk data of a day; the upstream has no columns of ours, and a _version."""
    files = {}
    for name, table in RISK_LEVEL.items():
        frame = frames[table].filter(pl.col("processing_date") == day)
        ours = [c.name for c in TABLES[table].columns if c.is_ours] if is_upstream else []
        files[name] = frame.drop(ours).with_columns(_version=pl.lit(1, pl.UInt64))
    return files


def chain_files(frames: Frames) -> dict[str, pl.DataFrame]:
    """Files of transfers."""
    return {"transfers": frames["transfers"]}


def put_labels(base: UPath | Path, labels: pl.DataFrame) -> bytes:
    """Write labels apart from all snapshots; gives the bytes of the file."""
    content = parquet(labels)
    write(UPath(base) / "address-labels" / "ethereum_address_labels.parquet", content)
    return content
