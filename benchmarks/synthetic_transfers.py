"""Transfers for benchmarks: heavy-tailed degrees, services, and bots that fill most of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

_DAY_MS = 86_400_000
_BOT_SHARE = 0.83
"""Of the transfers; a pair of bots makes hundreds of them a week."""
_BOT_TRANSFERS_A_WEEK = 400
_TRANSFERS_AN_ADDRESS = 110
_SERVICE_SHARE = 0.004
"""Of the addresses; they take part in half of the ordinary transfers."""
_PAY_A_SERVICE, _ARE_PAID = 0.35, 0.15
_PRICE = 2_000.0


@dataclass(frozen=True)
class Traffic:
    """``n_transfers`` over ``n_days``; the number of addresses grows with that of the transfers.

    10 million transfers of 60 days make windows of 7 days with 1.2 million transfers, about 66,000
    active addresses and 200,000 flows.
    """

    n_transfers: int
    first_day: date = date(2024, 1, 1)
    n_days: int = 60
    seed: int = 7

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give the transfers of one day after the other; the same again for the same seed."""
        rng = np.random.default_rng(self.seed)
        addresses = _hexadecimal(rng, self.n_transfers // _TRANSFERS_AN_ADDRESS, 20)
        a_day = self.n_transfers // self.n_days
        bots = _bot_pairs(rng, len(addresses), int(a_day * 7 * _BOT_SHARE / _BOT_TRANSFERS_A_WEEK))
        for number in range(self.n_days):
            yield _one_day(rng, self.first_day + timedelta(days=number), a_day, addresses, bots)


def _one_day(
    rng: np.random.Generator,
    day: date,
    n: int,
    addresses: pl.Series,
    bots: NDArray[np.int64],
) -> pl.DataFrame:
    n_bots = int(n * _BOT_SHARE)
    ends = np.concatenate(
        [bots[rng.integers(0, len(bots), n_bots)], _pairs(rng, n - n_bots, len(addresses))]
    )
    usd = np.concatenate([rng.lognormal(3, 0.5, n_bots), rng.lognormal(5, 1.5, n - n_bots)]).round(
        2
    )
    start = int(datetime.combine(day, time.min, UTC).timestamp()) * 1000
    at = start + rng.integers(0, _DAY_MS, n)
    order = np.argsort(at, kind="stable")
    return pl.DataFrame(
        {
            "tx_id": _hexadecimal(rng, n, 32),
            "event_index": pl.repeat("0", n, eager=True),
            "edge_index": pl.repeat("0", n, eager=True),
            "block_height": (at[order] // 12_000).astype(np.uint32),
            "block_timestamp": at[order].astype(np.uint64),
            "from_address": addresses[ends[order, 0]],
            "to_address": addresses[ends[order, 1]],
            "asset_symbol": pl.repeat("ETH", n, eager=True),
            "asset_contract": pl.repeat("native", n, eager=True),
            "amount": usd[order] / _PRICE,
            "amount_usd": usd[order],
            "fee": np.full(n, 0.001),
        }
    )


def _pairs(rng: np.random.Generator, n: int, n_addresses: int) -> NDArray[np.int64]:
    """Draw who pays whom: between anybody, or to or from one of the services, the first more."""
    activity = np.random.default_rng(0).lognormal(0, 1.2, n_addresses)
    ends = rng.choice(n_addresses, (n, 2), p=activity / activity.sum())
    n_services = max(int(n_addresses * _SERVICE_SHARE), 3)
    weight = 1 / np.arange(1, n_services + 1) ** 0.7
    kind = rng.random(n)
    for side, chosen in ((1, kind < _PAY_A_SERVICE), (0, kind > 1 - _ARE_PAID)):
        ends[chosen, side] = rng.choice(n_services, chosen.sum(), p=weight / weight.sum())
    return ends


def _bot_pairs(rng: np.random.Generator, n_addresses: int, n_pairs: int) -> NDArray[np.int64]:
    """Loops of three: each bot pays the next."""
    bots = rng.choice(n_addresses, (max(n_pairs // 3, 1), 3))
    return np.concatenate([bots[:, [0, 1]], bots[:, [1, 2]], bots[:, [2, 0]]])


def _hexadecimal(rng: np.random.Generator, n: int, n_bytes: int) -> pl.Series:
    raw = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(n_bytes), n, [None, pa.py_buffer(rng.bytes(n * n_bytes))]
    )
    text = pl.Series(pa.array(raw).cast(pa.large_binary())).bin.encode("hex")
    return "0x" + text
