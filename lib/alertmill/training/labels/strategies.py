"""Find a label strategy by the name that a run gives: one of ours, or anybody's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import polars as pl

from alertmill.errors import LabelStrategyError
from alertmill.parameters import DEFAULT_LABEL_STRATEGY, DISPOSITION_LABEL_STRATEGY
from alertmill.training.labels.labelling import (
    AddressLabelStrategy,
    AlertDecisionStrategy,
    DispositionStrategy,
    LabelStrategy,
)
from alertmill.training.plugins import load_registered

GROUP = "alertmill.label_strategies"
"""Entry points of this group are label strategies."""

_OURS: Mapping[str, type[LabelStrategy]] = {
    DEFAULT_LABEL_STRATEGY: AddressLabelStrategy,
    DISPOSITION_LABEL_STRATEGY: DispositionStrategy,
}


def find_label_strategy(name: str) -> LabelStrategy:
    """Return the label strategy of a name.

    Parameters
    ----------
    name : str
        ``address_label``, ``disposition``, the name of an entry point of the group
        ``alertmill.label_strategies``, or ``package.module:Class``. A class is made without
        arguments; any other object is taken as it is. Our names come before those of entry points.

    Raises
    ------
    UnknownNameError
        If nothing has the name, or what has it cannot be imported; the message lists what exists.
    LabelStrategyError
        If what has the name is no label strategy; the message says what it lacks.
    """
    found = (
        _OURS[name]
        if name in _OURS
        else load_registered("label strategy", name, group=GROUP, ours=_OURS)
    )
    strategy: LabelStrategy = _made(name, found) if isinstance(found, type) else found
    _check(name, strategy)
    return strategy


def reads_dispositions(name: str) -> bool:
    """Return whether a strategy wants to know what was decided about alerts themselves.

    Raises
    ------
    UnknownNameError, LabelStrategyError
        As `find_label_strategy`.
    """
    return isinstance(find_label_strategy(name), AlertDecisionStrategy)


def _made(name: str, found: type) -> Any:  # noqa: ANN401 - checked next
    try:
        return found()
    except TypeError as error:
        lack = f"cannot be made without arguments: {error}"
        raise LabelStrategyError.of(repr(name), lack) from error


def _check(name: str, strategy: object) -> None:
    method = getattr(strategy, "label_addresses", None)
    if not callable(method):
        kind = type(strategy).__name__
        raise LabelStrategyError.of(repr(name), f"is a {kind} and lacks label_addresses")
    try:
        inspect.signature(method).bind(pl.DataFrame())
    except TypeError as error:
        lack = f"has a label_addresses that cannot be called so: {error}"
        raise LabelStrategyError.of(repr(name), lack) from error
