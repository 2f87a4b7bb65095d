"""Exchanges, shops, contracts, mixers and payers: known from the start, used by everyone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.stage import (
    HOUR_MS,
    AddressBook,
    Clock,
    Ids,
    Payments,
    generator,
    join,
)

NOTES_USD = (250.0, 2_500.0, 25_000.0)


@dataclass(frozen=True)
class Services:
    """Addresses of the services."""

    hot_wallets: Ids
    """One an exchange; the last one closes."""
    merchants: Ids
    suppliers: Ids
    contracts: Ids
    bridges: Ids
    mixers: Ids
    payers: Ids
    """A miner pool first, then employers."""
    mixer_hours: float

    def known(self, business_share: float) -> dict[str, Ids]:
        """Addresses known from the start, by their address_type.

        Exchanges, contracts, bridges and mixers are known to everybody; of shops, suppliers and
        employers that share is, the most popular shops and the miner pool first.
        """
        shops, suppliers, payers = (
            several[: math.ceil(business_share * len(several))]
            for several in (self.merchants, self.suppliers, self.payers)
        )
        return {
            "exchange": self.hot_wallets,
            "merchant": np.concatenate([shops, suppliers]),
            "defi": self.contracts,
            "bridge": self.bridges,
            "mixer": self.mixers,
            "institutional": payers,
        }

    @property
    def all(self) -> Ids:
        """Every service, known or not."""
        return np.concatenate(list(self.known(1.0).values()))

    @property
    def open_to_all(self) -> Ids:
        """Contracts and bridges."""
        return np.concatenate([self.contracts, self.bridges])

    def wallet(self, rng: np.random.Generator) -> int:
        """Choose one of the exchanges that stay open."""
        return int(rng.choice(self.hot_wallets[:-1]))

    def mix(
        self,
        rng: np.random.Generator,
        mixer: int,
        notes: np.ndarray,
        ts: np.ndarray,
        ends: tuple[Ids, Ids],
    ) -> Payments:
        """Put notes into a mixer, and take them out hours later at another address."""
        wait = rng.gamma(4.0, self.mixer_hours / 4, len(ts)) * HOUR_MS
        pool = np.full(len(ts), mixer)
        later = Payments(ts + wait.astype(np.int64), pool, ends[1], notes * 0.997)
        return join([Payments(ts, ends[0], pool, notes), later])


def open_services(parameters: WorldParameters, book: AddressBook) -> Services:
    """Open the services; shops, suppliers and employers grow with the population."""
    knobs = parameters.services
    return Services(
        hot_wallets=book.new("exchange", len(knobs.exchange_shares)),
        merchants=book.new("merchant", parameters.per_thousand(knobs.merchants_per_1000)),
        suppliers=book.new("supplier", parameters.per_thousand(knobs.suppliers_per_1000)),
        contracts=book.new("contract", knobs.contracts),
        bridges=book.new("bridge", knobs.bridges),
        mixers=book.new("mixer", knobs.mixers),
        payers=book.new("payer", 1 + parameters.per_thousand(knobs.payrolls_per_1000)),
        mixer_hours=knobs.mixer_hours,
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
    forwarding_hours: float

    def deposit(
        self, rng: np.random.Generator, ts: np.ndarray, position: np.ndarray, usd: np.ndarray
    ) -> Payments:
        """Pay in: customer to deposit address, and some hours later on to the hot wallet."""
        deposit = self.deposit_addresses[position]
        wait = rng.gamma(2.0, self.forwarding_hours / 2, len(ts)) * HOUR_MS
        wallet = self.wallet_of(position, ts)
        return join(
            [
                Payments(ts, self.customers[position], deposit, usd),
                Payments(ts + wait.astype(np.int64), deposit, wallet, usd * 0.999),
            ]
        )

    def wallet_of(self, position: np.ndarray, ts: np.ndarray) -> Ids:
        """Hot wallet of a customer; those of the exchange that closes move to the others."""
        exchange, n_open = self.exchange[position], len(self.hot_wallets) - 1
        moved = (exchange == n_open) & (ts >= self.closes_at)
        return self.hot_wallets[np.where(moved, position % n_open, exchange)]


def open_accounts(
    parameters: WorldParameters, book: AddressBook, services: Services, customers: Ids, clock: Clock
) -> Exchanges:
    """Return every customer a deposit address at one exchange."""
    rng, shares = generator(parameters, "exchange"), parameters.services.exchange_shares
    return Exchanges(
        hot_wallets=services.hot_wallets,
        customers=customers,
        deposit_addresses=book.new("deposit", len(customers)),
        exchange=rng.choice(len(shares), len(customers), p=shares),
        closes_at=clock.at(parameters.drift.exchange_closes_at),
        forwarding_hours=parameters.services.forwarding_hours,
    )
