"""Read transfers and address labels from files; a bad cell is named by file, column and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from alertmill.errors import ContractError, InputFileError
from alertmill.errors.snapshots import place
from alertmill.networks import network_type, terms_of
from alertmill.snapshots.contracts import check_table, conform_tables
from alertmill.snapshots.files.assets import Assets, join_assets, read_assets
from alertmill.snapshots.files.cells import n_rows
from alertmill.snapshots.files.columns import FileColumn, label_columns, transfer_columns
from alertmill.snapshots.files.examining import Examined, Fault, examine
from alertmill.snapshots.files.keys import doubled_rows
from alertmill.snapshots.files.options import FileOptions
from alertmill.snapshots.files.parts import Part, Source, find_source
from alertmill.snapshots.files.set_aside import check_share, divide
from alertmill.snapshots.files.shaping import PRICE, Shaped, check_required, shape
from alertmill.snapshots.files.spelling import CREATION, spell_addresses
from alertmill.snapshots.files.valuing import Prices, read_prices, usd_columns, value
from alertmill.vocabulary import AddressKind, Network

TRANSFER_KEY = ("tx_id", "event_index", "edge_index", "asset_contract", "_version")
LABEL_KEY = ("address", "label", "source", "known_at")


@dataclass(frozen=True)
class ReadFile:
    """What was read of a file, a folder or a pattern."""

    source: Source
    rows: pl.DataFrame
    """In the types of the database."""
    set_aside: pl.DataFrame
    """Rows that were not taken, with their reason; columns of `SET_ASIDE_TYPES`."""
    remarks: Sequence[str] = ()
    """What was assumed, changed or left out, with counts."""


def read_transfers(
    path: str | Path, *, network: Network, options: FileOptions | None = None
) -> ReadFile:
    """Read chain transfers.

    Parameters
    ----------
    path : str or Path
        File, folder or pattern of files: parquet, Arrow, CSV or CSV.gz, with tx_id, block_height,
        block_timestamp, from_address, to_address, asset_symbol, amount (whole units) and
        amount_usd; event_index, edge_index, asset_contract, fee and _version may be absent. Other
        columns are left out.
    network : Network
        Transfers of one network are in one database.
    options : FileOptions, optional
        Names of the columns, units, prices and what may be set aside.

    Raises
    ------
    InputFileError
        If a file cannot be read, a cell has the wrong type or range, or a key stands twice.
    MissingColumnsError
        If a column is missing.
    ConfigurationError
        If options contradict each other or the file.
    """
    options = options or FileOptions()
    options.check()
    source = find_source(path)
    limits = options.limits
    prices = read_prices(options.prices, limits) if options.prices else None
    assets = read_assets(options.assets, limits) if options.assets else None
    parts = [_read_transfers_part(part, network, options, prices, assets) for part in source.parts]
    joined = _joined(source, parts, options)
    rows = _held_to_contract(
        "transfers",
        joined.rows,
        source,
        key=TRANSFER_KEY,
        remedy="Give event_index, the place of a transfer within its transaction.",
    )
    return replace(joined, rows=rows)


@dataclass(frozen=True)
class _PartRead:
    shaped: Shaped
    rows: pl.DataFrame
    set_aside: pl.DataFrame
    n_rows: int
    remarks: Sequence[str]


def _read_transfers_part(
    part: Part,
    network: Network,
    options: FileOptions,
    prices: Prices | None,
    assets: Assets | None,
) -> _PartRead:
    shaped, columns, faults = shaped_transfers(part, network, options, assets)
    check_required(shaped, columns, options.mapping, options.limits)
    columns = (*columns, *usd_columns(shaped, options))
    examined = spell_addresses(examine(shaped.frame, columns), network)
    valued = value(shaped, replace(examined, faults=[*faults, *examined.faults]), options, prices)
    return _divided(shaped, valued, options)


def shaped_transfers(
    part: Part, network: Network, options: FileOptions, assets: Assets | None
) -> tuple[Shaped, tuple[FileColumn, ...], Sequence[Fault]]:
    """Return the columns of a part under our names, how they are read, and unknown assets."""
    mapping = options.mapping
    decimals: int | pl.Series | None = options.amount_decimals
    fee_decimals = None
    if decimals is None:
        decimals = fee_decimals = mapping.amount_decimals
    columns = transfer_columns(time_unit=options.time_unit or mapping.time_unit)
    names = [*(column.name for column in columns), "amount_usd", "network"]
    shaped = shape(part, names, mapping, options.limits)
    _refuse_other_network(shaped, network)
    frame = _named_receivers(_numbered(shaped.frame, options), network)
    faults: Sequence[Fault] = ()
    if assets is not None and "asset_contract" in frame.columns:
        found = join_assets(frame, assets)
        frame, faults = found.frame, found.faults
        decimals = found.decimals if options.amount_decimals is None else decimals
    columns = transfer_columns(
        time_unit=options.time_unit or mapping.time_unit,
        decimals=decimals,
        fee_decimals=fee_decimals,
        has_thousands=mapping.has_thousands,
    )
    return replace(shaped, frame=frame), columns, faults


def _numbered(frame: pl.DataFrame, options: FileOptions) -> pl.DataFrame:
    is_wanted = options.mapping.numbers_events and "event_index" not in frame.columns
    if not is_wanted or "tx_id" not in frame.columns:
        return frame
    return frame.with_columns(event_index=pl.int_range(pl.len()).over("tx_id"))


def _named_receivers(frame: pl.DataFrame, network: Network) -> pl.DataFrame:
    """Name the receiver of a transfer that creates a contract: it has none of its own yet."""
    if not {"to_address", "tx_id"} <= {*frame.columns}:
        return frame
    receivers = frame["to_address"]
    if not receivers.null_count() or receivers.dtype not in (pl.String, pl.Categorical, pl.Null):
        return frame
    if terms_of(network).kind is not AddressKind.EVM:
        return frame
    named = pl.lit(CREATION) + pl.col("tx_id").cast(pl.String)
    return frame.with_columns(pl.col("to_address").cast(pl.String).fill_null(named))


def _refuse_other_network(shaped: Shaped, network: Network) -> None:
    if "network" not in shaped.frame.columns:
        return
    named = shaped.frame["network"].cast(pl.String).str.to_lowercase()
    is_other = (named != str(network)).fill_null(value=False)
    if is_other.any():
        fault = Fault("network", is_other, named, f"{network}, which --network gives")
        raise fault.error(shaped.path, shaped.rows)


def _divided(shaped: Shaped, examined: Examined, options: FileOptions) -> _PartRead:
    values = examined.values
    divided = divide(
        shaped.path, values, examined.faults, policy=options.set_aside, rows=shaped.rows
    )
    remarks = [*examined.remarks]
    if shaped.n_left_out:
        patterns = " or ".join(options.mapping.left_out)
        remarks.append(f"{patterns}: {n_rows(shaped.n_left_out)} that failed left out")
    if "to_address" in values.columns:
        n_created = int(values["to_address"].str.starts_with(CREATION).sum())
        if n_created:
            remarks.append(
                f"to_address is null in {n_rows(n_created)} (a contract is created): called "
                f"{CREATION}<tx_id>"
            )
    taken = values if divided.is_taken is None else values.filter(divided.is_taken)
    return _PartRead(shaped, taken, divided.set_aside, values.height, remarks)


def _joined(source: Source, parts: Sequence[_PartRead], options: FileOptions) -> ReadFile:
    name = place(source.name)
    first = parts[0]
    for part in parts[1:]:
        _check_same_columns(first, part)
        options.limits.check_rows(Path(source.name), sum(p.n_rows for p in parts))
    set_aside = pl.concat([part.set_aside for part in parts])
    n_read = sum(part.n_rows for part in parts)
    check_share(name, set_aside, n_rows=n_read, most=options.max_set_aside_share)
    remarks = list(dict.fromkeys(remark for part in parts for remark in part.remarks))
    if source.n_ignored:
        is_one = source.n_ignored == 1
        files = "1 file of another ending" if is_one else f"{source.n_ignored:,} files"
        remarks.append(f"{files} left alone")
    rows = (
        first.rows
        if len(parts) == 1
        else pl.concat([part.rows for part in parts], how="vertical_relaxed")
    )
    return ReadFile(source, rows, set_aside, remarks)


def _check_same_columns(first: _PartRead, part: _PartRead) -> None:
    differing = {*first.shaped.frame.columns} ^ {*part.shaped.frame.columns} - {PRICE}
    if differing:
        raise InputFileError.refused(
            part.shaped.path,
            f"its columns differ from those of {first.shaped.path}: {', '.join(sorted(differing))}",
            action="export all part files with the same columns",
        )


def read_labels(
    path: str | Path, *, network: Network, options: FileOptions | None = None
) -> ReadFile:
    """Read address labels.

    A label without known_at gets 0 and the known_at_source ``assumed``: it serves as a target
    only, because nobody can say whether a feature of an earlier day might have seen it.

    Parameters
    ----------
    path : str or Path
        File, folder or pattern of files with address, label and risk_level (low, medium, high,
        critical or empty); address_type, address_subtype, confidence_score (0 to 1), trust_level,
        source, known_at and revoked_at may be absent.
    network : Network
        Network of all labels.
    options : FileOptions, optional
        Names of the columns, the unit of times, and what may be set aside.

    Raises
    ------
    InputFileError
        If a file cannot be read, a cell has the wrong type or range, or a key stands twice.
    MissingColumnsError
        If a column is missing.
    """
    options = options or FileOptions()
    options.check()
    source = find_source(path)
    parts = [_read_labels_part(part, network, options) for part in source.parts]
    joined = _joined(source, parts, options)
    is_dated = "known_at" in joined.rows.columns
    is_revoked = "revoked_at" in joined.rows.columns
    labels = joined.rows.with_columns(
        pl.lit(network).alias("network"),
        pl.lit(network_type(network)).alias("network_type"),
        (pl.col("known_at") if is_dated else pl.lit(0)).alias("known_at"),
        (pl.col("revoked_at") if is_revoked else pl.lit(None)).alias("revoked_at"),
        pl.lit("upstream" if is_dated else "assumed").alias("known_at_source"),
    )
    rows = _held_to_contract(
        "raw_address_labels",
        labels,
        source,
        key=LABEL_KEY,
        remedy="Keep one row for each label, or give source or known_at to tell them apart.",
    )
    return replace(joined, rows=rows)


def _read_labels_part(part: Part, network: Network, options: FileOptions) -> _PartRead:
    shaped, columns = shaped_labels(part, network, options)
    check_required(shaped, columns, options.mapping, options.limits)
    return _divided(shaped, spell_addresses(examine(shaped.frame, columns), network), options)


def shaped_labels(
    part: Part, network: Network, options: FileOptions
) -> tuple[Shaped, tuple[FileColumn, ...]]:
    """Return the columns of a part under our names, and how they are read."""
    columns = label_columns(time_unit=options.time_unit or options.mapping.time_unit)
    names = [*(column.name for column in columns), "network"]
    shaped = shape(part, names, options.mapping, options.limits)
    _refuse_other_network(shaped, network)
    return shaped, columns


def _held_to_contract(
    table: str, frame: pl.DataFrame, source: Source, *, key: Sequence[str], remedy: str
) -> pl.DataFrame:
    conformed = conform_tables({table: frame}, source=source.name)[table]
    try:
        check_table(table, conformed, source=source.name)
    except ContractError:
        doubled = doubled_rows(conformed, key, path=place(source.name), remedy=remedy)
        if doubled is not None:
            raise doubled from None
        raise
    return conformed
