"""The comparison of models as tables and sentences for a reader."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.evaluation.reports import Comparison, PairedDifference, Standing
from alertmill.evaluation.scores import is_ensemble, title_of
from alertmill.training.registry.champions import ChampionReport
from alertmill.training.registry.rivals import RivalReport, RivalReports
from alertmill.wording import readable

_STANDINGS = {
    Standing.BETTER: "this model is better",
    Standing.WORSE: "the rival is better",
    Standing.NOT_SHOWN: "no difference shown",
}


def rivals_table(champion: ChampionReport, rivals: RivalReports) -> pl.DataFrame:
    """Which earlier models were to be met: columns model, version, as and met, as text.

    Parameters
    ----------
    champion : ChampionReport
        The champion; a row of its own also when there is none.
    rivals : RivalReports
        The models that were asked for.
    """
    asked = [(champion.model_id or "none", champion.version or "", "champion", _met(champion))]
    asked += [
        (r.model_id, r.version or "not registered", "asked for", _met(r)) for r in rivals.models
    ]
    return pl.DataFrame(asked, schema=_RIVALS_SCHEMA, orient="row")


def difference_table(comparison: Comparison, *, split: str = "test_all") -> pl.DataFrame:
    """Every paired difference of a population with its interval, p-values and a verdict."""
    return _tabulate([entry for entry in comparison.differences if entry.split == split])


def ensemble_table(comparison: Comparison) -> pl.DataFrame:
    """Show what mixing the model with the logistic regression gains or costs on the test."""
    return _tabulate(
        [
            entry
            for entry in comparison.differences
            if entry.split == "test_all" and is_ensemble(entry.rival)
        ]
    )


def stacking_sentence(comparison: Comparison) -> str:
    """Return how the stacked mixture weighs both models, or why there is none."""
    fitted = comparison.stacking
    if fitted is None:
        return "Nothing was stacked: there is no logistic regression to mix with."
    if fitted.model is None or fitted.logistic is None:
        return f"Nothing was stacked: {fitted.note}."
    return (
        f"Stacking weighs the log-odds of this model by {fitted.model:.2f} and those of the "
        f"logistic regression by {fitted.logistic:.2f}, fitted on validation; its values there "
        f"come from {fitted.n_folds} folds of addresses, so that being fitted there does not "
        "flatter it."
    )


def verdict(difference: PairedDifference) -> str:
    """Return what the test allows to say: better, worse, or no difference shown."""
    standing = difference.standing
    return difference.note if standing is None else _STANDINGS[standing]


def candidate_table(comparison: Comparison) -> pl.DataFrame:
    """Every candidate by its validation value, with what the test says of it afterwards."""
    selection = comparison.selection
    rows = [
        {
            "candidate": title_of(entry.model),
            f"{selection.metric} on validation": entry.validation,
            "standard error": entry.validation_standard_error,
            "behind the best": entry.deficit,
            "standard error of that": entry.deficit_standard_error,
            f"{selection.metric} on test (95 % interval)": _interval_text(
                entry.test, entry.test_ci_low, entry.test_ci_high
            ),
            "chosen": "best on validation" if entry.model == selection.best else "",
        }
        for entry in selection.candidates
    ]
    return pl.DataFrame(rows).sort(f"{selection.metric} on validation", descending=True)


def selection_sentence(comparison: Comparison) -> str:
    """Return which candidate validation prefers and what that is worth on the test."""
    chosen = comparison.selection
    if chosen.best is None:
        return f"No candidate can be chosen: {chosen.note}."
    text = f"On validation {title_of(chosen.best)} has the highest {readable(chosen.metric)}"
    if chosen.second is not None and chosen.test_difference is not None:
        gain = _interval_text(
            chosen.test_difference, chosen.test_difference_ci_low, chosen.test_difference_ci_high
        )
        text += f"; on the test its difference to {title_of(chosen.second)} is {gain}"
    simplest = chosen.simplest_within_one_error
    if simplest is not None and simplest != chosen.best:
        text += (
            ". The simplest candidate that is behind it by at most one standard error of the "
            f"difference is {title_of(simplest)}, which is easier to explain"
        )
    return f"{text}."


def _met(report: ChampionReport | RivalReport) -> str:
    """Return whether a model was met, why not, and which categories it does not know."""
    if report.reason:
        return f"no: {report.reason}"
    return f"yes; {report.unknown}" if report.unknown else "yes"


def _interval_text(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return ""
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _tabulate(entries: Sequence[PairedDifference]) -> pl.DataFrame:
    rows = [
        {
            "metric": entry.metric,
            "rival": title_of(entry.rival),
            "verdict": verdict(entry),
            "difference (95 % interval)": _interval_text(
                entry.difference, entry.ci_low, entry.ci_high
            ),
            "p, Holm": entry.p_adjusted,
            "p": entry.p_value,
            "this model": entry.value,
            "rival's value": entry.rival_value,
        }
        for entry in entries
    ]
    return pl.DataFrame(rows, schema=_DIFFERENCE_SCHEMA)


_DIFFERENCE_SCHEMA = {
    "metric": pl.String,
    "rival": pl.String,
    "verdict": pl.String,
    "difference (95 % interval)": pl.String,
    "p, Holm": pl.Float64,
    "p": pl.Float64,
    "this model": pl.Float64,
    "rival's value": pl.Float64,
}
_RIVALS_SCHEMA = dict.fromkeys(("model", "version", "as", "met"), pl.String)
