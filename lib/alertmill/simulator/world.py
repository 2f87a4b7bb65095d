"""Put the actors together: transfers, labels, and the truth that no feature may read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from alertmill.simulator.business import (
    pay_wages,
    return_deposits,
    run_shops,
    visit_mixers,
)
from alertmill.simulator.labels import label_world
from alertmill.simulator.lookalikes import act_out
from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.people import populate
from alertmill.simulator.retail import spend
from alertmill.simulator.scene import Scene
from alertmill.simulator.schemes import Scheme, plant
from alertmill.simulator.seasons import Seasons
from alertmill.simulator.services import open_accounts, open_services
from alertmill.simulator.stage import AddressBook, Clock, Payments, join
from alertmill.simulator.trading import trade
from alertmill.simulator.transactions import ROWS_A_BATCH, Ledger


@dataclass(frozen=True)
class World:
    """A simulated economy."""

    labels: pl.DataFrame
    """Columns as raw_address_labels has them."""
    ground_truth: pl.DataFrame
    """address, scheme_id, typology, role, start_ts, end_ts."""
    ledger: Ledger
    """The transfers, as numbers."""

    @property
    def n_transfers(self) -> int:
        """Rows of all batches."""
        return len(self.ledger)

    def transfer_batches(self, rows: int = ROWS_A_BATCH) -> Iterator[pl.DataFrame]:
        """Yield the transfers in order of time and transaction, ``rows`` a frame at most.

        The rows are made as they are asked for, so that a large world never lies in memory as a
        whole; columns as the transfers table has them. Each call gives the same rows.
        """
        return self.ledger.batches(rows)

    @cached_property
    def transfers(self) -> pl.DataFrame:
        """All transfers in one frame; for worlds that fit into memory as text."""
        return pl.concat(self.transfer_batches())


def simulate(parameters: WorldParameters) -> World:
    """Simulate a world; equal parameters give equal rows.

    Transfers before the first window are thin, so that age and silence mean something.
    """
    clock, book = Clock.of(parameters), AddressBook(parameters.seed)
    services = open_services(parameters, book)
    people = populate(parameters, book, clock)
    exchanges = open_accounts(parameters, book, services, people.ids, clock)
    scene = Scene(parameters, people, services, exchanges, book, clock)
    honest = _honest_payments(scene)
    schemes = plant(scene)
    planted = (batch for s in schemes for batch in (s.preparation, s.payments))
    names = book.names()
    ledger = Ledger(parameters, join([*honest, *planted]), names, clock)
    truth = _ground_truth(schemes, names)
    labels = label_world(scene, truth, ledger.payments, names=names)
    return World(labels, truth, ledger)


def _honest_payments(scene: Scene) -> list[Payments]:
    spending = spend(scene, Seasons.of(scene.parameters, scene.clock))
    return [
        spending.to_merchants,
        spending.to_contracts,
        spending.other,
        run_shops(scene, spending.to_merchants),
        return_deposits(scene, spending.to_contracts),
        pay_wages(scene),
        visit_mixers(scene),
        *trade(scene),
        *act_out(scene),
    ]


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
