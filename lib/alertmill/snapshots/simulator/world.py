"""Put the actors together: transfers, labels, and the truth that no feature may read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.snapshots.simulator.labels import label_world
from alertmill.snapshots.simulator.lookalikes import act
from alertmill.snapshots.simulator.parameters import WorldParameters
from alertmill.snapshots.simulator.retail import populate, spend
from alertmill.snapshots.simulator.scene import Scene
from alertmill.snapshots.simulator.schemes import Scheme, plant
from alertmill.snapshots.simulator.services import (
    open_accounts,
    open_services,
    pay_salaries,
    return_deposits,
    sweep,
)
from alertmill.snapshots.simulator.stage import (
    DAY_MS,
    AddressBook,
    Clock,
    Payments,
    generator,
    join,
)

_FIRST_BLOCK, _BLOCK_MS = 18_900_000, 12_000
_STABLECOIN = "0x" + hashlib.sha256(b"simulated stablecoin").hexdigest()[:40]
_FIRST_PRICE, _DAILY_VOLATILITY, _DROP = 2_300.0, 0.03, 0.7
_LEAST_USD = 0.01


@dataclass(frozen=True)
class World:
    """A simulated economy."""

    transfers: pl.DataFrame
    """Sorted by time and transaction; columns as the transfers table has them."""
    labels: pl.DataFrame
    """Columns as raw_address_labels has them."""
    ground_truth: pl.DataFrame
    """address, scheme_id, typology, role, start_ts, end_ts."""


def simulate(parameters: WorldParameters) -> World:
    """Simulate a world; equal parameters give equal frames.

    Transfers before the first window are thin, so that age and silence mean something.
    """
    clock, book = Clock.of(parameters), AddressBook(parameters.seed)
    services = open_services(parameters, book)
    people = populate(parameters, book, clock)
    exchanges = open_accounts(parameters, book, services, people.ids, clock)
    scene = Scene(parameters, people, services, exchanges, book, clock)
    spending = spend(parameters, people, services, exchanges, clock)
    everyday = [
        spending.to_merchants,
        spending.to_contracts,
        spending.other,
        sweep(parameters, services, spending.to_merchants, clock),
        return_deposits(parameters, spending.to_contracts, clock),
        pay_salaries(parameters, services, people.ids, clock),
        act(scene),
    ]
    schemes = plant(scene)
    names = book.names()
    planted = [batch for scheme in schemes for batch in (scheme.preparation, scheme.payments)]
    payments = _valid(join([*everyday, *planted]), clock)
    transfers = _transfers(parameters, payments, names, clock)
    truth = _ground_truth(schemes, names)
    members = truth.group_by("address").agg(pl.col("end_ts").min()).sort("address")
    labels = label_world(
        parameters, services, members, _volumes(transfers), names=names, clock=clock
    )
    return World(transfers, labels, truth)


def _valid(payments: Payments, clock: Clock) -> Payments:
    inside = (payments.ts >= clock.start) & (payments.ts < clock.end)
    return payments.take(
        inside & (payments.sender != payments.recipient) & (payments.usd >= _LEAST_USD)
    )


def _transfers(
    parameters: WorldParameters, payments: Payments, names: np.ndarray, clock: Clock
) -> pl.DataFrame:
    sender, recipient = names[payments.sender], names[payments.recipient]
    usd = payments.usd.round(2)
    order = np.lexsort((usd, recipient, sender, payments.ts))
    ids = [
        _transaction(parameters.seed, *values)
        for values in zip(
            payments.ts[order], sender[order], recipient[order], usd[order], strict=True
        )
    ]
    frame = pl.DataFrame(
        {
            "tx_id": ids,
            "block_timestamp": payments.ts[order].astype(np.uint64),
            "from_address": sender[order],
            "to_address": recipient[order],
            "amount_usd": usd[order],
            "native_price": _prices(parameters, clock)[
                (payments.ts[order] - clock.start) // DAY_MS
            ],
        }
    )
    return _with_assets(frame).sort("block_timestamp", "tx_id", "event_index")


def _with_assets(frame: pl.DataFrame) -> pl.DataFrame:
    """Let the hash of a transaction decide its asset: a quarter is paid in a stablecoin."""
    is_stable = pl.col("tx_id").str.slice(-1).is_in(list("0123"))
    since_start = pl.col("block_timestamp") - pl.col("block_timestamp").min()
    price = pl.when(is_stable).then(1.0).otherwise(pl.col("native_price"))
    return frame.select(
        "tx_id",
        # Equal transactions at the same moment are two events of one.
        event_index=pl.int_range(pl.len()).over("tx_id").cast(pl.String),
        edge_index=pl.lit("0"),
        block_height=(_FIRST_BLOCK + since_start // _BLOCK_MS).cast(pl.UInt32),
        block_timestamp="block_timestamp",
        from_address="from_address",
        to_address="to_address",
        asset_symbol=pl.when(is_stable).then(pl.lit("USDS")).otherwise(pl.lit("ETH")),
        asset_contract=pl.when(is_stable).then(pl.lit(_STABLECOIN)).otherwise(pl.lit("native")),
        amount=(pl.col("amount_usd") / price).round(8),
        amount_usd="amount_usd",
        fee=pl.lit(0.0004),
    )


def _transaction(seed: int, ts: int, sender: str, recipient: str, usd: float) -> str:
    content = f"{seed}|{ts}|{sender}|{recipient}|{usd}"
    return "0x" + hashlib.sha256(content.encode()).hexdigest()


def _prices(parameters: WorldParameters, clock: Clock) -> np.ndarray:
    """Price of the native asset by day: a random walk with one drop of 30 %."""
    rng = generator(parameters, "price")
    n_days = int((clock.end - clock.start) // DAY_MS) + 1
    steps = rng.normal(0, _DAILY_VOLATILITY, n_days)
    steps[int(rng.integers(n_days // 2, n_days))] += np.log(_DROP)
    return _FIRST_PRICE * np.exp(np.cumsum(steps))


def _ground_truth(schemes: list[Scheme], names: np.ndarray) -> pl.DataFrame:
    rows = [
        (
            str(names[member]),
            scheme.scheme_id,
            scheme.typology,
            role,
            int(scheme.payments.ts.min()),
            int(scheme.payments.ts.max()),
        )
        for scheme in schemes
        for member, role in zip(scheme.members, scheme.roles, strict=True)
    ]
    schema = {
        "address": pl.String,
        "scheme_id": pl.String,
        "typology": pl.String,
        "role": pl.String,
        "start_ts": pl.UInt64,
        "end_ts": pl.UInt64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("address", "scheme_id")


def _volumes(transfers: pl.DataFrame) -> pl.DataFrame:
    legs = pl.concat(
        [
            transfers.select("amount_usd", "block_timestamp", address=side)
            for side in ("from_address", "to_address")
        ]
    )
    return (
        legs.group_by("address")
        .agg(
            usd=pl.col("amount_usd").sum(), first_ts=pl.col("block_timestamp").min().cast(pl.Int64)
        )
        .sort("address")
    )
