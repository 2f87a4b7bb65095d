"""Whether the database still gives the extract of a run, and which batches changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from alertmill.pipeline import read_data
from alertmill.runs import Run
from alertmill.storage import Client
from alertmill.training.data.extracted import ExtractedQuery
from alertmill.wording import counted

_SLOT = ("table", "window_days", "processing_date", "source_uri")
_BATCHES = "batches"
"""Query that tells of the batches themselves; when they were loaded is no part of the extract."""


@dataclass(frozen=True)
class ChangedBatch:
    """A batch of the run that the database no longer holds, or one that it did not hold then."""

    table: str
    window_days: int
    processing_date: date | None
    source_uri: str
    then: str | None
    """Batch that counted at the extraction; None if there was none."""
    now: str | None
    """Batch that counts now; None if there is none."""
    source_sha256: str
    """Digest of the source of the later one of the two; empty of rows that were derived here."""
    is_same_content: bool

    @property
    def sentence(self) -> str:
        """What became of it."""
        day = f" of {self.processing_date}" if self.processing_date else ""
        what = f"{self.table}{day} from {self.source_uri}"
        if self.now is None:
            return f"{what}: batch {self.then} is gone"
        source = f", source sha256 {self.source_sha256}" if self.source_sha256 else ""
        if self.then is None:
            return f"{what}: batch {self.now} is new{source}"
        content = "the same rows" if self.is_same_content else "other rows"
        return f"{what}: batch {self.now} replaced {self.then}, {content}{source}"


@dataclass(frozen=True)
class DatabaseComparison:
    """What the database gives now, compared with the extract of a run."""

    differing: tuple[str, ...]
    """Queries that give other rows, each with what differs."""
    n_queries: int
    changed: tuple[ChangedBatch, ...]
    are_batches_known: bool
    """True if the run wrote down of which batches its rows come."""

    @property
    def is_equal(self) -> bool:
        """True if every query gives the same rows."""
        return not self.differing

    @property
    def sentences(self) -> tuple[str, ...]:
        """The comparison, one line each."""
        if self.is_equal:
            first = f"database: gives the same extract, {counted(self.n_queries, 'query')}"
        else:
            first = f"database: gives another extract: {'; '.join(self.differing)}"
        batches = tuple(f"  {batch.sentence}" for batch in self.changed)
        unknown = ("  the run did not write down of which batches its rows come",)
        return (first, *(batches if self.are_batches_known else unknown))


def compare_with_database(run: Run, client: Client) -> DatabaseComparison:
    """Extract the data of a run again, and compare what every query gives.

    The registry is left out: the run's own model has entered it since.

    Parameters
    ----------
    run : Run
        With an extract.
    client : Client
        Database of the run's network.

    Raises
    ------
    NoAlertsError, OtherNetworkError, MixedSourcesError, SnapshotsChangingError, ContractError
        As `alertmill.pipeline.read_data`.
    """
    data = read_data(run.parameters, client)
    then = {query.name: query for query in run.queries if query.name != _BATCHES}
    now = {query.name: query for query in data.queries if query.name != _BATCHES}
    compared = {name: _difference(then.get(name), now.get(name)) for name in {**then, **now}}
    return DatabaseComparison(
        differing=tuple(f"{name}: {text}" for name, text in compared.items() if text),
        n_queries=len(compared),
        changed=_changed_batches(run.batches, data.batches),
        are_batches_known=bool(run.batches.height),
    )


def _difference(then: ExtractedQuery | None, now: ExtractedQuery | None) -> str:
    """Return how the answer to a query differs; empty if it does not."""
    if then is None or now is None:
        return "asked only then" if now is None else "asked only now"
    if (then.n_rows, then.content_hash) == (now.n_rows, now.content_hash):
        return ""
    query = "" if then.sql == now.sql else " by another query"
    if then.n_rows == now.n_rows:
        return f"{counted(now.n_rows, 'row')} as then, with other values{query}"
    return f"{counted(now.n_rows, 'row')}, {then.n_rows:,} then{query}"


def _changed_batches(then: pl.DataFrame, now: pl.DataFrame) -> tuple[ChangedBatch, ...]:
    if then.is_empty():
        return ()
    before, after = (_by_slot(batches.filter("is_current")) for batches in (then, now))
    return tuple(
        _changed(before.get(slot), after.get(slot))
        for slot in sorted({**before, **after}, key=str)
        if _batch_id(before.get(slot)) != _batch_id(after.get(slot))
    )


_Batch = dict[str, object]


def _by_slot(batches: pl.DataFrame) -> dict[tuple[object, ...], _Batch]:
    """Return the batches by what they fill: a snapshot has its day, anything else its source."""
    return {
        (row["table"], row["window_days"], row["processing_date"] or row["source_uri"]): row
        for row in batches.iter_rows(named=True)
    }


def _batch_id(batch: _Batch | None) -> object:
    return batch and batch["batch_id"]


def _changed(then: _Batch | None, now: _Batch | None) -> ChangedBatch:
    known = now or then or {}
    return ChangedBatch(
        **{name: known[name] for name in _SLOT},  # type: ignore[arg-type]  # columns of the frame
        then=None if then is None else str(then["batch_id"]),
        now=None if now is None else str(now["batch_id"]),
        source_sha256=str(known["source_sha256"]),
        is_same_content=bool(then and now and then["content_hash"] == now["content_hash"]),
    )
