"""Compare registered models on the test of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from alertmill.cli.options import FinishedRunArgument, client_of, print_table, say

if TYPE_CHECKING:
    from alertmill.evaluation.reports import Evaluation
    from alertmill.runs import Run


def compare(
    run_dir: FinishedRunArgument,
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Ids of registered models.")
    ],
    *,
    output: Annotated[
        Path | None, typer.Option(help="Write everything that was found to this JSON file.")
    ] = None,
) -> None:
    """Score the test of a run by registered models, and test the run's own model against each.

    The run folder stays as it is. A model that may have seen those days is refused, with the
    reason; the exit code is then 1.
    """
    from alertmill.files import write_model
    from alertmill.predictions import compare_registered
    from alertmill.runs import Run
    from alertmill.tables.comparison_tables import difference_table

    run = Run.open(run_dir)
    found = compare_registered(run, models, _registered_models(run, models))
    for split, title in (("test_all", "all addresses"), ("test_new", "new addresses")):
        typer.echo(f"Test of {run.run_id}, {title}: value (95 % interval)")
        _print(_values(found.evaluation, split))
        typer.echo("This model minus each rival, p-values after Holm over the rivals")
        _print(difference_table(found.comparison, split=split))
    if output is not None:
        write_model(output, found)
    for report in found.rivals.refused:
        say(f"refused: {report.model_id}: {report.reason}", style="red")
    if found.rivals.refused:
        raise typer.Exit(1)


def _registered_models(run: Run, models: list[str]) -> pl.DataFrame:
    """Rows of the registry as the run knew it; as it is now, where a model came later."""
    from alertmill.storage.registry import fetch_trained_models

    if set(models) <= set(run.registered_models["model_id"]):
        return run.registered_models
    with client_of(run.parameters.network) as client:
        return fetch_trained_models(client)


def _values(evaluation: Evaluation, split: str) -> pl.DataFrame:
    from alertmill.evaluation.scores import title_of
    from alertmill.predictions import SHOWN_METRICS

    rows = [
        (title_of(name), *(evaluation.get(name, m, split=split).text for m in SHOWN_METRICS))
        for name in evaluation.models
    ]
    return pl.DataFrame(rows, schema=["model", *SHOWN_METRICS], orient="row")


def _print(table: pl.DataFrame) -> None:
    rounded = table.with_columns(pl.selectors.float().round(4)).cast(pl.String).fill_null("")
    print_table(tuple(table.columns), rounded.iter_rows())
    typer.echo("")
