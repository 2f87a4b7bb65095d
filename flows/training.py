"""Train one model on the alerts of a date range and leave a reviewable report behind."""

import sys
from pathlib import Path

from prefect import State, flow, unmapped
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from alertmill.parameters import TrainingRequest
from alertmill.threads import usable_cores
from tasks.evaluation import check, compare_promises, evaluate, register
from tasks.extraction import extract
from tasks.features import build_features, screen_leaks
from tasks.promotion import decide_promotion
from tasks.reporting import (
    TEMPLATES,
    concluded,
    explain_end,
    prepare_kernels,
    publish,
    render,
    stopped,
    template_names,
)
from tasks.runs import end_children, is_published, resolve, run_name, sole_run, start_run
from tasks.training import train
from tasks.tuning import tune

# As many notebooks at once as there are cores to use.
RUNNER: ThreadPoolTaskRunner[object] = ThreadPoolTaskRunner(max_workers=usable_cores())
TIMEOUT_SECONDS = 12 * 3600
"""A run that takes longer hangs; it would hold the database for ever."""


@flow(
    name="training",
    flow_run_name=run_name,
    task_runner=RUNNER,  # type: ignore[arg-type]  # invariant in its futures
    timeout_seconds=TIMEOUT_SECONDS,
    on_failure=[explain_end],
    on_crashed=[end_children, explain_end],
    on_cancellation=[end_children, explain_end],
)
def training(parameters: TrainingRequest) -> State[Path]:
    """Extract, build features, screen them, tune, train, evaluate, check and report.

    The result is the path of the report's index.html; the name of the final state is the verdict
    about the model. The run folder belongs to the flow run: a retry goes on where the last attempt
    ended, and one that is published is not made again.
    """
    try:
        with sole_run(resolve(parameters)) as known:
            return known or concluded(train_and_report(parameters))
    except Exception as error:  # noqa: BLE001 - whatever it is, the state says what to do
        return stopped(error)


def train_and_report(parameters: TrainingRequest) -> Path:
    """Run every stage of a training that is left to do; return the run folder."""
    run_dir = start_run(parameters)
    if not is_published(run_dir):
        make_and_publish(run_dir)
    decide_promotion(run_dir)
    return run_dir


def make_and_publish(run_dir: Path) -> None:
    """Run the stages up to the published reports."""
    extracted = extract(run_dir)
    built = build_features(run_dir, extracted)
    screened = screen_leaks(run_dir, built)
    tuned = tune(run_dir, built, screened)
    trained = train(run_dir, tuned)
    prepare_kernels()
    evaluated = evaluate(run_dir, trained)
    checked = check(run_dir, evaluated)
    registered = register(run_dir, checked)
    compare_promises(run_dir, registered)
    wait(render.map(template_names(TEMPLATES), unmapped(run_dir)))
    publish(run_dir)


if __name__ == "__main__":
    from alertmill.errors import AlertmillError

    try:
        asked = TrainingRequest.model_validate_json(Path(sys.argv[1]).read_bytes())
        print(training(asked))  # noqa: T201 - the caller reads it
    except AlertmillError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
