"""A simulated world that is learned in seconds."""

from __future__ import annotations

from alertmill.parameters import SplitParameters, TrainingParameters, TuningParameters
from alertmill.simulator import WorldParameters, simulate
from alertmill.snapshots.derivation import derive_snapshots
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery

WORLD = WorldParameters(n_retail=250, n_schemes=30, n_snapshots=48)
PARAMETERS = TrainingParameters(
    network=WORLD.network,
    start_date=WORLD.first_snapshot,
    end_date=WORLD.last_snapshot,
    split=SplitParameters(validation_days=8, test_days=8, n_origins=2),
    tuning=TuningParameters(
        n_trials=2, n_random_trials=1, grid_points=1, cv_folds=2, n_noise_seeds=1
    ),
    n_bootstrap=50,
    n_threads=1,
)


def fill_tiny_world(client: Client, *, sha256: str = "") -> None:
    """Load the world and derive its snapshots; ``sha256`` is entered as that of its sources."""
    world = simulate(WORLD)
    source = Delivery(WORLD.network, "tiny", source_sha256=sha256)
    load_transfers(client, world.transfers, source)
    load_labels(client, world.labels, source)
    derive_snapshots(
        client,
        network=WORLD.network,
        start_date=WORLD.first_snapshot,
        end_date=WORLD.last_snapshot,
        window_days=WORLD.window_days,
    )
