"""Score the snapshots of new days by the champion."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import typer

from alertmill.cli.generated import options_of, overlay, with_options
from alertmill.cli.options import client_of, print_table, progress_bar, say
from alertmill.errors import ConfigurationError, NotebookFailedError
from alertmill.parameters import ScoringParameters
from alertmill.settings import Settings

_TEMPLATES = "notebook_templates"

OPTIONS = tuple(
    options_of(
        ScoringParameters,
        {("start_date",): "--from", ("end_date",): "--to", ("model_id",): "--model"},
    )
)


@with_options(OPTIONS)
def score(context: typer.Context, **given: object) -> None:
    """Score the alerts of new and corrected snapshots, and say why each has its score.

    Without --to, the last day is today, in UTC. Scoring a day again replaces its scores. The report
    of the latest scored day is made with the templates of the project's folder.
    """
    from alertmill.scoring.days import score_days
    from alertmill.scoring.folder import ScoringRun
    from alertmill.scoring.report import table_of_days

    asked = overlay({}, OPTIONS, context, given)
    if "network" not in asked:
        raise ConfigurationError("the network is missing; expected --network.")
    parameters = ScoringParameters.model_validate(asked)
    now = datetime.now(UTC)
    templates = _templates_folder() if parameters.report else None
    kept = ScoringRun.of(
        Settings().alertmill_runs_dir.resolve(), parameters, key=uuid.uuid4().hex, now=now
    )
    with client_of(parameters.network) as client, progress_bar("scoring days") as progress:
        report = score_days(client, parameters, day=now.date(), kept=kept, progress=progress)
    if rows := table_of_days(report):
        print_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
    say(report.summary)
    if templates is not None and report.run_dir is not None:
        _report(report.run_dir, templates)


def _report(run_dir: Path, templates: Path) -> None:
    from alertmill.audit.ledger import SignedLedger
    from alertmill.reporting.outcomes import report_path
    from alertmill.reporting.scoring_report import report_on_scores
    from alertmill.scoring.folder import ScoringRun

    run = ScoringRun.open(run_dir)
    outcome = report_on_scores(run, templates, SignedLedger.of(Settings(), run.runs_dir))
    if outcome.error is not None:
        raise NotebookFailedError.of(
            outcome.template, cell=outcome.failed_cell, error=outcome.error
        )
    say(f"report: {report_path(run, outcome.template)}")


def _templates_folder() -> Path:
    from alertmill.reporting.outcomes import QUEUE_REPORT

    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _TEMPLATES / f"{QUEUE_REPORT}.ipynb").is_file():
            return folder / _TEMPLATES
    raise ConfigurationError(
        f"no {_TEMPLATES}/{QUEUE_REPORT}.ipynb in {here} or above it; run this in the folder of "
        "the project, or ask for no report (--no-report)."
    )
