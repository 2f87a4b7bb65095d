"""What one training run reads from the database, as frames and as files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

import polars as pl
from pydantic import TypeAdapter

from alertmill.cards import Card
from alertmill.errors import UnfinishedRunError
from alertmill.files import write_parquet, write_text
from alertmill.frozen_model import FrozenModel
from alertmill.wording import counted

QUERIES_FILE = "extraction.json"
SET_ASIDE_FILE = "set_aside.parquet"
BATCHES_FILE = "batches.parquet"
_DISPOSITIONS = "dispositions"
_NOT_ALWAYS = (SET_ASIDE_FILE, BATCHES_FILE, f"{_DISPOSITIONS}.parquet")
"""Files that runs of earlier versions do not have, or runs whose labels read no decisions."""


def no_rows_set_aside() -> pl.DataFrame:
    """Return the frame of a database all of whose rows were taken."""
    return pl.DataFrame(schema=_SET_ASIDE)


def no_batches() -> pl.DataFrame:
    """Return the frame of a database whose ledger knows no batch: another system fills it."""
    return pl.DataFrame(schema=_BATCHES)


_BATCHES: dict[str, pl.DataType | type[pl.DataType]] = {
    "table": pl.String,
    "batch_id": pl.String,
    "window_days": pl.UInt16,
    "processing_date": pl.Date,
    "source_uri": pl.String,
    "source_sha256": pl.String,
    "rows": pl.UInt64,
    "content_hash": pl.String,
    "finished_at": pl.Datetime("ms", "UTC"),
    "sequence": pl.UInt64,
    "is_current": pl.Boolean,
}
_SET_ASIDE: dict[str, type[pl.DataType]] = {
    "file": pl.String,
    "reason": pl.String,
    "column": pl.String,
    "asset_symbol": pl.String,
    "asset_contract": pl.String,
    "n_rows": pl.UInt64,
    "first_row": pl.UInt64,
    "example": pl.String,
}


class ExtractedQuery(FrozenModel):
    """A query of the extraction and what came back."""

    name: str
    sql: str
    parameters: dict[str, str | int | float | list[str]]
    n_rows: int
    content_hash: str


_QUERIES = TypeAdapter(tuple[ExtractedQuery, ...])


@dataclass(frozen=True, repr=False)
class TrainingData(Card):
    """Extracted frames; money is Float64, names and enumerations are String."""

    alerts: pl.DataFrame
    """One row per (processing_date, address, alert_id)."""
    address_features: pl.DataFrame
    """One row per (processing_date, alerted address); the columns of raw_features."""
    address_ranks: pl.DataFrame
    """One row per (processing_date, alerted address); its ranks within the snapshot."""
    history: pl.DataFrame
    """One row per (processing_date, alerted address, typology_type) of what was known before."""
    flows: pl.DataFrame
    """One row per (processing_date, alerted address), aggregated over its money flows."""
    alert_clusters: pl.DataFrame
    """One row per alert that is in a cluster of its own day; the alert itself is left out."""
    clusters: pl.DataFrame
    """One row per (processing_date, cluster_id), with the ids of its alerts; see clusters.sql."""
    snapshots: pl.DataFrame
    """One row per processing_date over the whole population; for exploration and its dates."""
    trained_models: pl.DataFrame
    """Models registered so far."""
    address_labels: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The whole history of labels of the network; without columns where none were asked for."""
    dispositions: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The whole history of decisions about the alerts; without columns where nobody asked."""
    set_aside: pl.DataFrame = field(default_factory=no_rows_set_aside)
    """Rows of loaded files that were not taken, by file, reason and asset."""
    batches: pl.DataFrame = field(default_factory=no_batches)
    """Batches that the rows come from, with the digests of their sources; see batches.sql."""
    queries: tuple[ExtractedQuery, ...] = ()
    """How the frames came about."""

    def facts(self) -> dict[str, object]:
        """Return the rows of every frame."""
        return {
            name.replace("_", " "): counted(getattr(self, name).height, "row")
            for name in self._given_names()
        }

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every frame as parquet, named as its field, and the queries as JSON."""
        folder = Path(folder)
        paths = [folder / f"{name}.parquet" for name in self._given_names()]
        for path in paths:
            write_parquet(path, getattr(self, path.stem))
        write_text(folder / QUERIES_FILE, _QUERIES.dump_json(self.queries, indent=2).decode())
        return [*paths, folder / QUERIES_FILE]

    def _given_names(self) -> list[str]:
        return [n for n in _frame_names() if n != _DISPOSITIONS or self.dispositions.width]

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        UnfinishedRunError
            If a file is missing.
        """
        folder = Path(folder)
        names = [n for n in _frame_names() if f"{n}.parquet" not in _NOT_ALWAYS]
        missing = [n for n in names if not (folder / f"{n}.parquet").is_file()]
        if missing:
            raise UnfinishedRunError.of(folder, f"{missing[0]}.parquet")
        names += [Path(file).stem for file in _NOT_ALWAYS if (folder / file).is_file()]
        frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in names}
        return cls(**frames, queries=load_queries(folder / QUERIES_FILE))


def load_queries(path: Path) -> tuple[ExtractedQuery, ...]:
    """Read the queries of an extraction."""
    return _QUERIES.validate_json(path.read_text(encoding="utf-8"))


def _frame_names() -> list[str]:
    return [field.name for field in fields(TrainingData) if field.name != "queries"]
