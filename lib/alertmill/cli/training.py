"""Run the training flow here and now."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from alertmill.cli.ingest import simulate_world
from alertmill.cli.options import (
    DifficultyOption,
    NetworkOption,
    SeedOption,
    SizeOption,
    WindowOption,
    check_run_folder,
    say,
)
from alertmill.errors import BAD_INPUT, ConfigurationError
from alertmill.parameters import (
    DEFAULT_LABEL_STRATEGY,
    DEFAULT_TRAINER,
    DEMO_PROMOTION,
    ChecksParameters,
    ComparisonParameters,
    ComputingParameters,
    LabelParameters,
    LeakScreenParameters,
    SplitParameters,
    TrainingRequest,
    TuningParameters,
)
from alertmill.processes import private_folder, run_guarded
from alertmill.settings import Settings
from alertmill.vocabulary import Difficulty, LabelKnowledge, ModelType, WorldSize


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


def train(  # noqa: PLR0913 - every option of the command is a parameter
    *,
    network: NetworkOption,
    start_date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First processing date, unless --n-days is given."),
    ] = None,
    end_date: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last processing date. Without it: --lag-days before today."
        ),
    ] = None,
    n_days: Annotated[
        int | None, typer.Option(min=1, help="Number of processing dates, for --start-date.")
    ] = None,
    lag_days: Annotated[
        int, typer.Option(min=0, help="Days between the last processing date and today.")
    ] = 1,
    time_zone: Annotated[str, typer.Option(help="Time zone of today.")] = "UTC",
    window_days: WindowOption = 7,
    model_type: Annotated[
        ModelType, typer.Option(help="What the model is for.")
    ] = ModelType.ALERT_SCORER,
    review_budget: Annotated[int, typer.Option(min=1, help="Alerts reviewed a day.")] = 20,
    validation_days: Annotated[int, typer.Option(min=1, help="Days of validation.")] = 10,
    test_days: Annotated[int, typer.Option(min=1, help="Days of the test at the end.")] = 14,
    label_strategy: Annotated[
        str, typer.Option(help="What is positive: address_label, or your own, see docs/labels.md.")
    ] = DEFAULT_LABEL_STRATEGY,
    label_knowledge: Annotated[
        LabelKnowledge, typer.Option(help="Labels known at one cut, or so long after each alert.")
    ] = LabelKnowledge.END_OF_RANGE,
    label_maturity_days: Annotated[
        int, typer.Option(min=0, help="Days that an alert has to be labelled.")
    ] = 0,
    n_trials: Annotated[int, typer.Option(min=1, help="Trials of the Bayesian search.")] = 8,
    max_minutes: Annotated[
        float | None, typer.Option(help="Minutes after which no further trial is begun.")
    ] = None,
    parallel_trials: Annotated[
        int, typer.Option(min=1, max=64, help="Trials at the same time; 1 repeats exactly.")
    ] = 1,
    trainer: Annotated[
        str,
        typer.Option(help="Who fits the model: boosted_trees, or your own, see docs/models.md."),
    ] = DEFAULT_TRAINER,
    compare_with: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL",
            help="Id of a tracked model to measure on the same test; may be given several times.",
        ),
    ] = None,
    compare_latest: Annotated[
        int, typer.Option(min=0, max=20, help="So many of the latest tracked models as well.")
    ] = 0,
    overrule_leak: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=REASON",
            help="Let a feature pass the leak screen, and say why; may be given several times.",
        ),
    ] = None,
    mute_check: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE=REASON",
            help="Let an issue of a coded check stand, and say why; may be given several times.",
        ),
    ] = None,
    seed: SeedOption = 7,
) -> None:
    """Train on the snapshots in the database, and write the reports.

    Runs the flow ``training`` here and now; the deployment of the same name runs it on a schedule.
    """
    _run_flow(
        TrainingRequest(
            network=network,
            start_date=start_date.date() if start_date else None,
            end_date=end_date.date() if end_date else None,
            n_days=n_days,
            lag_days=lag_days,
            time_zone=time_zone,
            window_days=window_days,
            model_type=model_type,
            review_budget=review_budget,
            labels=LabelParameters(
                strategy=label_strategy,
                knowledge=label_knowledge,
                maturity_days=label_maturity_days,
            ),
            split=SplitParameters(validation_days=validation_days, test_days=test_days),
            tuning=TuningParameters(
                n_trials=n_trials, max_minutes=max_minutes, n_parallel_trials=parallel_trials
            ),
            comparison=ComparisonParameters(
                models=tuple(compare_with or ()), n_latest=compare_latest
            ),
            leak_screen=LeakScreenParameters(overruled=_reasons("--overrule-leak", overrule_leak)),
            checks=ChecksParameters.model_validate({"muted": _reasons("--mute-check", mute_check)}),
            computing=ComputingParameters(trainer=trainer),
            seed=seed,
        )
    )


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


def _reasons(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """Divide every ``NAME=REASON``."""
    parts = (one.partition("=") for one in given or [])
    divided = {name.strip(): reason.strip() for name, _, reason in parts}
    for name, reason in divided.items():
        if not name or not reason:
            raise ConfigurationError(
                f"{option} {name or reason!r}: expected NAME=REASON; the reason stands in "
                "the report, so that whoever reads it can judge it."
            )
    return divided


def _run_flow(parameters: TrainingRequest) -> None:
    """Run the flow in a process of its own, because the library does not know the orchestrator."""
    from alertmill.orchestration.manager import running_server
    from alertmill.threads import thread_environment

    project, settings = _project_folder(), Settings()
    environment = {
        # An ephemeral Prefect server on a cold machine needs longer than the 20 s of the default.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "alertmill",
        # The flow draws two figures; without this the list of fonts is kept in the home folder.
        "MPLCONFIGDIR": str(settings.alertmill_state_dir.resolve() / "matplotlib"),
        # A second server beside that of `alertmill up` would write into the same database.
        **running_server(settings),
        **os.environ,
        **thread_environment(),
        "ALERTMILL_DATABASE_DIR": str(settings.alertmill_database_dir.resolve()),
        "ALERTMILL_RUNS_DIR": str(settings.alertmill_runs_dir.resolve()),
        "ALERTMILL_STATE_DIR": str(settings.alertmill_state_dir.resolve()),
    }
    with private_folder() as folder:
        file = folder / "parameters.json"
        file.write_text(parameters.model_dump_json())
        code = run_guarded(
            [sys.executable, "-m", "flows.training", str(file)], project, environment
        )
    if code:
        raise typer.Exit(code if code in (1, BAD_INPUT) else 1)


def _project_folder() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "flows" / "training.py").is_file():
            return folder
    raise ConfigurationError(
        f"no flows/training.py in {here} or above it; run this in the folder of the project."
    )
