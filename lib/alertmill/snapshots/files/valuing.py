"""Give transfers of a file their amount in USD: its own, a constant price, or prices by day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from alertmill.addresses import folded
from alertmill.errors import ConfigurationError
from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.files.amounts import floats_of, money_of
from alertmill.snapshots.files.cells import n_rows
from alertmill.snapshots.files.columns import (
    FileColumn,
    Reason,
    amount_column,
    name_column,
    usd_column,
)
from alertmill.snapshots.files.examining import Examined, Fault, examine
from alertmill.snapshots.files.keys import doubled_rows
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.files.mappings import ColumnMapping
from alertmill.snapshots.files.options import FileOptions
from alertmill.snapshots.files.parts import find_source
from alertmill.snapshots.files.shaping import PRICE, Shaped, check_required, shape
from alertmill.snapshots.files.times import read_times
from alertmill.snapshots.pricing import last_prices
from alertmill.vocabulary import AddressKind

_MOST_ASSETS = 5
_NAMES = ColumnMapping(
    columns={
        "asset_symbol": ("symbol", "asset", "token_symbol", "currency"),
        "asset_contract": ("contract", "token_address", "contract_address"),
        "price_date": ("date", "day", "time", "timestamp"),
        "price_usd": ("usd", "price", "close"),
    }
)


@dataclass(frozen=True)
class Prices:
    """Prices of assets by day."""

    table: pl.DataFrame
    """Columns price_date, price_usd and those of ``by``."""
    by: tuple[str, ...]
    """What names an asset: its contract, its symbol, or both."""
    path: str


def read_prices(path: Path, limits: Limits) -> Prices:
    """Read a file of prices: asset_symbol or asset_contract or both, price_date and price_usd.

    Without asset_contract the prices are of native assets, and of no token that has the same
    symbol.

    Raises
    ------
    InputFileError
        If the file cannot be read, a cell is wrong, or an asset has two prices for a day.
    MissingColumnsError
        If a column is missing.
    """
    source = find_source(path)
    columns = (
        FileColumn("price_date", read_times, pl.Int64),
        amount_column("price_usd", has_thousands=False),
    )
    names = ("asset_symbol", "asset_contract")
    frames = []
    for part in source.parts:
        shaped = shape(part, [*names, *(c.name for c in columns)], _NAMES, limits)
        present = [name for name in names if name in shaped.frame.columns]
        assets = tuple(map(name_column, present or ["asset_symbol"]))
        check_required(shaped, (*assets, *columns), _NAMES, limits)
        examined = examine(shaped.frame, (*assets, *columns))
        for fault in examined.faults:
            raise fault.error(shaped.path)
        frames.append(examined.values)
    table = pl.concat(frames, how="vertical_relaxed").with_columns(
        price_date=pl.from_epoch("price_date", time_unit="ms").dt.date()
    )
    if "asset_contract" not in table.columns:
        table = table.with_columns(asset_contract=pl.lit("native"))
    # Transfers hold contracts as their network compares them; only hexadecimal ones are folded.
    table = table.with_columns(folded(pl.col("asset_contract"), AddressKind.EVM))
    by = tuple(name for name in names if name in table.columns)
    doubled = doubled_rows(
        table,
        [*by, "price_date"],
        path=place(path),
        remedy="Keep one price for each asset and day.",
    )
    if doubled is not None:
        raise doubled
    return Prices(table, by, place(path))


def usd_columns(shaped: Shaped, options: FileOptions) -> tuple[FileColumn, ...]:
    """Return amount_usd where the file has it, and hold the options for prices against that.

    Raises
    ------
    ConfigurationError
        If there is neither amount_usd nor a price, or both and a constant price.
    """
    has_usd = "amount_usd" in shaped.frame.columns
    has_price = options.prices is not None or PRICE in shaped.frame.columns
    constant = options.constant_price_usd is not None
    if has_usd and constant:
        raise ConfigurationError(
            f"{shaped.path} comes with both amount_usd and a constant price; give "
            "--constant-price-usd for a file without the column amount_usd, and only then."
        )
    if not (has_usd or constant or has_price):
        raise ConfigurationError(
            f"{shaped.path} comes with neither amount_usd nor a constant price; give --prices with "
            "a file of prices by day, or --constant-price-usd for one price."
        )
    return (usd_column(has_thousands=options.mapping.has_thousands),) if has_usd else ()


def value(
    shaped: Shaped, examined: Examined, options: FileOptions, prices: Prices | None
) -> Examined:
    """Add amount_usd where it is missing, and list what has no price as a fault.

    Amounts of the file are never replaced: prices fill only what is null.
    """
    values = examined.values
    usd = values["amount_usd"] if "amount_usd" in values.columns else None
    remarks = list(examined.remarks)
    price, said = _price(shaped, values, options, prices)
    if prices is not None:
        n_without = values.height if usd is None else usd.null_count()
        remarks.append(f"amount_usd comes from {said} in {n_rows(n_without)}")
    product = None if price is None else _amounts(shaped, values, options) * price
    if product is not None:
        usd = _filled(usd, money_of(product))
    if usd is None:
        raise AssertionError("usd_columns refuses a file without any price")
    valued = values.with_columns(usd.alias("amount_usd"))
    faults = [*examined.faults, *_usd_faults(valued, examined, product)]
    return Examined(valued, faults, remarks, examined.defaults)


def _amounts(shaped: Shaped, values: pl.DataFrame, options: FileOptions) -> pl.Series:
    """Return the amounts as floats, with the digits beyond the 18th where the file has them."""
    of_file = shaped.frame["amount"]
    decimals = (options.amount_decimals, options.mapping.amount_decimals, options.assets)
    if any(given is not None for given in decimals):
        return floats_of(values["amount"])
    if of_file.dtype == pl.Float64:
        return of_file
    if of_file.dtype == pl.String:
        floats = of_file.str.strip_chars().cast(pl.Float64, strict=False)
        return floats.zip_with(floats.is_not_null(), floats_of(values["amount"]))
    return floats_of(values["amount"])


def _price(
    shaped: Shaped, values: pl.DataFrame, options: FileOptions, prices: Prices | None
) -> tuple[pl.Series | float | None, str]:
    """Return the USD of one unit in each row, and where it comes from."""
    if options.constant_price_usd is not None:
        return options.constant_price_usd, "--constant-price-usd"
    of_file = None
    if PRICE in shaped.frame.columns:
        of_file = floats_of(usd_column(has_thousands=True).read(shaped.frame[PRICE]).values)
    if prices is None:
        return of_file, PRICE
    by_day = floats_of(last_prices(values, prices.table, by=prices.by))
    filled = by_day if of_file is None else of_file.zip_with(of_file.is_not_null(), by_day)
    return filled, prices.path


def _filled(usd: pl.Series | None, by_price: pl.Series) -> pl.Series:
    if usd is None:
        return by_price
    return usd.zip_with(usd.is_not_null(), by_price) if usd.null_count() else usd


def _usd_faults(valued: pl.DataFrame, examined: Examined, product: pl.Series | None) -> list[Fault]:
    is_missing = valued["amount_usd"].is_null()
    for fault in examined.faults:
        if fault.column in ("amount", "amount_usd"):
            is_missing &= ~fault.is_bad
    if not is_missing.any():
        return []
    faults = []
    if product is not None and (is_over := is_missing & product.is_not_null()).any():
        expected = usd_column().read(product.head(0)).expected
        faults.append(Fault("amount_usd", is_over, product, expected, Reason.AMOUNT))
        is_missing &= ~is_over
    if is_missing.any():
        expected = _expected_price(valued.filter(is_missing))
        found = valued["amount_usd"]
        faults.append(Fault("amount_usd", is_missing, found, expected, Reason.UNPRICED))
    return faults


def _n_without(n: int) -> str:
    return "1 transfer has none" if n == 1 else f"{n:,} transfers have none"


def _expected_price(unpriced: pl.DataFrame) -> str:
    counts = (
        unpriced.group_by("asset_symbol", "asset_contract")
        .len()
        .sort("len", "asset_symbol", "asset_contract", descending=[True, False, False])
    )
    named = ", ".join(
        f"{quote(symbol)} ({quote(contract)}) {n:,}"
        for symbol, contract, n in counts.head(_MOST_ASSETS).rows()
    )
    more = (
        f" and {counts.height - _MOST_ASSETS} more assets" if counts.height > _MOST_ASSETS else ""
    )
    return (
        "an amount in USD, or a price of the asset from before the day of the transfer; "
        f"{_n_without(unpriced.height)}: {named}{more}; add prices with --prices, "
        "or give --set-aside unpriced"
    )
