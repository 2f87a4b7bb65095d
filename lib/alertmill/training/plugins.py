"""Objects that somebody registered under a name, or names by their place in a package."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from alertmill.errors import UnknownNameError


def load_registered(kind: str, name: str, *, group: str, ours: Iterable[str]) -> Any:  # noqa: ANN401 - what somebody registered can be anything
    """Import what a name stands for.

    Parameters
    ----------
    kind : str
        What it should be, for messages.
    name : str
        Name of an entry point of the group, or ``package.module:Object``.
    group : str
        Group of entry points.
    ours : iterable of str
        Names that need no entry point, for messages.

    Raises
    ------
    UnknownNameError
        If nothing has the name, or what has it cannot be imported; the message lists what exists.
    """
    registered = {point.name: point for point in entry_points(group=group)}
    point = registered.get(name)
    if point is None and ":" in name:
        point = EntryPoint(name=name, value=name, group=group)
    known = [*ours, *registered, "package.module:Class"]
    if point is None:
        raise UnknownNameError.of(kind, name, known)
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        unknown = UnknownNameError.of(kind, name, known)
        raise UnknownNameError(f"{unknown} It cannot be imported: {error}.") from error
