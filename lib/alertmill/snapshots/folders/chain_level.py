"""Folders of chain data: transfers and what their derivation needs."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from upath import UPath

from alertmill.errors import SnapshotFolderError
from alertmill.snapshots.contracts import check_table, conform_tables
from alertmill.snapshots.contracts.checks import check_frame
from alertmill.snapshots.folders.files import ReadFiles, Wanted, read_files
from alertmill.snapshots.folders.meta import SnapshotMeta
from alertmill.snapshots.folders.prices import PRICES, Priced, price_by_day, price_constantly
from alertmill.snapshots.folders.spelling import spell_addresses, spell_contracts

_DEFAULTS = {"event_index": "0", "edge_index": "0", "asset_contract": "native"}
_TRANSFERS = Wanted(
    required=(
        "tx_id",
        "block_height",
        "block_timestamp",
        "from_address",
        "to_address",
        "asset_symbol",
        "amount",
        "fee",
    ),
    optional=(*_DEFAULTS, "amount_usd", "_version"),
    ignored=("created_at",),
)
_PRICES = Wanted(required=PRICES.names, ignored=("source", "_version", "created_at"))


def read_chain_level(
    folder: UPath, meta: SnapshotMeta, *, constant_price_usd: float | None
) -> tuple[Priced, ReadFiles]:
    """Read, verify and check the transfers of a folder.

    Without amount_usd they are valued by asset_prices.parquet, or else at the constant price.

    Raises
    ------
    SnapshotFolderError
        If a file or a column is missing, a file is not what META.json describes, or there is no
        way to value the transfers.
    ContractError
        If rows break their contract, or have no price.
    """
    has_prices = "asset_prices.parquet" in meta.sha256
    wanted = {"transfers": _TRANSFERS} | ({"asset_prices": _PRICES} if has_prices else {})
    files = read_files(folder, meta, wanted)
    transfers, remarks = spell_addresses(
        folder / "transfers.parquet",
        _with_defaults(files.frames["transfers"]),
        ("from_address", "to_address"),
        network=meta.network,
        contracts=("asset_contract",),
    )
    prices = files.frames.get("asset_prices")
    if prices is not None:
        prices = spell_contracts(prices, network=meta.network)
    priced = _valued(folder, transfers, prices, constant_price_usd)
    conformed = conform_tables({"transfers": priced.transfers}, source=str(folder))["transfers"]
    check_table("transfers", conformed, source=str(folder))
    return Priced(conformed, priced.by), replace(files, remarks=[*files.remarks, *remarks])


def _valued(
    folder: UPath, transfers: pl.DataFrame, prices: pl.DataFrame | None, constant: float | None
) -> Priced:
    if "amount_usd" in transfers.columns:
        return Priced(transfers, "")
    if prices is not None:
        checked = conform_tables({PRICES.name: prices}, {PRICES.name: PRICES}, source=str(folder))
        check_frame(PRICES, checked[PRICES.name], source=str(folder))
        return price_by_day(transfers, checked[PRICES.name], source=str(folder))
    if constant is not None:
        return price_constantly(transfers, constant)
    raise SnapshotFolderError.of(
        folder,
        "transfers.parquet has no amount_usd and there is no asset_prices.parquet; deliver one of "
        "the two, or give --constant-price-usd",
    )


def _with_defaults(delivered: pl.DataFrame) -> pl.DataFrame:
    """Fill what may be left out; indexes may be delivered as numbers."""
    defaults = {name: pl.lit(value) for name, value in _DEFAULTS.items()}
    absent = {
        name: value
        for name, value in {**defaults, "_version": pl.lit(0, pl.UInt64)}.items()
        if name not in delivered.columns
    }
    as_text = [
        pl.col(name).cast(pl.String)
        for name in ("event_index", "edge_index")
        if name in delivered.columns and delivered.schema[name].is_integer()
    ]
    return delivered.with_columns(as_text).with_columns(**absent)
