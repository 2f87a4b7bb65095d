"""Simulate a world with money laundering in it, train on it and leave a reviewable report."""

from pathlib import Path

from prefect import State, flow

from alertmill.parameters import DemoParameters
from flows.training import RUNNER, TIMEOUT_SECONDS, train_and_report
from tasks.reporting import concluded, explain_end, stopped
from tasks.runs import end_children, sole_run
from tasks.simulation import simulate


@flow(
    name="demo",
    flow_run_name="demo on a {parameters.size} world, seed {parameters.seed}",
    task_runner=RUNNER,  # type: ignore[arg-type]  # invariant in its futures
    timeout_seconds=TIMEOUT_SECONDS,
    on_failure=[explain_end],
    on_crashed=[end_children, explain_end],
    on_cancellation=[end_children, explain_end],
)
def demo(parameters: DemoParameters) -> State[Path]:
    """Simulate, load, derive and train; the result is the path of the report's index.html."""
    try:
        with sole_run(parameters) as known:
            return known or concluded(train_and_report(simulate(parameters)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the state says what to do
        return stopped(error)
