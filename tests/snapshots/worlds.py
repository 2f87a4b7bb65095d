"""Random worlds in which alerts exist: payments with planted structures, and labels that change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain, pairwise

import numpy as np
from hypothesis import strategies as st

from tests.snapshots.hand_made import Label, Transfer

DAYS = 21
START = datetime(2023, 12, 25)  # noqa: DTZ001 - UTC, as are all times of the hand-made transfers
_MINUTES = DAYS * 24 * 60
_KINDS = (("exchange", "low"), ("mixer", "critical"), ("scam", "high"), ("bridge", "medium"))


@dataclass(frozen=True)
class World:
    """Payments and labels of three weeks, and the date up to which they are looked at."""

    t: date
    transfers: tuple[Transfer, ...]
    labels: tuple[Label, ...]

    def without_future(self) -> World:
        """Return what the same world was at 00:00 of t: no later payment, label or revocation."""
        return World(
            self.t,
            tuple(transfer for transfer in self.transfers if transfer.at < self.t.isoformat()),
            tuple(self._as_known(label) for label in self.labels if label.known < self.t),
        )

    def _as_known(self, label: Label) -> Label:
        is_to_come = label.revoked is not None and label.revoked >= self.t
        return replace(label, revoked=None) if is_to_come else label


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world; every structure is planted once in the three days before t, others anywhere."""
    days = draw(st.integers(5, DAYS - 1))
    planted = [every_structure((days - 3) * 24 * 60)]
    for number in range(draw(st.integers(2, 6))):
        start = draw(st.integers(0, _MINUTES - 1))
        kind, size = draw(st.integers(0, len(_SHAPES) - 1)), draw(st.integers(3, 24))
        planted.append(plant(f"far{number}", start, kind, size))
    transfers = _ordinary(draw(st.integers(0, 10_000)), draw(st.integers(50, 300)))
    transfers = sorted(chain(transfers, *planted), key=lambda transfer: transfer.at)
    ends = sorted({end for transfer in transfers for end in (transfer.source, transfer.sink)})
    labels = tuple(draw(_labels(number, ends)) for number in range(draw(st.integers(4, 16))))
    return World(START.date() + timedelta(days=days), tuple(transfers), labels)


def every_structure(start: int) -> list[Transfer]:
    """Payments of each structure once, large enough for an alert in windows of up to 30 days."""
    shapes = range(len(_SHAPES))
    return [t for kind in shapes for t in plant(f"near{kind}", start + 200 * kind, kind, 24)]


def plant(name: str, start: int, kind: int, size: int) -> list[Transfer]:
    """Payments of one structure, 40 minutes apart from the minute ``start`` on.

    Parameters
    ----------
    kind : int
        0 a fan-in with a cash-out, 1 a fan-out, 2 a chain, 3 a cycle, 4 payments just under a
        limit, 5 a source and a sink with middles between them.
    size : int
        How many neighbours or middles; paths have a third of it.
    """
    steps = _SHAPES[kind](name, size)
    return [
        Transfer(_at(start + 40 * number), source, sink, usd)
        for number, (source, sink, usd) in enumerate(steps)
        if start + 40 * number < _MINUTES
    ]


_Step = tuple[str, str, float]


def _fan_in(name: str, size: int) -> list[_Step]:
    gathered = [(f"{name}-{i}", name, 400.0 + i) for i in range(size)]
    return [*gathered, (name, f"{name}-out", 350.0 * size)]


def _fan_out(name: str, size: int) -> list[_Step]:
    return [(name, f"{name}-{i}", 700.0 + i) for i in range(size)]


def _chain(name: str, size: int) -> list[_Step]:
    stations = [f"{name}-{i}" for i in range(4 + size // 3)]
    return [(a, b, 9_000 * 0.97**i) for i, (a, b) in enumerate(pairwise(stations))]


def _cycle(name: str, size: int) -> list[_Step]:
    stations = [f"{name}-{i}" for i in range(min(3 + size // 8, 8))]
    return [(a, b, 5_000 * 0.98**i) for i, (a, b) in enumerate(pairwise([*stations, stations[0]]))]


def _structuring(name: str, size: int) -> list[_Step]:
    return [(name, f"{name}-{i % 3}", 960.0 + i) for i in range(size)]


def _scatter_gather(name: str, size: int) -> list[_Step]:
    middles = [f"{name}-{i}" for i in range(4 + size // 4)]
    out = [(f"{name}-source", middle, 1_500.0 + i) for i, middle in enumerate(middles)]
    return [*out, *((middle, f"{name}-sink", 1_480.0) for middle in middles)]


_SHAPES = (_fan_in, _fan_out, _chain, _cycle, _structuring, _scatter_gather)


def _ordinary(seed: int, n: int) -> list[Transfer]:
    """Payments between sixty addresses, some far busier than others."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, 61)
    ends = rng.choice(60, (n, 2), p=weight / weight.sum())
    minutes, usd = rng.integers(0, _MINUTES, n), rng.lognormal(6, 1.5, n).round(2)
    return [
        Transfer(_at(minute), f"0x{source}", f"0x{sink}", amount, "DAI" if sink % 3 else "ETH")
        for minute, (source, sink), amount in zip(
            minutes.tolist(), ends.tolist(), usd.tolist(), strict=True
        )
    ]


@st.composite
def _labels(draw: st.DrawFn, number: int, addresses: list[str]) -> Label:
    kind, risk = draw(st.sampled_from(_KINDS))
    known = START.date() + timedelta(days=draw(st.integers(-5, DAYS)))
    kept_days = draw(st.none() | st.integers(1, 10))
    return Label(
        draw(st.sampled_from(addresses)),
        kind,
        risk,
        known,
        revoked=None if kept_days is None else known + timedelta(days=kept_days),
        trust_level=draw(st.sampled_from(["official", "verified", "community"])),
        source=f"source{number}",
    )


def _at(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat()
