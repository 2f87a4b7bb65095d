"""Errors of delivered snapshots: what breaks a contract, and what a folder lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError

_MOST_BREACHES = 30
_LONGEST_QUOTE = 80


def quote(value: object) -> str:
    r"""Quote a value of foreign data: control and direction characters escaped, length capped.

    Examples
    --------
    >>> print(quote("red\x1b[31m"))
    'red\x1b[31m'
    """
    if isinstance(value, str):
        # Before repr, which would otherwise work through a text of megabytes.
        is_long = len(value) > _LONGEST_QUOTE
        return repr(value[:_LONGEST_QUOTE]) + ("..." if is_long else "")
    said = str(value) if isinstance(value, int | float | date | Decimal) else repr(value)
    return said[:_LONGEST_QUOTE] + ("..." if len(said) > _LONGEST_QUOTE else "")


@dataclass(frozen=True)
class Breach:
    """One rule that rows of a table do not keep."""

    table: str
    column: str
    rule: str
    count: int
    """Rows, or keys where the rule is about keys; 1 where it is about the column itself."""
    examples: tuple[str, ...] = ()
    """Keys of up to five of them, with the value found, quoted."""

    def __str__(self) -> str:
        """Give the breach as one line of a message."""
        rows = "row" if self.count == 1 else "rows"
        count = f" in {self.count:,} {rows}: " if self.examples else ""
        return f"{self.table}.{self.column}: expected {self.rule}{count}{'; '.join(self.examples)}"


class ContractError(AlertmillError):
    """Tables do not keep their contract."""

    exit_code = BAD_INPUT
    breaches: tuple[Breach, ...] = ()

    @classmethod
    def of(cls, breaches: Sequence[Breach], *, source: str) -> Self:
        """List what is broken, each with its count and example keys.

        Parameters
        ----------
        source : str
            Where the tables come from.
        """
        lines = [f"  {breach}" for breach in breaches[:_MOST_BREACHES]]
        if len(breaches) > _MOST_BREACHES:
            lines.append(f"  and {len(breaches) - _MOST_BREACHES} more")
        tables = ", ".join(dict.fromkeys(breach.table for breach in breaches))
        error = cls(
            f"{quote(source)[1:-1]}: {tables} broke the contract in {len(breaches)} places:\n"
            + "\n".join(lines)
            + "\nNo row was left out to make it fit; correct the source and load it again."
        )
        error.breaches = tuple(breaches)
        return error
