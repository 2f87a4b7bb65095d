"""Train one model on the alerts of a date range and leave a reviewable report behind."""

from pathlib import Path

from prefect import flow

from alertmill.parameters import TrainingParameters
from tasks.evaluation import evaluate, register
from tasks.extraction import extract
from tasks.features import build_features
from tasks.reporting import publish, render_all
from tasks.runs import start_run
from tasks.training import train
from tasks.tuning import tune


@flow(name="training")
def training(parameters: TrainingParameters) -> Path:
    """Extract, build features, tune, train, evaluate and report.

    Returns the path of the report's index.html. The run folder belongs to the flow run: a retry
    goes on where the last attempt ended.
    """
    run_dir = start_run(parameters)
    extracted = extract(run_dir)
    built = build_features(run_dir, extracted)
    tuned = tune(run_dir, built)
    trained = train(run_dir, tuned)
    evaluated = evaluate(run_dir, trained)
    register(run_dir, evaluated)
    outcomes = render_all(run_dir)
    return publish(run_dir, outcomes)
