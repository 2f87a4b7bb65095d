"""The coded checks as a page of Markdown, from the checks alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.checks import Check

_INTRODUCTION = """\
<!-- Written by `make docs` from lib/alertmill/checks: change it there. -->
# Coded checks

Every run is asked these questions after its evaluation. A check ends as *issue*, *tip*, *passed* or
*not applicable*; the first page of a run shows them first, with what they have seen, and
`checks/checks.json` keeps all of it. An issue of a blocking check keeps the model from becoming the
champion by itself. `alertmill checks RUN` prints those of a run.

A check is muted by its code and a reason, which stands in the report:
`"checks": {"muted": {"AM011": "a pilot on one week"}}` in the parameters of the run.
"""

_ENDING = """\
A new check is a class in a module of its own below `lib/alertmill/checks`, with the next free code
and a test file; `all.py` lists it. A code is never given to another question.
[How to write one](how-to/own-check.md), step by step.
"""


def checks_page(checks: Sequence[Check]) -> str:
    """Write the page: a row for every check, then how to add one."""
    cells = [
        (c.code, c.title, c.looks_at, c.advice, "yes" if c.is_blocking else "") for c in checks
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    head = [
        "| Code | Issue or tip | Looks at | What to do | Blocks |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([_INTRODUCTION, *head, *rows, "", _ENDING])


def list_questions(checks: Sequence[Check]) -> pl.DataFrame:
    """Return one row per check: code, issue or tip, looks at, blocks a promotion."""
    rows = [(c.code, c.title, c.looks_at, "yes" if c.is_blocking else "no") for c in checks]
    return pl.DataFrame(
        rows, schema=["code", "issue or tip", "looks at", "blocks a promotion"], orient="row"
    )
