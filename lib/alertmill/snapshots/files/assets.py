"""Add the symbols and decimals of assets to transfers that name only a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from alertmill.errors.snapshots import place
from alertmill.snapshots.files.columns import FileColumn, OfNull, Reason, name_column
from alertmill.snapshots.files.examining import Fault, examine
from alertmill.snapshots.files.keys import doubled_rows
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.files.mappings import ColumnMapping
from alertmill.snapshots.files.parts import find_source
from alertmill.snapshots.files.shaping import check_required, shape
from alertmill.snapshots.files.texts import read_texts, read_whole


@dataclass(frozen=True)
class Assets:
    """Symbols and decimals of assets, by contract in lower case."""

    table: pl.DataFrame
    """Columns asset_contract, and asset_symbol and decimals where the file has them."""
    path: str


_ASSET_NAMES = ColumnMapping(
    columns={
        "asset_symbol": ("symbol", "token_symbol"),
        "asset_contract": ("address", "token_address", "contract_address"),
        "decimals": ("token_decimals",),
    }
)


def read_assets(path: Path, limits: Limits) -> Assets:
    """Read a file of assets: asset_contract, asset_symbol and decimals, as ethereum-etl has tokens.

    Raises
    ------
    InputFileError
        If the file cannot be read, a cell is wrong, or a contract stands twice.
    MissingColumnsError
        If a column is missing.
    """
    decimals = partial(read_whole, low=0, high=77, expected="a whole number from 0 to 77")
    symbol = partial(read_texts, expected="text", may_be_empty=True)
    columns = (
        name_column("asset_contract"),
        FileColumn("asset_symbol", symbol, pl.String, of_null=OfNull.KEPT, is_required=False),
        FileColumn("decimals", decimals, pl.Int64),
    )
    frames = []
    for part in find_source(path).parts:
        shaped = shape(part, [c.name for c in columns], _ASSET_NAMES, limits)
        check_required(shaped, columns, _ASSET_NAMES, limits)
        examined = examine(shaped.frame, columns)
        for fault in examined.faults:
            raise fault.error(shaped.path)
        frames.append(examined.values)
    table = pl.concat(frames).with_columns(pl.col("asset_contract").str.to_lowercase())
    doubled = doubled_rows(
        table, ["asset_contract"], path=place(path), remedy="Keep one row for each contract."
    )
    if doubled is not None:
        raise doubled
    return Assets(table, place(path))


@dataclass(frozen=True)
class OfAssets:
    """A frame with the symbols of its assets, and the decimals of each row."""

    frame: pl.DataFrame
    decimals: pl.Series
    faults: Sequence[Fault]


def join_assets(frame: pl.DataFrame, assets: Assets) -> OfAssets:
    """Add the symbol where a row has none, and the decimals; name rows of unknown assets."""
    contracts = read_texts(
        frame["asset_contract"], expected="text", may_be_empty=True
    ).values.str.to_lowercase()
    joined = (
        contracts.alias("asset_contract")
        .to_frame()
        .join(assets.table, on="asset_contract", how="left", maintain_order="left")
    )
    symbol = joined["asset_symbol"] if "asset_symbol" in joined.columns else None
    if "asset_symbol" in frame.columns:
        own = frame["asset_symbol"].cast(pl.String)
        symbol = own if symbol is None else own.zip_with(own.is_not_null() & (own != ""), symbol)
    if symbol is not None:
        # An asset without a symbol goes by its contract.
        named = symbol.zip_with(symbol.is_not_null() & (symbol != ""), contracts)
        frame = frame.with_columns(named.alias("asset_symbol"))
    is_unknown = joined["decimals"].is_null()
    expected = f"an asset of {assets.path}; add it there, or give --set-aside unpriced"
    faults = (
        [Fault("asset_contract", is_unknown, frame["asset_contract"], expected, Reason.UNPRICED)]
        if is_unknown.any()
        else []
    )
    return OfAssets(frame, joined["decimals"], faults)
