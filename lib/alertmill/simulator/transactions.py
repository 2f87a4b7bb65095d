"""From payments to transfers as a chain shows them: in order, named by a hash, in an asset."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import polars as pl
import pyarrow as pa

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.stage import DAY_MS, Clock, Payments, generator

ROWS_A_BATCH = 500_000
_FIRST_BLOCK, _BLOCK_MS = 18_900_000, 12_000
_STABLECOIN = "0x" + hashlib.sha256(b"simulated stablecoin").hexdigest()[:40]
_STABLE_SHARE = 0.25
_FEE = 0.0004
_LEAST_USD = 0.01
_N_WORDS = 4
"""Of 64 bits, in the name of a transaction."""


class Ledger:
    """All transfers of a world, in their order, as numbers; made into frames batch by batch.

    Parameters
    ----------
    parameters : WorldParameters
        Of the world.
    payments : Payments
        In any order; those outside the clock, to oneself or of nothing are left out.
    names : array of str
        Name of every address number.
    clock : Clock
        Of the world.
    """

    def __init__(
        self, parameters: WorldParameters, payments: Payments, names: np.ndarray, clock: Clock
    ) -> None:
        self._seed = parameters.seed
        self._names = pl.Series(names)
        # The first 64 bits of an address's name stand for it in the hash of a transaction.
        marks = self._names.str.slice(2, 16).str.to_integer(base=16, dtype=pl.UInt64)
        self._marks = marks.to_numpy()
        self._prices, self._clock = _prices(parameters, clock), clock
        valid = _valid(payments, clock)
        order = np.lexsort((self._word(valid, 0), valid.ts))
        self.payments = valid.take(order)
        self._event_index = _count_equals(self.payments)
        self._first = int(self.payments.ts[0]) if len(valid) else clock.start

    def __len__(self) -> int:
        """Count the transfers."""
        return len(self.payments)

    def batches(self, rows: int = ROWS_A_BATCH) -> Iterator[pl.DataFrame]:
        """Yield the transfers in their order, ``rows`` a frame at most."""
        for start in range(0, len(self), rows):
            yield self._frame(slice(start, min(start + rows, len(self))))

    def _frame(self, where: slice) -> pl.DataFrame:
        payments = self.payments.take(where)
        words = np.stack([self._word(payments, number) for number in range(_N_WORDS)], axis=1)
        stable = words[:, -1] < np.uint64(int(_STABLE_SHARE * 2**64))
        native_price = self._prices[(payments.ts - self._clock.start) // DAY_MS]
        price = np.where(stable, 1.0, native_price)
        height = _FIRST_BLOCK + (payments.ts - self._first) // _BLOCK_MS
        is_stable = pl.Series(stable)
        return pl.DataFrame(
            {
                "tx_id": hexadecimal(words),
                "event_index": pl.Series(self._event_index[where]).cast(pl.String),
                "block_height": height.astype(np.uint32),
                "block_timestamp": payments.ts.astype(np.uint64),
                "from_address": self._names.gather(payments.sender),
                "to_address": self._names.gather(payments.recipient),
                "amount": (payments.usd / price).round(8),
                "amount_usd": payments.usd,
            }
        ).select(
            "tx_id",
            "event_index",
            pl.lit("0").alias("edge_index"),
            "block_height",
            "block_timestamp",
            "from_address",
            "to_address",
            pl.when(is_stable).then(pl.lit("USDS")).otherwise(pl.lit("ETH")).alias("asset_symbol"),
            pl.when(is_stable)
            .then(pl.lit(_STABLECOIN))
            .otherwise(pl.lit("native"))
            .alias("asset_contract"),
            "amount",
            "amount_usd",
            pl.lit(_FEE).alias("fee"),
        )

    def _word(self, payments: Payments, number: int) -> np.ndarray:
        """64 bits of the hash of each payment; equal payments have equal ones."""
        word = np.full(len(payments), _seed_word(self._seed, number), dtype=np.uint64)
        for part in self._parts(payments):
            word = _mixed(word ^ part.astype(np.uint64))
        return word

    def _parts(self, payments: Payments) -> tuple[np.ndarray, ...]:
        cents = (payments.usd * 100).round()
        return payments.ts, self._marks[payments.sender], self._marks[payments.recipient], cents


def hexadecimal(words: np.ndarray) -> pl.Series:
    """Write rows of 64-bit words as hexadecimal names, without a loop over the rows.

    Examples
    --------
    >>> hexadecimal(np.array([[1, 255]], dtype=np.uint64)).to_list()
    ['0x000000000000000100000000000000ff']
    """
    n, octets = len(words), np.ascontiguousarray(words.astype(">u8")).view(np.uint8)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    width = 2 + 2 * octets.reshape(n, -1).shape[1] if n else 2
    text = np.empty((n, width), dtype=np.uint8)
    text[:, 0], text[:, 1] = ord("0"), ord("x")
    text[:, 2::2] = digits[octets.reshape(n, (width - 2) // 2) >> 4]
    text[:, 3::2] = digits[octets.reshape(n, (width - 2) // 2) & 15]
    ends = np.arange(n + 1, dtype=np.int64) * width
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(text)]
    return pl.Series(pa.Array.from_buffers(pa.large_string(), n, buffers))


def _mixed(word: np.ndarray) -> np.ndarray:
    """Finish a splitmix64: every bit of the result depends on every bit given."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = word ^ (word >> np.uint64(31))
    return mixed


def _seed_word(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}|{number}".encode()).digest()[:8])


def _valid(payments: Payments, clock: Clock) -> Payments:
    usd = payments.usd.round(2)
    inside = (payments.ts >= clock.start) & (payments.ts < clock.end)
    kept = inside & (payments.sender != payments.recipient) & (usd >= _LEAST_USD)
    return Payments(payments.ts, payments.sender, payments.recipient, usd).take(kept)


def _count_equals(payments: Payments) -> np.ndarray:
    """Tell apart equal payments of the same moment, which lie side by side: events of one."""
    columns = payments.ts, payments.sender, payments.recipient, payments.usd
    differs = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    position = np.arange(len(payments))
    first = np.where(np.concatenate([[True], differs])[: len(payments)], position, 0)
    return np.asarray(position - np.maximum.accumulate(first))


def _prices(parameters: WorldParameters, clock: Clock) -> np.ndarray:
    """Price of the native asset by day: a random walk with one sudden step."""
    rng, drift = generator(parameters, "price"), parameters.drift
    n_days = int((clock.end - clock.start) // DAY_MS) + 1
    steps = rng.normal(0, drift.price_volatility, n_days)
    steps[int(rng.integers(n_days // 2, n_days))] += np.log1p(drift.price_step)
    return np.asarray(drift.price_usd * np.exp(np.cumsum(steps)))
