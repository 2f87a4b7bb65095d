"""Train one model on the alerts of a date range and leave a reviewable report behind."""

import os
import sys
from pathlib import Path

from prefect import flow, unmapped
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from alertmill.parameters import TrainingParameters
from tasks.evaluation import check, evaluate, register
from tasks.extraction import extract
from tasks.features import build_features, screen_leaks
from tasks.reporting import TEMPLATES, explain_failure, publish, render, template_names
from tasks.runs import start_run
from tasks.training import train
from tasks.tuning import tune

# As many notebooks at once as there are cores.
RUNNER: ThreadPoolTaskRunner[object] = ThreadPoolTaskRunner(max_workers=os.cpu_count() or 1)


@flow(name="training", task_runner=RUNNER, on_failure=[explain_failure])  # type: ignore[arg-type]  # invariant in its futures
def training(parameters: TrainingParameters) -> Path:
    """Extract, build features, screen them, tune, train, evaluate, check and report.

    Returns the path of the report's index.html. The run folder belongs to the flow run: a retry
    goes on where the last attempt ended.
    """
    run_dir = start_run(parameters)
    extracted = extract(run_dir)
    built = build_features(run_dir, extracted)
    screened = screen_leaks(run_dir, built)
    tuned = tune(run_dir, built, screened)
    trained = train(run_dir, tuned)
    evaluated = evaluate(run_dir, trained)
    checked = check(run_dir, evaluated)
    register(run_dir, checked)
    wait(render.map(template_names(TEMPLATES), unmapped(run_dir)))
    return publish(run_dir)


if __name__ == "__main__":
    from alertmill.errors import AlertmillError

    try:
        print(training(TrainingParameters.model_validate_json(Path(sys.argv[1]).read_text())))  # noqa: T201 - the caller reads it
    except AlertmillError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
