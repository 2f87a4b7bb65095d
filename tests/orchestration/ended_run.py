"""Run as a program: flow runs that end as trainings do, without training anything."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from prefect import State, flow, runtime, tags

from alertmill.errors import TuningFailedError
from alertmill.evaluation.check_results import CheckState
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.outcomes import load_outcomes
from alertmill.runs import Run
from alertmill.settings import Settings
from alertmill.vocabulary import PromotionVerdict
from tasks.reporting import concluded, explain_end, stopped
from tests.reporting.decided_runs import add_checks, add_numbers, add_verdict
from tests.reporting.example_runs import PARAMETERS, add_report

FAILED = "failed"
NAME = "ethereum 2024-01-01 to 2024-02-29"


@flow(name="training", flow_run_name=NAME, on_failure=[explain_end], timeout_seconds=120)
def training(how: str) -> State:
    """End as told: with a verdict, or failed."""
    try:
        run = Run.create(
            Settings().alertmill_runs_dir,
            PARAMETERS,
            key=str(runtime.flow_run.id),
            now=datetime.now(UTC),
        )
        _make(run, how)
        return concluded(run.path)
    except Exception as error:  # noqa: BLE001 - as the training does
        return stopped(error)


def _make(run: Run, how: str) -> None:
    if how == FAILED:
        raise TuningFailedError.of(3)
    add_numbers(run)
    add_checks(run, CheckState.ISSUE, CheckState.TIP, CheckState.PASSED)
    add_report(run)
    write_index(run, load_outcomes(run))
    add_verdict(run, PromotionVerdict(how))
    write_manifest(run)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        how, *with_tags = argument.split(":")
        with tags(*with_tags):
            state = training(how, return_state=True)
        print(state.state_details.flow_run_id)  # noqa: T201 - the caller reads it
