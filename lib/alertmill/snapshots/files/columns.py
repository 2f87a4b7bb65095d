"""The columns of transfers, labels, prices and assets: how each is read, and what may be absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import polars as pl

from alertmill.snapshots.files.amounts import read_amounts
from alertmill.snapshots.files.cells import Cells
from alertmill.snapshots.files.texts import read_choices, read_shares, read_texts, read_whole
from alertmill.snapshots.files.times import TimeUnit, read_times
from alertmill.snapshots.loading import MONEY
from alertmill.vocabulary import AddressType, RiskLevel, TrustLevel

_LARGEST_BLOCK = 2**32 - 1
_LONGEST_WINDOW = 366
_LARGEST_VERSION = 2**63 - 1


class Reason(StrEnum):
    """Why a row may be set aside instead of stopping the load."""

    UNPRICED = "unpriced"
    """It has no amount in USD, and there is no price of its asset."""
    AMOUNT = "amount"
    """Its amount is missing, negative, no number, or larger than any table holds."""
    ADDRESS = "address"
    """An address is missing, or is none of its network."""


class OfNull(StrEnum):
    """What becomes of a null."""

    REFUSED = "refused"
    DEFAULT = "default"
    """It counts as the default of the column."""
    KEPT = "kept"


@dataclass(frozen=True)
class FileColumn:
    """One column as a file may have it."""

    name: str
    read: Callable[[pl.Series], Cells]
    dtype: pl.DataType | type[pl.DataType]
    default: object = None
    of_null: OfNull = OfNull.REFUSED
    is_required: bool = True
    reason: Reason | None = None
    """The policy under which rows with a bad cell may be set aside."""


def name_column(
    name: str, *, reason: Reason | None = None, is_number_allowed: bool = False
) -> FileColumn:
    """Declare a column of names, which must be there and may not be empty."""
    read = partial(
        read_texts,
        expected="text that is not empty",
        may_be_empty=False,
        is_number_allowed=is_number_allowed,
    )
    return FileColumn(name, read, pl.String, reason=reason)


def text_column(name: str, default: str, *, is_number_allowed: bool = False) -> FileColumn:
    """Declare a column of text that may be absent or null."""
    read = partial(
        read_texts, expected="text", may_be_empty=True, is_number_allowed=is_number_allowed
    )
    return FileColumn(name, read, pl.String, default, OfNull.DEFAULT, is_required=False)


def time_column(
    name: str,
    unit: TimeUnit | None = None,
    *,
    of_null: OfNull = OfNull.REFUSED,
    is_required: bool = True,
) -> FileColumn:
    """Declare a column of times."""
    read = partial(read_times, unit=unit)
    return FileColumn(name, read, pl.Int64, of_null=of_null, is_required=is_required)


def choice_column(
    name: str,
    choices: tuple[str, ...],
    *,
    default: str,
    is_required: bool = False,
    other: str | None = None,
) -> FileColumn:
    """Declare a column of words, null meaning the default; see `read_choices` for other words."""
    words = ", ".join(filter(None, choices))
    expected = f"one of {words}" + (", or empty" if "" in choices else "")
    read = partial(read_choices, choices=choices, expected=expected, other=other)
    return FileColumn(name, read, pl.String, default, OfNull.DEFAULT, is_required)


def amount_column(
    name: str,
    *,
    decimals: int | pl.Series | None = None,
    has_thousands: bool = False,
    reason: Reason | None = None,
) -> FileColumn:
    """Declare a column of amounts that must be there."""
    read = partial(read_amounts, decimals=decimals, has_thousands=has_thousands)
    return FileColumn(name, read, MONEY, reason=reason)


def transfer_columns(
    *,
    time_unit: TimeUnit | None = None,
    decimals: int | pl.Series | None = None,
    fee_decimals: int | None = None,
    has_thousands: bool = False,
) -> tuple[FileColumn, ...]:
    """Return the columns of a transfers file, but for amount_usd."""
    fee = partial(read_amounts, decimals=fee_decimals, has_thousands=has_thousands)
    height = partial(
        read_whole, low=0, high=_LARGEST_BLOCK, expected="a whole number from 0 to 4294967295"
    )
    version = partial(read_whole, low=0, high=_LARGEST_VERSION, expected="a whole number from 0")
    return (
        name_column("tx_id", is_number_allowed=True),
        text_column("event_index", "0", is_number_allowed=True),
        text_column("edge_index", "0", is_number_allowed=True),
        FileColumn("block_height", height, pl.Int64),
        time_column("block_timestamp", time_unit),
        name_column("from_address", reason=Reason.ADDRESS),
        name_column("to_address", reason=Reason.ADDRESS),
        name_column("asset_symbol"),
        text_column("asset_contract", "native"),
        amount_column(
            "amount", decimals=decimals, has_thousands=has_thousands, reason=Reason.AMOUNT
        ),
        FileColumn("fee", fee, MONEY, 0, OfNull.DEFAULT, is_required=False),
        FileColumn("_version", version, pl.Int64, 0, OfNull.DEFAULT, is_required=False),
    )


def usd_column(*, has_thousands: bool = False) -> FileColumn:
    """Return amount_usd; a null is a transfer without a price."""
    read = partial(read_amounts, has_thousands=has_thousands)
    return FileColumn(
        "amount_usd", read, MONEY, of_null=OfNull.KEPT, is_required=False, reason=Reason.AMOUNT
    )


def label_columns(*, time_unit: TimeUnit | None = None) -> tuple[FileColumn, ...]:
    """Return the columns of a labels file."""
    levels = tuple(map(str, RiskLevel))
    trust = tuple(map(str, TrustLevel))
    confidence = partial(read_shares, expected="a number from 0 to 1")
    return (
        name_column("address", reason=Reason.ADDRESS),
        name_column("label"),
        choice_column("risk_level", (*levels, ""), default="", is_required=True),
        # The upstream system has types that no rule of ours knows, such as flagged.
        choice_column(
            "address_type",
            tuple(map(str, AddressType)),
            default=AddressType.UNKNOWN.value,
            other=AddressType.UNKNOWN.value,
        ),
        text_column("address_subtype", ""),
        FileColumn(
            "confidence_score", confidence, pl.Float64, 0.5, OfNull.DEFAULT, is_required=False
        ),
        choice_column("trust_level", trust, default="unverified"),
        text_column("source", "file"),
        time_column("known_at", time_unit, is_required=False),
        time_column("revoked_at", time_unit, of_null=OfNull.KEPT, is_required=False),
    )


def disposition_columns() -> tuple[FileColumn, ...]:
    """Return the columns of a file of decisions about alerts."""
    window = partial(
        read_whole, low=1, high=_LONGEST_WINDOW, expected="a whole number of days from 1 to 366"
    )
    return (
        FileColumn("window_days", window, pl.Int64, is_required=False),
        time_column("processing_date"),
        name_column("address", reason=Reason.ADDRESS),
        name_column("alert_id", is_number_allowed=True),
        name_column("decision"),
        time_column("decided_at"),
        time_column("known_at", is_required=False),
        name_column("reviewer", is_number_allowed=True),
        text_column("note", ""),
    )
