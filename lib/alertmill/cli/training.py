"""Run the training flow here and now."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from alertmill.cli.generated import options_of, overlay, with_options
from alertmill.cli.ingest import simulate_world
from alertmill.cli.options import (
    DifficultyOption,
    SeedOption,
    SizeOption,
    check_run_folder,
    say,
)
from alertmill.cli.parameters_file import read_parameters
from alertmill.cli.project import project_folder
from alertmill.errors import BAD_INPUT, ConfigurationError
from alertmill.parameters import DEMO_PROMOTION, TrainingRequest
from alertmill.parameters.training import in_sections
from alertmill.processes import private_folder, run_guarded
from alertmill.settings import Settings
from alertmill.vocabulary import Difficulty, WorldSize


def demo(
    *,
    size: SizeOption = WorldSize.DEMO,
    difficulty: DifficultyOption = Difficulty.STANDARD,
    seed: SeedOption = 7,
) -> None:
    """Simulate an economy with money laundering in it, train on it, and write the reports.

    The model becomes the champion if no check objects.
    """
    world = simulate_world(size, difficulty, seed, if_empty=False)
    _run_flow(TrainingRequest.of(world.model_copy(update={"promotion": DEMO_PROMOTION})))


_SHORTER: Mapping[tuple[str, ...], str] = {
    ("labels", "strategy"): "--label-strategy",
    ("labels", "knowledge"): "--label-knowledge",
    ("labels", "maturity_days"): "--label-maturity-days",
    ("split", "validation_days"): "--validation-days",
    ("split", "test_days"): "--test-days",
    ("tuning", "n_trials"): "--n-trials",
    ("tuning", "max_minutes"): "--max-minutes",
    ("tuning", "n_parallel_trials"): "--parallel-trials",
    ("comparison", "models"): "--compare-with",
    ("comparison", "n_latest"): "--compare-latest",
    ("leak_screen", "overruled"): "--overrule-leak",
    ("checks", "muted"): "--mute-check",
    ("computing", "trainer"): "--trainer",
}
OPTIONS = tuple(options_of(TrainingRequest, _SHORTER))


@with_options(OPTIONS)
def train(
    context: typer.Context,
    *,
    parameters: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Parameters as JSON or YAML, such as the parameters.json of a run; options "
            "replace what the file holds.",
        ),
    ] = None,
    continued: Annotated[
        Path | None,
        typer.Option(
            "--continue",
            metavar="RUN",
            callback=check_run_folder,
            help="Folder of an interrupted run to go on with, with its parameters: stages that "
            "are finished are not done again.",
        ),
    ] = None,
    **given: object,
) -> None:
    """Train on the snapshots in the database, and write the reports.

    Runs the flow ``training`` here and now; the deployment of the same name runs it on a schedule.
    """
    from alertmill.cli.interrupted import interrupted_runs, request_to_continue

    settings = Settings()
    if continued is not None:
        if parameters is not None or overlay({}, OPTIONS, context, given):
            raise ConfigurationError(
                f"--continue {continued} takes the parameters of that run; expected no others."
            )
        _run_flow(request_to_continue(continued, settings), continued=continued)
        return
    known = {} if parameters is None else in_sections(read_parameters(parameters))
    asked = overlay(known, OPTIONS, context, given)
    if "network" not in asked:
        raise ConfigurationError(
            "the network is missing; expected --network, or network in the file of --parameters."
        )
    request = TrainingRequest.model_validate(asked)
    for path in interrupted_runs(request, settings)[:1]:
        say(
            f"A run with these parameters was interrupted: {path}. This starts a new one; to go on "
            f"with the other: alertmill train --continue {path}"
        )
    _run_flow(request)


def tune_worker(
    run_dir: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="Folder of a run that is being tuned elsewhere.",
            callback=check_run_folder,
        ),
    ],
) -> None:
    """Help a run that is tuning: do trials of its search until none is left.

    Start it as often as there are machines to spare, where the run folder can be read and the
    variable ALERTMILL_TUNING_STORAGE is the same; on the same machine the variable is not needed.
    """
    from alertmill.pipeline import help_tune
    from alertmill.runs import Run

    n_trials = help_tune(Run.open(run_dir), storage=Settings().alertmill_tuning_storage)
    say(f"{n_trials} trials done; none is left for this worker.")


def _run_flow(parameters: TrainingRequest, *, continued: Path | None = None) -> None:
    """Run the flow in a process of its own, because the library does not know the orchestrator."""
    from alertmill.files import check_room
    from alertmill.orchestration.homes import home_environment, writable_state_folder
    from alertmill.orchestration.manager import running_server
    from alertmill.run_lock import CONTINUED
    from alertmill.threads import thread_environment

    project, settings = project_folder(), Settings()
    state = writable_state_folder(settings)
    for folder in (settings.alertmill_runs_dir.resolve(), state):
        check_room(folder)
    environment = {
        # An ephemeral Prefect server needs longer than the 20 s of the default on a cold machine,
        # and longer than 90 s on a busy one.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "alertmill",
        # The flow draws two figures; without this the list of fonts is kept in the home folder.
        "MPLCONFIGDIR": str(state / "matplotlib"),
        # A second server beside that of `alertmill up` would write into the same database.
        **running_server(settings),
        **os.environ,
        **home_environment(state),
        **thread_environment(),
        "ALERTMILL_DATABASE_DIR": str(settings.alertmill_database_dir.resolve()),
        "ALERTMILL_RUNS_DIR": str(settings.alertmill_runs_dir.resolve()),
        "ALERTMILL_STATE_DIR": str(state),
    }
    if continued is not None:
        environment[CONTINUED] = str(continued.resolve())
    with private_folder() as folder:
        file = folder / "parameters.json"
        file.write_text(parameters.model_dump_json(), encoding="utf-8")
        code = run_guarded(
            [sys.executable, "-m", "flows.training", str(file)], project, environment
        )
    if code:
        raise typer.Exit(code if code in (1, BAD_INPUT) else 1)
