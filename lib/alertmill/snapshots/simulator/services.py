"""Exchanges, shops, contracts, mixers and payers: known from the start, used by everyone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.snapshots.simulator.parameters import WorldParameters
from alertmill.snapshots.simulator.stage import (
    DAY_MS,
    HOUR_MS,
    AddressBook,
    Clock,
    Ids,
    Payments,
    generator,
    join,
)

NOTES_USD = (250.0, 2_500.0, 25_000.0)
_N_EXCHANGES, _CLOSING_EXCHANGE, _CLOSES_AT = 4, 3, 0.7
_SWEEP_SHARE = 0.6
"""Of the days on which a shop pays out."""
_CASHED_SHARE = 0.3
"""Of the payouts that go to an exchange, not to a supplier."""
_RETURNED_SHARE = 0.8
"""Of the deposits that a contract gives back."""


@dataclass(frozen=True)
class Services:
    """Addresses of the services."""

    hot_wallets: Ids
    merchants: Ids
    suppliers: Ids
    contracts: Ids
    bridges: Ids
    mixers: Ids
    payers: Ids
    """A miner pool first, then employers."""

    @property
    def labels(self) -> dict[str, Ids]:
        """Addresses by the address_type under which they are known."""
        return {
            "exchange": self.hot_wallets,
            "merchant": np.concatenate([self.merchants, self.suppliers]),
            "defi": self.contracts,
            "bridge": self.bridges,
            "mixer": self.mixers,
            "institutional": self.payers,
        }


def open_services(parameters: WorldParameters, book: AddressBook) -> Services:
    """Open the services; shops, suppliers and employers grow with the population."""
    thousands = parameters.n_retail / 1_000
    return Services(
        hot_wallets=book.new("exchange", _N_EXCHANGES),
        merchants=book.new("merchant", max(3, round(13 * thousands))),
        suppliers=book.new("supplier", max(2, round(10 * thousands))),
        contracts=book.new("contract", 4),
        bridges=book.new("bridge", 2),
        mixers=book.new("mixer", 2),
        payers=book.new("payer", 1 + max(1, round(4 * thousands))),
    )


@dataclass(frozen=True)
class Exchanges:
    """Deposits: every customer has an address of its own that forwards to the hot wallet."""

    hot_wallets: Ids
    customers: Ids
    deposit_addresses: Ids
    """Same positions as ``customers``."""
    exchange: np.ndarray
    """Which hot wallet, same positions."""
    closes_at: int

    def deposit(
        self, rng: np.random.Generator, ts: np.ndarray, position: np.ndarray, usd: np.ndarray
    ) -> Payments:
        """Pay in: customer to deposit address, and about two hours later on to the hot wallet."""
        deposit = self.deposit_addresses[position]
        forwarded = ts + (rng.gamma(2.0, 1.0, len(ts)) * HOUR_MS).astype(np.int64)
        return join(
            [
                Payments(ts, self.customers[position], deposit, usd),
                Payments(forwarded, deposit, self.wallet_of(position, ts), usd * 0.999),
            ]
        )

    def wallet_of(self, position: np.ndarray, ts: np.ndarray) -> Ids:
        """Hot wallet of a customer; those of the exchange that closes move to the first one."""
        exchange = self.exchange[position]
        moved = (exchange == _CLOSING_EXCHANGE) & (ts >= self.closes_at)
        return self.hot_wallets[np.where(moved, 0, exchange)]


def open_accounts(
    parameters: WorldParameters, book: AddressBook, services: Services, customers: Ids, clock: Clock
) -> Exchanges:
    """Give every customer a deposit address at one exchange."""
    rng = generator(parameters, "exchange")
    shares = np.array([0.45, 0.3, 0.15, 0.1])
    return Exchanges(
        hot_wallets=services.hot_wallets,
        customers=customers,
        deposit_addresses=book.new("deposit", len(customers)),
        exchange=rng.choice(_N_EXCHANGES, len(customers), p=shares),
        closes_at=clock.at(_CLOSES_AT),
    )


def sweep(
    parameters: WorldParameters, services: Services, received: Payments, clock: Clock
) -> Payments:
    """Pay out what shops took: on 60 % of the days, 92 % of everything since the last time."""
    rng = generator(parameters, "merchant")
    n_days = int((clock.end - clock.start) // DAY_MS) + 1
    pays = rng.random((len(services.merchants), n_days)) < _SWEEP_SHARE
    pays[:, -1] = True
    days = np.where(pays, np.arange(n_days), n_days)
    next_pay = np.minimum.accumulate(days[:, ::-1], axis=1)[:, ::-1]
    merchant = np.searchsorted(services.merchants, received.recipient)
    day = next_pay[merchant, (received.ts - clock.start) // DAY_MS]
    totals = np.zeros((len(services.merchants), n_days))
    np.add.at(totals, (merchant, day), received.usd)
    who, when = np.nonzero(totals > 1)
    ts = clock.start + when * DAY_MS + rng.uniform(20, 24, len(who)) * HOUR_MS
    supplier = services.suppliers[rng.integers(len(services.suppliers), size=len(who))]
    to_exchange = rng.random(len(who)) < _CASHED_SHARE
    wallet = services.hot_wallets[who % (len(services.hot_wallets) - 1)]
    return Payments(
        ts.astype(np.int64),
        services.merchants[who],
        np.where(to_exchange, wallet, supplier),
        0.92 * totals[who, when],
    )


def return_deposits(parameters: WorldParameters, received: Payments, clock: Clock) -> Payments:
    """Give back 80 % of what contracts took, about 30 hours later, give or take 8 %."""
    rng = generator(parameters, "contract")
    kept = rng.random(len(received)) < _RETURNED_SHARE
    ts = received.ts + (rng.gamma(3.0, 10.0, len(received)) * HOUR_MS).astype(np.int64)
    usd = received.usd * rng.normal(1.0, 0.08, len(received)).clip(0.7, 1.3)
    back = Payments(ts, received.recipient, received.sender, usd)
    return back.take(kept & (ts < clock.end))


def pay_salaries(
    parameters: WorldParameters, services: Services, people: Ids, clock: Clock
) -> Payments:
    """Pay miners daily and staff every other week: fan-outs that are nobody's crime."""
    rng = generator(parameters, "payer")
    batches = []
    days = np.arange(clock.live, clock.end, DAY_MS)
    for place, payer in enumerate(services.payers):
        staff = rng.choice(people, size=min(len(people), int(rng.integers(10, 60))), replace=False)
        due = days if place == 0 else days[int(rng.integers(14)) :: 14]
        ts = np.repeat(due, len(staff)) + rng.uniform(9, 11, len(due) * len(staff)) * HOUR_MS
        base = rng.lognormal(np.log(60 if place == 0 else 1_100), 0.4, len(staff))
        usd = np.tile(base, len(due)) * rng.normal(1, 0.03, len(due) * len(staff))
        sent = np.full(len(ts), payer)
        batches.append(Payments(ts.astype(np.int64), sent, np.tile(staff, len(due)), usd))
    return join(batches)


def mix(
    rng: np.random.Generator, mixer: int, notes: np.ndarray, ts: np.ndarray, ends: tuple[Ids, Ids]
) -> Payments:
    """Put notes into a mixer, and take them out about 40 hours later at another address."""
    later = ts + (rng.gamma(4.0, 10.0, len(ts)) * HOUR_MS).astype(np.int64)
    pool = np.full(len(ts), mixer)
    return join([Payments(ts, ends[0], pool, notes), Payments(later, pool, ends[1], notes * 0.997)])
