"""The answer of report 03: whether the fit went well, and what other choices gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import advice_of, run_line
from alertmill.tables.labels import class_balance
from alertmill.tables.search_noise import shipping_sentence
from alertmill.tables.training import curve_summary
from alertmill.training.models.variants import OWN
from alertmill.vocabulary import CheckCode
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run


def answer_training(run: Run) -> Answer:
    """Answer how many trees were kept, what they reach on validation, and what variants reach."""
    data = run.model.metadata
    n_tried = int(run.training_curve["iteration"].max())  # type: ignore[arg-type]  # of whole numbers
    summary = curve_summary(run.training_curve, best_iteration=data.best_iteration)
    return Answer(
        question="Did the fit go well, and would another choice have been better?",
        sentences=(
            fit_sentence(summary, kept=data.best_iteration, tried=n_tried),
            f"{shipping_sentence(run.tuning.choice)} {variants_sentence(run.variants)}",
        ),
        numbers=(
            KeyNumber(
                name="trees kept",
                value=f"{data.best_iteration:,}",
                basis=f"of {counted(n_tried, 'tree')} tried, with {counted(data.n_seeds, 'seed')}",
            ),
            _validation_number(summary, class_balance(run.targets)),
            KeyNumber(
                name="training alerts of the model",
                value=f"{data.n_train:,}",
                basis=f"{data.n_train_positives:,} confirmed; "
                f"{data.training_start} to {data.training_end}",
            ),
        ),
        advice=advice_of(
            run,
            CheckCode.AM010,
            CheckCode.AM013,
            otherwise="Keep the fit; report 05 says what the model is worth on later dates.",
        ),
        about=run_line(run),
    )


def fit_sentence(summary: pl.DataFrame, *, kept: int, tried: int) -> str:
    """Return where early stopping ended, and what that reaches on both sides.

    Parameters
    ----------
    summary : DataFrame
        Of `alertmill.tables.training.curve_summary`.
    kept, tried : int
        Trees.
    """
    train, validation = (_at_kept(summary, split) for split in ("train", "validation"))
    if validation is None:
        return f"{counted(kept, 'tree')} of {tried:,} are kept; validation could not be measured."
    stopped = (
        f"Early stopping kept {kept:,} of {counted(tried, 'tree')}"
        if kept < tried
        else f"All {counted(tried, 'tree')} are kept, and more might have been better"
    )
    beside = "" if train is None else f", where training has {train:.3f}"
    return f"{stopped}: average precision on validation is {validation:.3f}{beside}."


def variants_sentence(variants: pl.DataFrame) -> str:
    """Return what the variants reach on validation; none is called better without an interval.

    Parameters
    ----------
    variants : DataFrame
        Columns name and average_precision (null where it could not be measured).
    """
    judged = variants.drop_nulls("average_precision")
    chosen = judged.filter(pl.col("name") == OWN)
    others = judged.filter(pl.col("name") != OWN)["average_precision"]
    if chosen.is_empty() or others.is_empty():
        return "No other choice was measured on the same validation rows."
    own = chosen["average_precision"][0]
    n_above = int((others > own).sum())
    return (
        f"On the same validation rows the first fit of this model has {own:.3f} and "
        f"{counted(len(others), 'variant')} {_range(others)}; {n_above or 'none'} of them "
        f"{'lies' if n_above <= 1 else 'lie'} above it, and no interval says by more than chance."
    )


def _range(values: pl.Series) -> str:
    known = [float(value) for value in values]
    if len(known) == 1:
        return f"has {known[0]:.3f}"
    return f"have {min(known):.3f} to {max(known):.3f}"


def _validation_number(summary: pl.DataFrame, balance: pl.DataFrame) -> KeyNumber:
    value = _at_kept(summary, "validation")
    rows = balance.filter(split="validation")
    n_confirmed, n_cleared = (int(rows[name].sum()) for name in ("n_confirmed", "n_cleared"))
    return KeyNumber(
        name="average precision on validation",
        value="none" if value is None else f"{value:.3f}",
        basis=f"{n_confirmed:,} confirmed of {counted(n_confirmed + n_cleared, 'alert')}; no "
        "interval: the trees were counted on these rows",
    )


def _at_kept(summary: pl.DataFrame, split: str) -> float | None:
    found = summary.filter(metric="average_precision", split=split)["at_kept"]
    return None if found.is_empty() or found[0] is None else float(found[0])
