"""Decisions of reviewers about alerts: read from a file, held to their contract, and loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from alertmill.snapshots.contracts.checks import check_frame, conform_tables
from alertmill.snapshots.contracts.tables import DISPOSITIONS
from alertmill.snapshots.files.columns import disposition_columns
from alertmill.snapshots.files.examining import Examined, examine
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.files.mappings import ColumnMapping
from alertmill.snapshots.files.parts import Part, find_source
from alertmill.snapshots.files.shaping import check_required, shape
from alertmill.snapshots.files.spelling import spell_addresses
from alertmill.storage import Client, fetch
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery, fetch_delivered
from alertmill.vocabulary import Network
from alertmill.wording import counted

TABLE = "alert_dispositions"
_ALERT = ("window_days", "processing_date", "address", "alert_id")
_SAID = (*_ALERT, "decision", "decided_at", "reviewer")
"""What a decision is, as against when it became known and what was noted."""


@dataclass(frozen=True)
class ReadDispositions:
    """Decisions of a file, a folder or a pattern, in the types of the database."""

    name: str
    """Whole path of the source."""
    sha256: str
    network: Network
    rows: pl.DataFrame
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class LoadedDispositions:
    """What became of a file of decisions."""

    is_new: bool
    """True if the file had not been loaded before."""
    n_new: int = 0
    """Decisions that were not known."""
    n_corrected: int = 0
    """Alerts among them of which another decision was known."""
    n_unmatched: int = 0
    """Decisions about alerts that the database does not hold."""

    @property
    def sentence(self) -> str:
        """Summary of the load, in a sentence."""
        if not self.is_new:
            return "The file was loaded before: nothing changed."
        news = f"{counted(self.n_new, 'decision')} loaded"
        if self.n_corrected:
            news += f", {self.n_corrected:,} of them about alerts that were decided before"
        if not self.n_unmatched:
            return f"{news}."
        one = self.n_unmatched == 1
        named = "names an alert" if one else "name alerts"
        return (
            f"{news}. {counted(self.n_unmatched, 'decision')} {named} that the database does not "
            f"hold; {'it counts' if one else 'they count'} as soon as the snapshot is loaded."
        )


def read_dispositions(
    path: str | Path, *, network: Network, window_days: int, now: datetime
) -> ReadDispositions:
    """Read decisions about alerts.

    Parameters
    ----------
    path : str or Path
        File, folder or pattern of files: parquet, Arrow, CSV or CSV.gz, with processing_date,
        address, alert_id, decision (confirmed, dismissed, reopened), decided_at and reviewer;
        window_days, known_at and note may be absent. `alertmill export scores` writes the columns
        that name an alert.
    network : Network
        Whose addresses they are.
    window_days : int
        Window of the snapshots, where the file does not say it.
    now : datetime
        With a time zone; a decision without known_at is known since now.

    Raises
    ------
    InputFileError
        If a file cannot be read, or a cell has the wrong type.
    MissingColumnsError
        If a column is missing.
    ContractError
        If a decision is none of the three, was known before it was taken, or an alert has two
        decisions of the same reviewer and time.
    """
    source = find_source(path)
    parts = [_read_part(part, network) for part in source.parts]
    frames = [_filled(part.values, window_days=window_days, now=now) for part in parts]
    remarks = tuple(dict.fromkeys(remark for part in parts for remark in part.remarks))
    rows = _held_to_contract(pl.concat(frames), source.name)
    return ReadDispositions(source.name, source.sha256, network, rows, remarks)


def dispositions_of(
    delivered: pl.DataFrame, *, name: str, sha256: str, network: Network, now: datetime
) -> ReadDispositions:
    """Check decisions of a delivered frame, which says their window; see `read_dispositions`.

    Raises
    ------
    InputFileError, ContractError
        As `read_dispositions`.
    """
    examined = _examined(delivered, network, name)
    filled = _filled(examined.values, window_days=0, now=now)
    rows = _held_to_contract(filled, name)
    return ReadDispositions(name, sha256, network, rows, examined.remarks)


def load_dispositions(client: Client, read: ReadDispositions) -> LoadedDispositions:
    """Add decisions to the history; nothing that is there is changed or removed.

    A decision that the database holds already stays known since then. The same file a second time
    in a row changes nothing.
    """
    slots = f"{read.name}#"
    earlier = fetch_delivered(client, TABLE, read.network, slots)
    if earlier[-1:] == [read.sha256]:
        return LoadedDispositions(is_new=False)
    held = _held(client, read.rows)
    new = read.rows.join(held, on=_SAID, how="anti")
    # Each file has a slot of its own: a later one adds to the history, and replaces nothing.
    delivery = Delivery(
        read.network, f"{slots}{len(earlier)}#{read.sha256[:16]}", source_sha256=read.sha256
    )
    with open_batch(client, delivery, [TABLE]) as batch:
        batch.insert(TABLE, new)
        batch.commit()
    return LoadedDispositions(
        is_new=True,
        n_new=new.height,
        n_corrected=new.join(held, on=_ALERT, how="semi").n_unique(_ALERT),
        n_unmatched=_n_unmatched(client, new),
    )


def _read_part(part: Part, network: Network) -> Examined:
    columns, limits = disposition_columns(), Limits()
    shaped = shape(part, [column.name for column in columns], ColumnMapping(), limits)
    check_required(shaped, columns, ColumnMapping(), limits)
    return _examined(shaped.frame, network, shaped.path)


def _examined(frame: pl.DataFrame, network: Network, name: str) -> Examined:
    examined = spell_addresses(examine(frame, disposition_columns()), network)
    if examined.faults:
        raise examined.faults[0].error(name)
    # That days have no time of day is as it should be here.
    remarks = [one for one in examined.remarks if not one.startswith("processing_date ")]
    return replace(examined, remarks=remarks)


def _held_to_contract(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    rows = conform_tables({TABLE: frame}, {TABLE: DISPOSITIONS}, source=name)[TABLE]
    check_frame(DISPOSITIONS, rows, source=name)
    return rows


def _filled(frame: pl.DataFrame, *, window_days: int, now: datetime) -> pl.DataFrame:
    known_at = int(now.timestamp() * 1000)
    is_dated, has_window = "known_at" in frame.columns, "window_days" in frame.columns
    midnight = pl.from_epoch("processing_date", time_unit="ms")
    return frame.with_columns(
        midnight.dt.date().alias("processing_date"),
        window_days=pl.col("window_days") if has_window else pl.lit(window_days),
        known_at=pl.col("known_at") if is_dated else pl.lit(known_at),
    )


def _held(client: Client, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions that the database holds of the days of some rows."""
    held = fetch(
        client,
        """
        SELECT window_days, toDate32(processing_date) AS processing_date, address, alert_id,
            decision::String AS decision, decided_at, reviewer::String AS reviewer
        FROM alert_dispositions WHERE processing_date IN {days:Array(Date)}
        """,
        {"days": rows["processing_date"].unique().sort().to_list()},
    )
    return held.select(pl.col(name).cast(rows.schema[name]) for name in _SAID)


def _n_unmatched(client: Client, rows: pl.DataFrame) -> int:
    known = fetch(
        client,
        """
        SELECT window_days, toDate32(processing_date) AS processing_date, address, alert_id
        FROM raw_alerts WHERE processing_date IN {days:Array(Date)}
        """,
        {"days": rows["processing_date"].unique().sort().to_list()},
    )
    alerts = known.select(pl.col(name).cast(rows.schema[name]) for name in _ALERT)
    return rows.join(alerts, on=_ALERT, how="anti").height
