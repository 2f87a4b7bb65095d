"""What became of the promises of earlier runs, by the alerts and labels of a later one.

A later run has extracted the days after an earlier one, with the labels that have arrived since.
The earlier model scores their features again; nothing but run folders is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
from pydantic import ValidationError

from alertmill.errors import AlertmillError
from alertmill.evaluation.promises import (
    PromiseOutcome,
    PromiseReport,
    outcomes_of,
    promises_of,
    unknown,
)
from alertmill.files import write_model
from alertmill.runs import PROMISES_FILE, Run
from alertmill.training.data.rows import KEYS
from alertmill.training.registry.rivals import FairTerms, score_by, unlikeness

MOST_RUNS = 12
"""Earlier runs that are looked at, the newest."""
_UNREADABLE = (AlertmillError, ValidationError, OSError, pl.exceptions.PolarsError)
"""What a folder that is damaged raises; it has no promise that could be compared."""


def keep_promises(run: Run) -> PromiseReport:
    """Compare what earlier runs promised with what this run knows, and keep it in the run folder.

    Earlier runs are published ones beside this one, of the same kind of model, window and labels,
    whose last day is earlier. A day counts once its labels are mature: `labels.maturity_days`
    before the last day of this run. What is kept already is not compared again.

    Parameters
    ----------
    run : Run
        A trained run.
    """
    path = run.path / PROMISES_FILE
    if not path.is_file():
        outcomes = tuple(found for earlier in _earlier(run) for found in _outcomes(run, earlier))
        write_model(path, PromiseReport(outcomes=outcomes))
    return PromiseReport.model_validate_json(path.read_bytes())


def _earlier(run: Run) -> Iterator[Run]:
    """Yield the newest earlier runs of the kind, the newest first."""
    own, n = run.parameters, 0
    for manifest in sorted(run.path.parent.glob("*/manifest.json"), reverse=True):
        if manifest.parent == run.path or not (manifest.parent / "parameters.json").is_file():
            continue
        try:
            other = Run.open(manifest.parent)
        except _UNREADABLE:
            continue
        p = other.parameters
        is_alike = (p.model_type, p.window_days, p.labels.strategy) == (
            own.model_type,
            own.window_days,
            own.labels.strategy,
        )
        if is_alike and p.end_date < own.end_date:
            yield other
            n += 1
            if n == MOST_RUNS:
                return


def _outcomes(run: Run, earlier: Run) -> tuple[PromiseOutcome, ...]:
    try:
        promises = promises_of(
            earlier.evaluation,
            run_id=earlier.run_id,
            model_id=earlier.model.metadata.model_id,
            made_on=earlier.parameters.end_date,
        )
        reason = unlikeness(earlier.model, run.model)
    except _UNREADABLE:
        return ()
    if reason:
        return unknown(promises, f"it cannot score these alerts: {reason}")
    p = run.parameters
    return outcomes_of(
        promises,
        _scored(run, earlier, last=p.end_date - timedelta(days=p.labels.maturity_days)),
        n_bootstrap=p.computing.n_bootstrap,
        seed=p.seed,
    )


def _scored(run: Run, earlier: Run, *, last: date) -> pl.DataFrame:
    """Score the alerts after an earlier run by its model, up to the last day of mature labels."""
    day = pl.col("processing_date")
    is_later = (day > earlier.parameters.end_date) & (day <= last)
    features = run.features.filter(is_later)
    if features.is_empty():
        return features.select(*KEYS).clear()
    terms = FairTerms(run.parameters, run.model, last)
    return (
        run.targets.filter(is_later)
        .select(*KEYS, "y")
        .join(
            features.select(*KEYS).with_columns(
                score=pl.Series(score_by(earlier.model, features, terms).scores)
            ),
            on=KEYS,
            how="inner",
            validate="1:1",
        )
    )
