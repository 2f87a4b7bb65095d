"""How files are read, as a user says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.snapshots.constant_price import check_constant_price
from alertmill.snapshots.files.columns import Reason
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.files.mappings import ColumnMapping
from alertmill.snapshots.files.times import TimeUnit

_MOST_DECIMALS = 77


@dataclass(frozen=True)
class FileOptions:
    """Options of a transfers or labels file."""

    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    time_unit: TimeUnit | None = None
    """Of times that are numbers; the mapping's, or milliseconds, without it."""
    amount_decimals: int | None = None
    """Digits behind the point, of amounts in the smallest unit; the mapping's without it."""
    constant_price_usd: float | None = None
    """USD per unit, for a file without amount_usd."""
    prices: Path | None = None
    """File of asset prices by day."""
    assets: Path | None = None
    """File of assets with symbol and decimals by contract."""
    set_aside: frozenset[Reason] = frozenset()
    max_set_aside_share: float = 0.01
    """Share of the rows above which the load stops."""
    limits: Limits = field(default_factory=Limits)

    def check(self) -> None:
        """Refuse options that contradict each other.

        Raises
        ------
        ConfigurationError
            If they do, or a number is out of its range.
        """
        check_constant_price(self.constant_price_usd)
        if self.constant_price_usd is not None and self.prices is not None:
            raise ConfigurationError(
                "both --prices and --constant-price-usd are given; leave one of them out."
            )
        if self.amount_decimals is not None and not 0 <= self.amount_decimals <= _MOST_DECIMALS:
            raise ConfigurationError(
                f"--amount-decimals is {self.amount_decimals}; expected 0 to {_MOST_DECIMALS}, "
                "such as 18 for wei."
            )
        if not 0 <= self.max_set_aside_share <= 1:
            raise ConfigurationError(
                f"--max-set-aside-share is {self.max_set_aside_share:g}; expected 0 to 1."
            )


def named_unit(name: str | None) -> TimeUnit | None:
    """Return the unit of time of that name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name is None:
        return None
    if name not in set(TimeUnit):
        raise UnknownNameError.of("unit of time", name, TimeUnit)
    return TimeUnit(name)


def named_reasons(names: Iterable[str]) -> frozenset[Reason]:
    """Return the reasons to set a row aside; a name may hold several, separated by commas.

    Raises
    ------
    UnknownNameError
        If one is none.
    """
    single = [name for text in names for name in text.split(",")]
    for name in single:
        if name not in set(Reason):
            raise UnknownNameError.of("reason to set a row aside", name, Reason)
    return frozenset(map(Reason, single))
