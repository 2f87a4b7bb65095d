"""The answer of report 02: whether the features are sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import run_line
from alertmill.tables.features import list_features, training_rows
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run
    from alertmill.training.leaks import LeakReport

_MOSTLY_MISSING = 0.5


def answer_features(run: Run) -> Answer:
    """Answer whether the features are defined and varied, and whether one knows too much."""
    rows = training_rows(run.features, run.targets)
    features = list_features(run.catalogue, rows)
    n_refused = int(run.refused["n_alerts"].sum())
    n_constant = features.filter(pl.col("n_distinct") <= 1).height
    return Answer(
        question="Are the features sound: defined, varied, and none too good to be true?",
        sentences=(leak_sentence(run.leak_screen), soundness_sentence(features, n_refused)),
        numbers=(
            KeyNumber(
                name="features",
                value=f"{features.height:,}",
                basis=f"in {counted(features['group'].n_unique(), 'group')}",
            ),
            KeyNumber(
                name="constant in training",
                value=f"{n_constant:,}",
                basis=f"over {counted(rows.height, 'training alert')}",
            ),
            KeyNumber(
                name="values refused",
                value=f"{n_refused:,}",
                basis=f"not finite or out of range, over {counted(run.features.height, 'alert')}",
            ),
        ),
        advice=_advice(run.leak_screen, n_refused=n_refused, n_constant=n_constant),
        about=run_line(run),
    )


def leak_sentence(screen: LeakReport) -> str:
    """Return what the leak screen found, and what of it was overruled."""
    done = [result for result in screen.checks if result.is_done]
    idle = len(screen.checks) - len(done)
    aside = f"; {counted(idle, 'check')} could not be done" if idle else ""
    n_found = len(screen.findings)
    if not n_found:
        return f"The leak screen found nothing in {counted(len(done), 'check')}{aside}."
    n_overruled = sum(found.name in screen.overruled for found in screen.findings)
    return (
        f"The leak screen made {counted(n_found, 'finding')} in {counted(len(done), 'check')}, of "
        f"which {n_overruled} {'was' if n_overruled == 1 else 'were'} overruled by name{aside}."
    )


def soundness_sentence(features: pl.DataFrame, n_refused: int) -> str:
    """Return how many features are constant or mostly missing, and how many values were refused.

    Parameters
    ----------
    features : DataFrame
        Of `alertmill.tables.features.list_features`.
    n_refused : int
        Values that no such feature can have.
    """
    n_constant = features.filter(pl.col("n_distinct") <= 1).height
    n_missing = features.filter(pl.col("missing_share") > _MOSTLY_MISSING).height
    refused = counted(n_refused, "value") if n_refused else "no value"
    return (
        f"Of {counted(features.height, 'feature')}, {n_constant or 'none'} "
        f"{'is' if n_constant <= 1 else 'are'} constant in training and {n_missing or 'none'} "
        f"{'is' if n_missing <= 1 else 'are'} missing in more than half of the training alerts; "
        f"{refused} {'was' if n_refused <= 1 else 'were'} refused."
    )


def _advice(screen: LeakReport, *, n_refused: int, n_constant: int) -> str:
    if screen.findings:
        return "Judge each reason for overruling below before anybody uses the scores."
    if n_refused:
        return "Look up the refused values in the source: until then they count as missing."
    if n_constant:
        return "Leave out what is constant on every network, or load the tables that fill it."
    return "Nothing has to be mended; report 07 says which features drive the scores."
