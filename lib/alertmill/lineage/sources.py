"""The steps from an extract to its source files, by the batches that a run wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from alertmill.files import sha256_of
from alertmill.lineage.steps import LineageStep, checked, unchecked
from alertmill.snapshots.sources import DERIVED
from alertmill.wording import counted

_SNAPSHOT = ("raw_alerts", "raw_features", "raw_clusters", "raw_money_flows")
_INPUTS = ("transfers", "raw_address_labels")
NOT_KNOWN = "another system keeps the tables, or the run was made before batches were written down"


def source_steps(
    batches: pl.DataFrame,
    day: date,
    *,
    fault: str,
    evidence: str,
    look: Callable[[str, str, str], LineageStep] | None = None,
) -> Iterator[LineageStep]:
    """Yield the batches of a day's snapshot, then the sources that it was made of.

    Parameters
    ----------
    batches : DataFrame
        Batches of the extract, see batches.sql.
    day : date
        Processing date of the alert.
    fault : str
        What is wrong with the table of batches; empty if nothing is.
    evidence : str
        What vouches for it.
    look : callable, optional
        Makes the step of a source of what it is, where it is and its sha256; without it,
        `source_step`, which compares files that are still here.
    """
    step = look or source_step
    own = batches.filter(
        pl.col("table").is_in(_SNAPSHOT), pl.col("is_current"), pl.col("processing_date") == day
    )
    if own.is_empty():
        yield unchecked("batch", f"unknown of {day}", NOT_KNOWN)
        return
    for row in own.sort("table").iter_rows(named=True):
        text = f"{row['table']} of {day}: {row['batch_id']}, {counted(row['rows'], 'row')}"
        yield checked("batch", text, fault=fault, evidence=evidence)
    before = batches.filter(
        pl.col("table").is_in(_SNAPSHOT), pl.col("is_current"), pl.col("processing_date") < day
    )
    n_days = before["processing_date"].n_unique()
    if n_days:
        text = f"{counted(n_days, 'snapshot')} of the days before, for what was known of addresses"
        yield checked("batch", text, fault=fault, evidence=evidence)
    yield from _sources_of(batches, own, day, step)


def _sources_of(
    batches: pl.DataFrame,
    own: pl.DataFrame,
    day: date,
    step: Callable[[str, str, str], LineageStep],
) -> Iterator[LineageStep]:
    delivered = own.filter(pl.col("source_uri") != DERIVED)
    for uri, digest in (
        delivered.select("source_uri", "source_sha256").unique().sort("source_uri").iter_rows()
    ):
        yield step("delivered snapshot", uri, digest)
    derived = own.filter(pl.col("source_uri") == DERIVED)
    if derived.is_empty():
        return
    inputs = inputs_of(batches, max(derived["sequence"].to_list()))
    window_days = int(derived["window_days"][0])
    first = day - timedelta(days=window_days)
    within = pl.col("processing_date").is_null() | pl.col("processing_date").is_between(first, day)
    for row in inputs.filter(within).iter_rows(named=True):
        yield step(row["table"], row["source_uri"], row["source_sha256"])
    n_besides = inputs.filter(~within).height
    if n_besides:
        text = f"{counted(n_besides, 'delivery')} of other days, in which its addresses were seen"
        yield unchecked("source", text, "each stands in the table of batches with its sha256")


def inputs_of(batches: pl.DataFrame, sequence: int) -> pl.DataFrame:
    """Return the transfers and labels that counted when a snapshot was derived.

    Parameters
    ----------
    batches : DataFrame
        Batches of the extract; of transfers and labels also those that were replaced since.
    sequence : int
        Place of the snapshot's batch in the order of the ledger.
    """
    slot = pl.when(pl.col("processing_date").is_null()).then("source_uri")
    known = batches.filter(pl.col("table").is_in(_INPUTS), pl.col("sequence") < sequence)
    return (
        known.with_columns(slot=slot)
        .sort("sequence", "batch_id")
        .unique(
            ["table", "window_days", "processing_date", "slot"], keep="last", maintain_order=True
        )
        .drop("slot")
        .sort("table", "processing_date", "source_uri")
    )


def named_source(what: str, uri: str, sha256: str) -> LineageStep:
    """Return the step of a source by what the batch says of it; no file is looked at."""
    reason = "compare the sha256 with that of your copy" if sha256 else "it has no file"
    return unchecked("source", f"{what} from {uri}", reason, sha256=sha256)


def source_step(what: str, uri: str, sha256: str) -> LineageStep:
    """Return the step of a source; a file that is still here is compared with its digest."""
    text = f"{what} from {uri}"
    if not sha256:
        return unchecked("source", text, "rows that were made here have no file")
    path = Path(uri.partition("#")[0])
    if not path.is_file():
        reason = "it is no file of this machine; compare the sha256 with that of your copy"
        return unchecked("source", text, reason, sha256=sha256)
    fault = "" if sha256_of(path) == sha256 else "the file has changed since it was loaded"
    evidence = "the file still has this sha256"
    return checked("source", text, fault=fault, evidence=evidence, sha256=sha256)
