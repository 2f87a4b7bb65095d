"""Keep the runs folder within its limits."""

from datetime import UTC, datetime

from prefect import State, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from alertmill.audit.ledger import SignedLedger
from alertmill.housekeeping.protection import ModelDecision, decisions_of_table
from alertmill.housekeeping.removing import Remover
from alertmill.housekeeping.tidying import HousekeepingReport, fate_rows, tidy
from alertmill.networks import networks_with_runs
from alertmill.parameters import HousekeepingParameters
from alertmill.settings import Settings
from alertmill.storage.promotions import fetch_promotions
from alertmill.vocabulary import Network
from tasks.database import client_of, is_worth_retrying

ACTOR = "housekeeping"


@task(
    task_run_name="remove old runs",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def remove_old_runs(parameters: HousekeepingParameters) -> HousekeepingReport:
    """Remove what is beyond the limits; publish every run with its fate and the reason."""
    runs_dir = Settings().alertmill_runs_dir.resolve()
    report = tidy(
        runs_dir,
        parameters,
        remover=Remover(ACTOR, datetime.now(UTC), SignedLedger.of(Settings())),
        decisions={str(network): _decisions(network) for network in networks_with_runs(runs_dir)},
    )
    if report.fates:
        create_table_artifact(
            fate_rows(report.fates), key="housekeeping", description=report.sentence
        )
    get_run_logger().info("%s", report.sentence)
    return report


def concluded(report: HousekeepingReport) -> State[int]:
    """Return the final state of a flow run."""
    return Completed(message=report.sentence, data=len(report.removed))


def _decisions(network: Network) -> list[ModelDecision]:
    with client_of(network) as client:
        return decisions_of_table(fetch_promotions(client))
