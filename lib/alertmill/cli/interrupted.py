"""Runs of `alertmill train` that were interrupted, and how to go on with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from alertmill.cli.listed_runs import runs_at_work
from alertmill.errors import ConfigurationError
from alertmill.parameters import TrainingParameters, TrainingRequest
from alertmill.runs import Run, suffix_of_run
from alertmill.settings import Settings

_MOST_SEEN = 50
"""Runs that are looked at, the newest first: opening thousands would delay every start."""


def request_to_continue(path: Path, settings: Settings) -> TrainingRequest:
    """Return the request that goes on with a run.

    Raises
    ------
    ConfigurationError
        If the run is finished, or a process works on it.
    """
    run = Run.open(path)
    if run.is_finished:
        raise ConfigurationError(
            f"{path} is finished; expected a run that was interrupted. Start a new run without "
            "--continue."
        )
    if suffix_of_run(path) in runs_at_work(settings):
        raise ConfigurationError(
            f"a process works on {path}; expected a run that was interrupted. `alertmill runs` "
            "shows when it has ended."
        )
    return TrainingRequest.of(run.parameters)


def interrupted_runs(asked: TrainingRequest, settings: Settings) -> list[Path]:
    """Return the unfinished runs with the parameters that are asked for, the newest first."""
    parameters = asked.on(asked.day_of(datetime.now(UTC)))
    at_work = runs_at_work(settings)
    return [
        run.path
        for run in _newest_runs(settings.alertmill_runs_dir / parameters.network)
        if _is_interrupted(run, parameters) and suffix_of_run(run.path) not in at_work
    ]


def _newest_runs(folder: Path) -> Iterator[Run]:
    files = sorted(folder.glob("*/parameters.json"), reverse=True)
    for file in files[:_MOST_SEEN]:
        try:
            yield Run.open(file.parent)
        except ValueError:  # another version wrote it
            continue


def _is_interrupted(run: Run, parameters: TrainingParameters) -> bool:
    return not run.is_finished and run.parameters == parameters
