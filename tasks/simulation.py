"""Fill the database from the simulator."""

from prefect import get_run_logger, task

from alertmill.parameters import DEMO_PROMOTION, DemoParameters, TrainingRequest
from alertmill.simulator import WorldParameters
from alertmill.snapshots.simulated import load_simulated_world
from tasks.database import client_of, is_worth_retrying


@task(
    task_run_name="simulate a {parameters.size} world",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def simulate(parameters: DemoParameters) -> TrainingRequest:
    """Load a simulated world, and return the request to train on all of its days."""
    world = WorldParameters.preset(
        parameters.size.value, seed=parameters.seed, difficulty=parameters.difficulty
    )
    with client_of(world.network) as client:
        derived = load_simulated_world(client, parameters.size, world)
    n_alerts = sum(snapshot.n_alerts for snapshot in derived)
    get_run_logger().info("%d snapshots with %s alerts derived.", len(derived), f"{n_alerts:,}")
    return TrainingRequest(
        network=world.network,
        start_date=world.first_snapshot,
        end_date=world.last_snapshot,
        window_days=world.window_days,
        # Its first model becomes the champion, so that later runs have one to compare with.
        promotion=DEMO_PROMOTION,
    )
