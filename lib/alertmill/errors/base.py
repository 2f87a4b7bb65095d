"""The base of every error, and the errors of what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import ClassVar, Self

from alertmill.redaction import redacted
from alertmill.wording import plural

BAD_INPUT = 2
"""Exit code of a command whose input is refused."""
FAILED = 1
"""Exit code of a command whose work failed, or whose answer is no."""
_MOST_NAMED = 5


class AlertmillError(Exception):
    """Base of the errors an operator can act on; ``exit_code`` is what the command line returns.

    The message holds no secret that this process knows: what a server or a proxy sent back is often
    a part of it.
    """

    exit_code: ClassVar[int] = FAILED

    def __init__(self, message: str = "") -> None:
        super().__init__(redacted(message))


class ConfigurationError(AlertmillError):
    """A setting is missing or contradicts another."""

    exit_code = BAD_INPUT


class UnknownNameError(AlertmillError):
    """A network, model type or other enumerated name is not one we know."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, kind: str, found: str, known: Iterable[str]) -> Self:
        """Build the message from what was asked for, and what exists."""
        return cls(f"unknown {kind} {found!r}; expected one of {', '.join(sorted(known))}.")

    @classmethod
    def of_network(cls, found: str, known: Iterable[str]) -> Self:
        """Build the message from what was asked for, what exists, and how to add a network."""
        example = found if found.isidentifier() and found.islower() else "mybank"
        return cls(
            f"unknown network {found[:60]!r}; expected one of {', '.join(sorted(known))}, or one "
            f"that is added with its kind of address, as in "
            f'ALERTMILL_NETWORKS=\'{{"{example}": {{"kind": "opaque"}}}}\'.'
        )

    @classmethod
    def in_argument(cls, argument: str, unknown: Sequence[str], known: Sequence[str]) -> Self:
        """Build the message from the argument, what is unknown, and the names nearest to it."""
        near = [name for found in unknown for name in get_close_matches(found, known)]
        shown = list(dict.fromkeys(near or known))[:_MOST_NAMED]
        names = plural(len(unknown), "name")
        found = ", ".join(map(repr, unknown[:_MOST_NAMED]))
        expected = f"names such as {', '.join(shown)}" if shown else "no name at all"
        return cls(f"unknown {names} {found} in {argument}; expected {expected}.")


class DateRangeError(AlertmillError):
    """A date range ends before it starts, or an end of it is no date that a snapshot can have."""

    exit_code = BAD_INPUT

    @classmethod
    def not_a_date(cls, name: str, found: str) -> Self:
        """Show what was given in place of a date."""
        return cls(f"{name} is {found[:40]!r}; expected a date such as 2024-01-31.")

    @classmethod
    def of(cls, start: date, end: date) -> Self:
        """Show both ends."""
        return cls(
            f"the range ends before it starts: start_date is {start}, end_date is {end}; "
            "swap them or correct one."
        )

    @classmethod
    def beyond(cls, start: date, end: date, *, first: date, last: date) -> Self:
        """Show both ends, and between which dates they must lie."""
        return cls(
            f"the range {start} to {end} goes beyond the dates that a snapshot can have, {first} "
            f"to {last}; correct start_date or end_date."
        )
