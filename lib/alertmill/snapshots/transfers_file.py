"""Read transfers and address labels from parquet files; a bad cell is named by file and row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from alertmill.errors import ConfigurationError, InputFileError, MissingColumnsError
from alertmill.snapshots.constant_price import check_constant_price
from alertmill.snapshots.contracts import check_table, conform_tables
from alertmill.snapshots.loading import MONEY
from alertmill.vocabulary import Network, RiskLevel, TrustLevel

_LARGEST_AMOUNT = 1e20
"""Decimal(38, 18) holds 20 digits before the point."""
_LARGEST_BLOCK = 2**32 - 1
_FIRST_TIMESTAMP = 1_230_768_000_000
"""2009-01-01 in ms, UTC: earlier times are seconds, or wrong."""
_LAST_TIMESTAMP = 4_102_444_800_000
"""2100-01-01 in ms, UTC: later times are microseconds, or wrong."""

NETWORK_TYPES = {
    "evm": "evm",
    "bitcoin": "utxo",
    "bittensor": "substrate",
    "ethereum": "evm",
    "polkadot": "substrate",
    "torus": "substrate",
}


@dataclass(frozen=True)
class _Column:
    name: str
    kind: type[pl.DataType]
    default: str | None = None
    """Of a column that may be absent; None if it must be there."""
    rule: pl.Expr | None = None
    expected: str = ""
    is_number_allowed: bool = False
    """Whether a column of text may be delivered as whole numbers."""

    @property
    def wanted(self) -> str:
        return self.expected or {pl.String: "text", pl.Float64: "a number"}.get(
            self.kind, "a whole number"
        )


def _text(name: str, default: str | None = None) -> _Column:
    rule = pl.col(name) != "" if default is None else None
    return _Column(
        name, pl.String, default, rule, "text that is not empty" if rule is not None else "text"
    )


def _amount(name: str, default: str | None = None) -> _Column:
    rule = pl.col(name).is_between(0, _LARGEST_AMOUNT, closed="left")
    return _Column(name, pl.Float64, default, rule, "a number from 0 to below 1e20")


def _time(name: str, default: str | None = None) -> _Column:
    rule = pl.col(name).is_between(_FIRST_TIMESTAMP, _LAST_TIMESTAMP)
    return _Column(name, pl.Int64, default, rule, "milliseconds since 1970, UTC, from 2009 to 2100")


_TRANSFERS = (
    _text("tx_id"),
    _Column("event_index", pl.String, "0", is_number_allowed=True),
    _Column("edge_index", pl.String, "0", is_number_allowed=True),
    _Column(
        "block_height",
        pl.Int64,
        None,
        pl.col("block_height").is_between(0, _LARGEST_BLOCK),
        "a whole number from 0 to 4294967295",
    ),
    _time("block_timestamp"),
    _text("from_address"),
    _text("to_address"),
    _text("asset_symbol"),
    _text("asset_contract", "native"),
    _amount("amount"),
    _amount("fee", "0"),
    _Column("_version", pl.Int64, "0", pl.col("_version") >= 0, "a whole number from 0"),
)
_LABELS = (
    _text("address"),
    _text("label"),
    _text("address_type", "unknown"),
    _text("address_subtype", ""),
    _Column(
        "risk_level",
        pl.String,
        None,
        pl.col("risk_level").is_in([*map(str, RiskLevel), ""]),
        f"one of {', '.join(RiskLevel)}, or empty",
    ),
    _Column(
        "confidence_score",
        pl.Float64,
        "0.5",
        pl.col("confidence_score").is_between(0, 1),
        "a number from 0 to 1",
    ),
    _Column(
        "trust_level",
        pl.String,
        "unverified",
        pl.col("trust_level").is_in(list(map(str, TrustLevel))),
        f"one of {', '.join(TrustLevel)}",
    ),
    _text("source", "file"),
)


def read_transfers(
    path: Path, *, network: Network, constant_price_usd: float | None = None
) -> pl.DataFrame:
    """Read chain transfers.

    Parameters
    ----------
    path : Path
        Parquet file with tx_id, block_height, block_timestamp (ms, UTC), from_address, to_address,
        asset_symbol, amount (native units) and amount_usd; event_index, edge_index, asset_contract
        fee and _version may be absent. Other columns are left out.
    network : Network
        Not in the file: transfers of one network are in one database.
    constant_price_usd : float, optional
        USD per native unit, for a file without amount_usd.

    Raises
    ------
    InputFileError
        If the file cannot be read, or a cell has the wrong type or range.
    MissingColumnsError
        If a column is missing.
    ContractError
        If a key stands twice.
    ConfigurationError
        If there is neither amount_usd nor a price, or both, or the price is not above 0.
    """
    del network
    check_constant_price(constant_price_usd)
    frame = _read(path)
    has_usd = "amount_usd" in frame.columns
    if has_usd == (constant_price_usd is not None):
        found = "both amount_usd and" if has_usd else "neither amount_usd nor"
        raise ConfigurationError(
            f"{path} comes with {found} a constant price; give --constant-price-usd for a file "
            "without the column amount_usd, and only then."
        )
    columns = [*_TRANSFERS, *([_amount("amount_usd")] if has_usd else [])]
    checked = _check(path, frame, columns)
    if constant_price_usd is not None:
        priced = pl.col("amount").cast(pl.Float64) * constant_price_usd
        checked = _check(
            path, checked.with_columns(amount_usd=priced), [*columns, _amount("amount_usd")]
        )
    return _held_to_contract("transfers", checked, path)


def read_labels(path: Path, *, network: Network) -> pl.DataFrame:
    """Read address labels.

    A label without known_at gets 0 and the known_at_source ``assumed``: it serves as a target
    only, because nobody can say whether a feature of an earlier day might have seen it.

    Parameters
    ----------
    path : Path
        Parquet file with address, label and risk_level (low, medium, high, critical or empty);
        address_type, address_subtype, confidence_score (0 to 1), trust_level, source, known_at and
        revoked_at (ms, UTC) may be absent.

    Raises
    ------
    InputFileError
        If the file cannot be read, or a cell has the wrong type or range.
    MissingColumnsError
        If a column is missing.
    ContractError
        If a key stands twice, or an address_type is not one we know.
    """
    frame = _read(path)
    times = [_time(name) for name in ("known_at", "revoked_at") if name in frame.columns]
    checked = _check(path, frame, [*_LABELS, *times], may_be_null=("revoked_at",))
    is_dated = "known_at" in checked.columns
    labels = checked.with_columns(
        pl.lit(network.value).alias("network"),
        pl.lit(network_type(network)).alias("network_type"),
        (pl.col("known_at") if is_dated else pl.lit(0)).alias("known_at"),
        (pl.col("revoked_at") if "revoked_at" in checked.columns else pl.lit(None)).alias(
            "revoked_at"
        ),
        pl.lit("upstream" if is_dated else "assumed").alias("known_at_source"),
    )
    return _held_to_contract("raw_address_labels", labels, path)


def _held_to_contract(table: str, frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    conformed = conform_tables({table: frame}, source=str(path))[table]
    check_table(table, conformed, source=str(path))
    return conformed


def network_type(network: Network) -> str:
    """Return evm for bittensor_evm, substrate for bittensor_testnet."""
    chain, _, layer = network.value.partition("_")
    return NETWORK_TYPES.get(layer, NETWORK_TYPES[chain])


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputFileError.unreadable(path, "there is no such file")
    try:
        return pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputFileError.unreadable(path, str(error).splitlines()[0]) from None


def _check(
    path: Path,
    frame: pl.DataFrame,
    columns: Iterable[_Column],
    *,
    may_be_null: tuple[str, ...] = (),
) -> pl.DataFrame:
    columns = list(columns)
    missing = [c.name for c in columns if c.default is None and c.name not in frame.columns]
    if missing:
        raise MissingColumnsError.of(str(path), missing, frame.columns)
    return frame.select(
        _checked(path, frame, c, may_be_null=c.name in may_be_null)
        if c.name in frame.columns
        else pl.lit(c.default).cast(c.kind).alias(c.name)
        for c in columns
    )


def _checked(path: Path, frame: pl.DataFrame, column: _Column, *, may_be_null: bool) -> pl.Series:
    found = frame[column.name]
    if not _is_usable(found.dtype, column):
        raise _bad(path, found, column, int(found.is_not_null().arg_max() or 0))
    values = found.cast(_kept_type(found.dtype, column), strict=False)
    is_bad = values.is_null() & found.is_not_null()
    if values.dtype.is_integer() and found.dtype.is_float():
        is_bad = is_bad | (found != found.floor())
    if column.default is not None:
        values = values.fill_null(pl.Series([column.default]).cast(values.dtype)[0])
    elif not may_be_null:
        is_bad = is_bad | found.is_null()
    if column.rule is not None:
        passed = values.to_frame().select(column.rule).to_series()
        is_bad = is_bad | ~passed.fill_null(value=True)
    if is_bad.any():
        raise _bad(path, found, column, int(is_bad.arg_max() or 0))
    return values


def _is_usable(found: pl.DataType, column: _Column) -> bool:
    if found == pl.Null:
        return True
    if column.kind != pl.String:
        return found.is_numeric()
    is_text = found in (pl.String, pl.Categorical) or isinstance(found, pl.Enum)
    return is_text or (column.is_number_allowed and found.is_integer())


def _kept_type(found: pl.DataType, column: _Column) -> pl.DataType | type[pl.DataType]:
    """Decimal amounts stay exact."""
    return MONEY if found.is_decimal() and column.kind == pl.Float64 else column.kind


def _bad(path: Path, values: pl.Series, column: _Column, row: int) -> InputFileError:
    found = values[row] if len(values) else f"a column of {values.dtype}"
    return InputFileError.bad_value(
        path, column=column.name, row=row, found=found, expected=column.wanted
    )
