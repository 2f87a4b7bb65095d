"""What a run was made from, and what its model must still say: parts of its manifest."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from pydantic import Field

from alertmill.frozen_model import FrozenModel
from alertmill.runs import Run
from alertmill.training.data.extracted import QUERIES_FILE, ExtractedQuery
from alertmill.training.models.canary import Canary

_CANARY_FILE = "model/canary.json"


class BatchSource(FrozenModel):
    """A file or folder from which batches of the database were loaded."""

    uri: str
    sha256: str = Field(description="Empty of what was derived or simulated here.")
    tables: tuple[str, ...] = Field(description="That it filled, by name.")
    n_batches: int
    n_rows: int


def queries_of(run: Run) -> tuple[ExtractedQuery, ...]:
    """Return what was asked of the database; nothing of a run whose data did not come from one."""
    return run.queries if (run.path / "data" / QUERIES_FILE).is_file() else ()


def sources_of(run: Run) -> tuple[BatchSource, ...]:
    """Return what the batches of a run were loaded from; data/batches.parquet has each batch."""
    return tuple(_sources(run.batches))


def canary_scores_of(run: Run) -> tuple[float, ...]:
    """Return the scores that the model gave its canary rows; nothing of a run without a model.

    Raises
    ------
    pydantic.ValidationError
        If the file of the canary cannot be read.
    """
    if not (run.path / _CANARY_FILE).is_file():
        return ()
    return Canary.model_validate_json(run.text(_CANARY_FILE)).scores


def _sources(batches: pl.DataFrame) -> Iterator[BatchSource]:
    found = (
        batches.group_by("source_uri", "source_sha256")
        .agg(pl.col("table").unique().sort(), pl.len().alias("n"), pl.col("rows").sum())
        .sort("source_uri", "source_sha256")
    )
    for uri, sha256, tables, n_batches, n_rows in found.iter_rows():
        yield BatchSource(
            uri=uri, sha256=sha256, tables=tuple(tables), n_batches=n_batches, n_rows=n_rows
        )
