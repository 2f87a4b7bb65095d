"""Shapes of money movement that crime and everyday life share; only their habits differ."""

from __future__ import annotations

import numpy as np

from alertmill.simulator.stage import DAY_MS, HOUR_MS, Ids, Payments, join

THRESHOLDS_USD = (1_000.0, 3_000.0, 10_000.0)


def _hours(values: np.ndarray | float) -> np.ndarray:
    return np.asarray(np.asarray(values) * HOUR_MS, dtype=np.int64)


def fan_in(
    rng: np.random.Generator, sources: Ids, centre: int, start: int, days: float, usd: float
) -> Payments:
    """Many pay one within some days; ``usd`` in all, unevenly."""
    ts = start + (rng.random(len(sources)) * days * DAY_MS).astype(np.int64)
    return Payments(ts, sources, np.full(len(sources), centre), usd * _parts(rng, len(sources)))


def fan_out(
    rng: np.random.Generator, centre: int, targets: Ids, start: int, hours: float, usd: float
) -> Payments:
    """One pays many within some hours; ``usd`` in all, unevenly."""
    ts = start + _hours(rng.random(len(targets)) * hours)
    return Payments(ts, np.full(len(targets), centre), targets, usd * _parts(rng, len(targets)))


def chain(
    rng: np.random.Generator,
    members: Ids,
    start: int,
    *,
    hop_hours: float,
    keep: tuple[float, float],
    usd: float,
) -> Payments:
    """Money goes from each member to the next, a little less at every hop."""
    n_hops = len(members) - 1
    waits = rng.gamma(4.0, hop_hours / 4, n_hops)
    shares = np.concatenate([[1.0], rng.uniform(*keep, n_hops - 1)])
    ts = start + _hours(np.cumsum(waits))
    return Payments(ts, members[:-1], members[1:], usd * np.cumprod(shares))


def over(rng: np.random.Generator, members: Ids, pool: Ids) -> Ids:
    """Path from member to member with a stop of the pool between any two."""
    path = np.empty(2 * len(members) - 1, dtype=np.int64)
    path[0::2], path[1::2] = members, rng.choice(pool, len(members) - 1)
    return path


def relay(
    rng: np.random.Generator,
    ends: tuple[int, Ids, int],
    start: int,
    *,
    hours: float,
    usd: float,
) -> Payments:
    """Split over the middles of ``ends``, and meet again at a sink about so many hours later."""
    source, middles, sink = ends
    parts = usd * _parts(rng, len(middles))
    out = start + _hours(rng.random(len(middles)) * 12)
    back = out + _hours(rng.gamma(4.0, hours / 4, len(middles)))
    kept = parts * rng.uniform(0.95, 1.0, len(middles))
    return join(
        [
            Payments(out, np.full(len(middles), source), middles, parts),
            Payments(back, middles, np.full(len(middles), sink), kept),
        ]
    )


def just_under(
    rng: np.random.Generator,
    payer: int,
    payees: Ids,
    start: int,
    *,
    days: float,
    usd: tuple[float, float],
) -> Payments:
    """Payments between two amounts that lie a little below a reporting threshold."""
    n = len(payees)
    ts = start + np.sort(rng.random(n) * days * DAY_MS).astype(np.int64)
    return Payments(ts, np.full(n, payer), payees, rng.uniform(*usd, n))


def in_and_out(
    rng: np.random.Generator,
    sources: Ids,
    ends: tuple[int, int],
    start: int,
    *,
    hours: float,
    usd: np.ndarray,
) -> Payments:
    """Money comes in to the first of ``ends`` and leaves to the second within hours, repeatedly."""
    n = len(sources)
    ts = start + np.sort(rng.random(n) * 4 * DAY_MS).astype(np.int64)
    later = ts + _hours(rng.gamma(2.0, hours / 2, n))
    middle = np.full(n, ends[0])
    return join(
        [
            Payments(ts, sources, middle, usd),
            Payments(later, middle, np.full(n, ends[1]), usd * rng.uniform(0.95, 0.995, n)),
        ]
    )


def _parts(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.dirichlet(np.full(n, 2.0))
