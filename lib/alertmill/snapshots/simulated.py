"""Load a simulated world into the database."""

from __future__ import annotations

from collections.abc import Callable

from alertmill.simulator import WorldParameters, simulate
from alertmill.snapshots.derivation import DerivedSnapshot, derive_snapshots
from alertmill.snapshots.loading import (
    SIMULATED,
    load_ground_truth,
    load_labels,
    load_transfers,
)
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Difficulty, WorldSize


def load_simulated_world(
    client: Client,
    size: WorldSize,
    parameters: WorldParameters,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[DerivedSnapshot]:
    """Simulate a world, load it, and derive its daily snapshots; repeating it changes nothing.

    Parameters
    ----------
    client : Client
        Database of the world's network.
    size : WorldSize
        Size from which the parameters were made; a part of the delivery's name.
    parameters : WorldParameters
        The world.
    progress : callable, optional
        Called with the number of derived snapshots and their total.
    """
    world = simulate(parameters)
    delivery = Delivery(parameters.network, SIMULATED + _name_of(size, parameters))
    load_transfers(client, world.transfer_batches(), delivery)
    load_labels(client, world.labels, delivery)
    load_ground_truth(client, world.ground_truth, delivery)
    return derive_snapshots(
        client,
        network=parameters.network,
        start_date=parameters.first_snapshot,
        end_date=parameters.last_snapshot,
        window_days=parameters.window_days,
        progress=progress,
    )


def _name_of(size: WorldSize, parameters: WorldParameters) -> str:
    # The standard one has no name, so that a world loaded before there was a choice is known.
    difficulty = parameters.difficulty
    named = [size, str(parameters.seed)]
    return ":".join(named if difficulty is Difficulty.STANDARD else [*named, difficulty])
