"""How a column and a table of the contract are declared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import polars as pl

from alertmill.vocabulary import NETWORK_NAME

MONEY = pl.Decimal(38, 18)
_SLACK = 1e-6
"""A share that was rounded to Float32 may lie this far outside its range."""
_FIRST_TIMESTAMP = 1_230_768_000_000
"""2009-01-01 in ms, UTC: earlier times are seconds, or wrong."""
_LAST_TIMESTAMP = 4_102_444_800_000
"""2100-01-01 in ms, UTC: later times are microseconds, or wrong."""


@dataclass(frozen=True, eq=False)
class Rule:
    """What must hold in every row; a null passes."""

    expected: str
    """The rule in words, as they follow "expected"."""
    holds: pl.Expr


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table as it is stored."""

    name: str
    dtype: pl.DataType
    rules: tuple[Rule, ...] = ()
    is_nullable: bool = False
    is_ours: bool = False
    """True if the upstream system does not have it, so that its snapshots may come without."""


@dataclass(frozen=True, eq=False)
class Table:
    """One table of the database."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns whose values together may stand only once; they name a row in a message."""
    rules: tuple[tuple[str, Rule], ...] = ()
    """Rules over several columns, each under the column that a message names."""

    @property
    def names(self) -> list[str]:
        """Names of the columns in their order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)


def optional(column: Column) -> Column:
    """Allow nulls: the value may be undefined."""
    return replace(column, is_nullable=True)


def ours(column: Column) -> Column:
    """Mark a column that the upstream system does not have: null in a snapshot that lacks it."""
    is_null = pl.col(column.name).is_null()
    rules = column.rules
    if not column.is_nullable:
        rule = Rule(
            "a value in every row of a snapshot, or in none",
            ~is_null | is_null.all().over("processing_date"),
        )
        rules = (*rules, rule)
    return replace(column, rules=rules, is_nullable=True, is_ours=True)


def text(name: str) -> Column:
    """Any text, also none."""
    return Column(name, pl.String())


def name_text(name: str) -> Column:
    """Text that names something, and is therefore not empty."""
    return Column(name, pl.String(), (Rule("text that is not empty", pl.col(name) != ""),))


def one_of(name: str, allowed: type[StrEnum], *, may_be_empty: bool = False) -> Column:
    """One of the members of an enumeration."""
    values = [member.value for member in allowed]
    words = f"one of {', '.join(values)}" + (", or empty" if may_be_empty else "")
    holds = pl.col(name).is_in([*values, ""] if may_be_empty else values)
    return Column(name, pl.String(), (Rule(words, holds),))


def network_name(name: str) -> Column:
    """Return a text that can name a network."""
    holds = pl.col(name).str.contains(f"^{NETWORK_NAME}$")
    return Column(name, pl.String(), (Rule("the name of a network", holds),))


def whole(
    name: str, dtype: pl.DataType, *, least: int | None = None, most: int | None = None
) -> Column:
    """Return a whole number that is not negative, as no unsigned one can be."""
    rules = []
    if least is not None:
        rules.append(Rule(f"at least {least}", pl.col(name) >= least))
    if most is not None:
        rules.append(Rule(f"at most {most}", pl.col(name) <= most))
    return Column(name, dtype, tuple(rules))


u8, u16, u32, u64 = (
    partial(whole, dtype=dtype) for dtype in (pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64())
)


def timestamp(name: str) -> Column:
    """Milliseconds since 1970, UTC."""
    holds = pl.col(name).is_between(_FIRST_TIMESTAMP, _LAST_TIMESTAMP)
    words = "milliseconds since 1970, UTC, from 2009 to 2100"
    return Column(name, pl.UInt64(), (Rule(words, holds),))


def money(name: str) -> Column:
    """Return an amount that is not negative; the type leaves 20 digits before the point."""
    return Column(name, MONEY, (Rule("not negative", pl.col(name) >= 0),))


def signed_money(name: str) -> Column:
    """Return an amount that may be negative."""
    return Column(name, MONEY)


def number(
    name: str,
    *,
    low: float | None = None,
    high: float | None = None,
    dtype: pl.DataType | None = None,
) -> Column:
    """Return a finite number, Float32 unless said otherwise, in a range whose ends are allowed."""
    rules = [Rule("a finite number", pl.col(name).is_finite())]
    # Not a number is greater than every number: it breaches the first rule alone.
    if low is not None:
        rules.append(Rule(f"at least {low:g}", ~(pl.col(name) < low - _SLACK)))
    if high is not None:
        rules.append(Rule(f"at most {high:g}", ~_exceeds(name, high + _SLACK)))
    return Column(name, dtype or pl.Float32(), tuple(rules))


def _exceeds(name: str, most: float) -> pl.Expr:
    return pl.col(name).is_finite() & (pl.col(name) > most)


def share(name: str) -> Column:
    """Return a finite number from 0 to 1."""
    return number(name, low=0, high=1)


def flag(name: str) -> Column:
    """Yes or no."""
    return Column(name, pl.Boolean())


def counts(name: str, length: int) -> Column:
    """Return a list of counts with one entry a bin."""
    is_full = (pl.col(name).list.len() == length) & _has_no_null(name)
    return Column(name, pl.List(pl.UInt32()), (Rule(f"{length} counts", is_full),))


def texts(name: str) -> Column:
    """Return a list of texts."""
    rule = Rule("a list without nulls", _has_no_null(name))
    return Column(name, pl.List(pl.String()), (rule,))


def _has_no_null(name: str) -> pl.Expr:
    return pl.col(name).list.drop_nulls().list.len() == pl.col(name).list.len()


def day(name: str) -> Column:
    """Return a date."""
    return Column(name, pl.Date())
