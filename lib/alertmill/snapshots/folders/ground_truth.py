"""ground_truth.parquet: which addresses belong to patterns that were planted into a delivery."""

from __future__ import annotations

import polars as pl
from upath import UPath

from alertmill.snapshots.derivation.window import Window
from alertmill.snapshots.folders.files import Wanted, read_files
from alertmill.snapshots.folders.meta import SnapshotMeta
from alertmill.snapshots.folders.spelling import spell_addresses

TRUTH_FILE = "ground_truth.parquet"
_NAME = "ground_truth"
_WANTED = Wanted(
    required=("address", "role", "pattern_type", "pattern_instance_id"),
    ignored=("hop_distance", "flagged_address", "flag_type"),
)


def read_truth(folder: UPath, meta: SnapshotMeta) -> pl.DataFrame:
    """Return the planted patterns as the table of the simulator's truth.

    The file does not say when a pattern took place, so each has the whole window.

    Raises
    ------
    SnapshotFolderError
        If the file is not what META.json describes, or an address cannot be one of the network.
    """
    files = read_files(folder, meta, {_NAME: _WANTED})
    window = Window(meta.network, meta.processing_date, meta.window_days)
    truth, _ = spell_addresses(
        folder / TRUTH_FILE, files.frames[_NAME], ("address",), network=meta.network
    )
    return truth.select(
        "address",
        pl.col("pattern_instance_id").alias("scheme_id"),
        pl.col("pattern_type").alias("typology"),
        "role",
        pl.lit(window.t0).alias("start_ts"),
        pl.lit(window.t1).alias("end_ts"),
    )
