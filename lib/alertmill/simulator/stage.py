"""Where actors meet: addresses, the clock, and the payments made so far."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import numpy as np

from alertmill.simulator.parameters import WorldParameters

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

Ids = np.ndarray
"""Integer numbers of addresses, shape (n,)."""


@dataclass(frozen=True)
class Payments:
    """Transfers of money, one per position."""

    ts: np.ndarray
    """ms since 1970, UTC, int64."""
    sender: Ids
    recipient: Ids
    usd: np.ndarray

    def __len__(self) -> int:
        """Count the payments."""
        return len(self.ts)

    def rows(self) -> Iterator[tuple[int, int, int, float]]:
        """Yield each payment: ts, sender, recipient, usd."""
        columns = (self.ts, self.sender, self.recipient, self.usd)
        return zip(*(column.tolist() for column in columns), strict=True)

    def take(self, index: np.ndarray | slice) -> Payments:
        """Payments at the given positions or under a mask."""
        return Payments(self.ts[index], self.sender[index], self.recipient[index], self.usd[index])


_NOBODY = np.empty(0, dtype=np.int64)
NO_PAYMENTS = Payments(_NOBODY, _NOBODY, _NOBODY, np.empty(0))


def pay(ts: int, sender: int, recipient: int, usd: float) -> Payments:
    """Make one payment."""
    return Payments(np.array([ts]), np.array([sender]), np.array([recipient]), np.array([usd]))


def join(batches: Iterable[Payments]) -> Payments:
    """One batch of all."""
    several = [NO_PAYMENTS, *batches]
    return Payments(
        np.concatenate([b.ts for b in several]).astype(np.int64, copy=False),
        np.concatenate([b.sender for b in several]).astype(np.int64, copy=False),
        np.concatenate([b.recipient for b in several]).astype(np.int64, copy=False),
        np.concatenate([b.usd for b in several]).astype(np.float64, copy=False),
    )


@dataclass
class AddressBook:
    """Numbers addresses while the world is made, and names them at the end.

    A name depends on the seed, the kind of actor and its place in it alone, so that a new kind of
    actor moves no other address.
    """

    seed: int
    _kinds: list[tuple[str, int]] = field(default_factory=list)
    _used: dict[str, int] = field(default_factory=dict)

    def new(self, kind: str, n: int) -> Ids:
        """Return numbers to ``n`` new addresses of a kind."""
        start, used = len(self._kinds), self._used.get(kind, 0)
        self._kinds += [(kind, used + i) for i in range(n)]
        self._used[kind] = used + n
        return np.arange(start, start + n)

    def names(self) -> np.ndarray:
        """Name of every address, by its number."""
        return np.array(
            [
                "0x" + hashlib.sha256(f"{self.seed}|{kind}|{i}".encode()).hexdigest()[:40]
                for kind, i in self._kinds
            ]
        )


@dataclass(frozen=True)
class Clock:
    """The days of a world."""

    start: int
    """First moment, ms since 1970, UTC."""
    live: int
    """Start of the first snapshot's window: before it, activity is thin."""
    end: int
    """End, exclusive."""

    @classmethod
    def of(cls, parameters: WorldParameters) -> Clock:
        """Clock of a world."""
        start = _midnight(parameters.first_day)
        return cls(
            start=start,
            live=start + parameters.history_days * DAY_MS,
            end=_midnight(parameters.last_snapshot),
        )

    @property
    def days(self) -> float:
        """Days from the first window's start to the end."""
        return (self.end - self.live) / DAY_MS

    def at(self, share: float) -> int:
        """Moment at a share of the way from the first window's start to the end."""
        return int(self.live + share * (self.end - self.live))


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp()) * 1000


def generator(parameters: WorldParameters, kind: str, place: int = 0) -> np.random.Generator:
    """Random numbers of one kind of actor, or of one scheme: its own stream."""
    word = int.from_bytes(hashlib.sha256(kind.encode()).digest()[:8])
    return np.random.default_rng(np.random.SeedSequence([parameters.seed, word, place]))
