"""The check of settings and lists of columns that a caller hands to the trainer."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.errors.snapshots import quote

WAYS = (-1, 0, 1)
"""A monotone feature lowers the score, is free, or raises it."""


def check_columns(argument: str, names: Iterable[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names in the order of the columns.

    Parameters
    ----------
    argument : str
        What the caller's argument is called.
    names : iterable of str
        Names of columns.
    columns : sequence of str
        The columns that there are.

    Raises
    ------
    ConfigurationError
        If it is one text, whose letters would be taken for names.
    UnknownNameError
        If a name is no column.
    """
    if isinstance(names, str):
        raise ConfigurationError(
            f"{argument} is the text {quote(names)}; expected a list of names of columns. "
            f"Pass [{quote(names)}]."
        )
    wanted = set(names)
    unknown = sorted(map(str, wanted - set(columns)))
    if unknown:
        raise UnknownNameError.in_argument(argument, unknown, columns)
    return tuple(name for name in columns if name in wanted)


def read_monotone(monotone: Mapping[str, int] | None) -> dict[str, int]:
    """Return the direction of each monotone feature.

    Raises
    ------
    ConfigurationError
        If it is no mapping, or a direction is not -1, 0 or 1.
    """
    if monotone is None:
        return {}
    if not isinstance(monotone, Mapping):
        raise ConfigurationError(
            f"monotone is {quote(monotone)}; expected a mapping of feature to direction, such as "
            '{"amount_usd": 1}.'
        )
    for name, way in monotone.items():
        if isinstance(way, bool) or way not in WAYS:
            raise ConfigurationError(
                f"monotone gives {name} the direction {quote(way)}; expected 1 (a rise never "
                "lowers the score), -1 (never raises it) or 0 (free)."
            )
    return {name: int(way) for name, way in monotone.items()}


def check_whole(name: str, value: object, *, least: int, meaning: str = "") -> int:
    """Return a whole number that is not too low.

    Parameters
    ----------
    name : str
        What the caller's argument is called.
    value : int
        Its value; whole numbers of numpy are taken, floats and booleans are not.
    least : int
        Lowest value that is allowed.
    meaning : str
        What is counted, for the message.

    Raises
    ------
    ConfigurationError
        If it is no whole number, or too low.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]  # what is refused
    except TypeError:
        number = None
    if number is None or number < least:
        counted = f" {meaning}" if meaning else ""
        raise ConfigurationError(
            f"{name} is {quote(value)}; expected a whole number of{counted} from {least}."
            if counted
            else f"{name} is {quote(value)}; expected a whole number from {least}."
        )
    return number
