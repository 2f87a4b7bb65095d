"""Put the reports of a run on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alertmill.cli.options import RunArgument


def pdf(
    run_dir: RunArgument,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Where the PDFs go.", show_default="<run id>-pdf, here"
        ),
    ] = None,
    browser: Annotated[
        str | None,
        typer.Option(
            metavar="PROGRAM",
            help="Name or path of a Chromium, Chrome or Edge.",
            show_default="the first that is installed",
        ),
    ] = None,
) -> None:
    """Print the index and every report of a run to PDF, with run and page number on each sheet.

    It takes an installed Chromium, Chrome or Edge, without a window, and prints the path of each
    PDF. The run folder stays as it is.
    """
    from alertmill.reporting.printing import find_browser, print_reports
    from alertmill.runs import Run

    run = Run.open(run_dir)
    folder = Path(f"{run.run_id}-pdf") if output is None else output
    for path in print_reports(run, folder, browser=find_browser(browser)):
        typer.echo(path)
