"""A small published run: three reports with real tables and a figure, its index and its zip."""

from __future__ import annotations

import base64
from pathlib import Path

import polars as pl

from alertmill.files import write_text
from alertmill.plotting.display import render_png
from alertmill.plotting.style import new_figure
from alertmill.plotting.tables import Table, show_choices, show_table, show_text
from alertmill.reporting.html import export_html
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import write_manifest
from alertmill.runs import Run
from tests.reporting.example_runs import add_evaluation, add_report, executed, make_run, markdown

FORMULA = '=HYPERLINK("https://evil.example")'
COUNTS = pl.DataFrame(
    {
        "name": [FORMULA, "beta, gamma", "delta", "nothing"],
        "n_alerts": [1200, 30, 5, None],
        "change": ["-0.12", "+0.30", "-cmd", ""],
        "measured": ["0.91 (0.80 to 0.95)", "0.12", "2.0e-03", None],
    }
)
WIDE = pl.DataFrame({f"measure_{n}": [n, 2 * n] for n in range(11)})
CHOICES = pl.DataFrame(
    {"alerts": [5, 20, 50], "precision": [0.9, 0.7, 0.4], "choice": ["", "in use", ""]}
)
LARGE = "features/features.parquet"


def publish(folder: Path) -> Run:
    """Write a run with an evaluation, three reports, an index and a large file."""
    run = make_run(folder)
    add_evaluation(run)
    write_text(run.path / "features/catalogue.json", "{}")
    (run.path / LARGE).write_bytes(bytes(3 << 20))
    heads = ("alerts a day", "precision", "choice")
    choices = show_choices(CHOICES, "All choices", columns=heads)
    outcomes = [
        add_report(run, *_words("counts", show_table(COUNTS, "All counts")), name="01_counts"),
        add_report(run, *_words("widths", show_table(WIDE, "All widths")), name="02_widths"),
        add_report(run, *_words("choices", choices), name="03_choices"),
    ]
    for outcome in outcomes:
        export_html(run, outcome)
    write_index(run, outcomes)
    write_manifest(run)
    return run


def _words(name: str, shown_table: Table) -> list[object]:
    figure, (axes,) = new_figure("A line rises", caption="Two points of two.")
    axes.plot([0, 1], [0, 1])
    picture = {"image/png": base64.b64encode(render_png(figure)).decode()}
    shown = executed("plot()", picture, cell_id="figure")
    shown.outputs[0].metadata = {"image/png": {"alt": "A line rises"}}
    table = shown_table._repr_html_()
    text = show_text(f"Most {name} were found on Tuesday.")
    said = {"text/html": text._repr_html_(), "text/plain": repr(text)}
    return [
        markdown("about-table", f"## How many {name} are there?\n\nWorry if there are none."),
        executed("count()", said, {"text/html": table}, cell_id="table"),
        markdown("about-figure", "## Does it rise?\n\nThe line shows it."),
        shown,
        markdown("next", "## What to look at next\n\n- [02 Widths](02_widths.html): the others"),
    ]
