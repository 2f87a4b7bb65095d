"""Write what the database holds to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alertmill.cli.options import (
    EndOption,
    NetworkOption,
    StartOption,
    WindowOption,
    client_of,
    date_range,
    say,
)
from alertmill.vocabulary import ModelType

app = typer.Typer(name="export", help=__doc__, no_args_is_help=True, add_completion=False)


@app.callback()
def _keep_the_name() -> None:
    """Make typer ask for the name of the only command."""


@app.command("scores")
def export_scores(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="File to write; its name ends with .parquet or .csv."),
    ],
    *,
    network: NetworkOption,
    start_date: StartOption,
    end_date: EndOption,
    window_days: WindowOption = 7,
    model_type: Annotated[
        ModelType, typer.Option(help="What was scored: alerts, their order, or clusters.")
    ] = ModelType.ALERT_SCORER,
) -> None:
    """Write the newest scores of a range of days, with queue, sample, reasons and model.

    In CSV a text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    from alertmill.scoring.export import check_ending
    from alertmill.scoring.export import export_scores as write
    from alertmill.storage.scores import SCORE_TABLES, fetch_scores

    check_ending(file)
    first, last = date_range(start_date, end_date)
    with client_of(network) as client:
        scores = fetch_scores(
            client, SCORE_TABLES[model_type], window_days=window_days, first=first, last=last
        )
    write(scores, file, first=first, last=last)
    say(f"{scores.height:,} scores of {scores['processing_date'].n_unique()} days are in {file}.")
