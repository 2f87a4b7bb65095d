"""The answer of report 01: whether the extracted data can be trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import run_line
from alertmill.checks.support import FEWEST
from alertmill.tables.labels import class_balance
from alertmill.wording import counted, listing, percent

if TYPE_CHECKING:
    from alertmill.runs import Run

_LEARNED_AND_JUDGED = ("train", "validation", "test")


def answer_data(run: Run) -> Answer:
    """Answer whether the data are complete and whether enough of them is labelled."""
    balance = class_balance(run.targets)
    n_asked = (run.parameters.end_date - run.parameters.start_date).days + 1
    n_days = run.targets["processing_date"].n_unique()
    return Answer(
        question="Are the data complete and plausible enough to train on?",
        sentences=(data_sentence(balance, n_days=n_days, n_asked=n_asked), label_sentence(balance)),
        numbers=(
            KeyNumber(
                name="days with alerts",
                value=f"{n_days} of {n_asked}",
                basis=f"{run.parameters.start_date} to {run.parameters.end_date}",
            ),
            _labelled(balance),
            _confirmed_addresses(balance),
        ),
        advice=_advice(balance, n_days=n_days, n_asked=n_asked),
        about=run_line(run),
    )


def data_sentence(balance: pl.DataFrame, *, n_days: int, n_asked: int) -> str:
    """Return whether anything speaks against training on the data, and what.

    Parameters
    ----------
    balance : DataFrame
        Of `alertmill.tables.labels.class_balance`.
    n_days : int
        Days with alerts.
    n_asked : int
        Days of the range.
    """
    few = _few_confirmed(balance)
    concerns = [f"only {n_days} of {n_asked} days have alerts"] if n_days < n_asked else []
    concerns += [f"{split} has {counted(n, 'confirmed address')}" for split, n in few]
    if not concerns:
        least = min(n for _, n in _confirmed_by_split(balance))
        return (
            f"Nothing speaks against training on these data: each of {counted(n_asked, 'day')} has "
            f"alerts, and training, validation and test have {least:,} confirmed addresses or more."
        )
    return f"The data allow a first look only: {listing(concerns)}."


def label_sentence(balance: pl.DataFrame) -> str:
    """Return how many alerts are labelled, and how many of these are confirmed."""
    n_alerts, n_labelled, n_confirmed = _totals(balance)
    if not n_labelled:
        return f"None of {counted(n_alerts, 'alert')} carries a label."
    return (
        f"Of {counted(n_alerts, 'alert')}, {n_labelled:,} carry a label "
        f"({percent(n_labelled / n_alerts, 0)}), and {n_confirmed:,} of these are confirmed "
        f"({percent(n_confirmed / n_labelled)})."
    )


def _advice(balance: pl.DataFrame, *, n_days: int, n_asked: int) -> str:
    if n_days < n_asked:
        return "Load the missing days with alertmill ingest snapshots, and train again."
    if _few_confirmed(balance):
        return (
            f"Take a longer range or label more alerts: fewer than {FEWEST} confirmed addresses "
            "leave wide intervals."
        )
    return "Nothing has to be mended before training; report 02 looks at the features."


def _labelled(balance: pl.DataFrame) -> KeyNumber:
    n_alerts, n_labelled, _ = _totals(balance)
    share = f"{100 * n_labelled / n_alerts:.0f} %" if n_alerts else "none"
    return KeyNumber(
        name="alerts with a label",
        value=share,
        basis=f"{n_labelled:,} of {counted(n_alerts, 'alert')}; a count, not an estimate",
    )


def _confirmed_addresses(balance: pl.DataFrame) -> KeyNumber:
    counts = _confirmed_by_split(balance)
    return KeyNumber(
        name="confirmed addresses of the test",
        value=f"{dict(counts)['test']:,}",
        basis=", ".join(f"{n:,} in {split}" for split, n in counts if split != "test"),
    )


def _few_confirmed(balance: pl.DataFrame) -> list[tuple[str, int]]:
    return [(split, n) for split, n in _confirmed_by_split(balance) if n < FEWEST]


def _confirmed_by_split(balance: pl.DataFrame) -> list[tuple[str, int]]:
    found = dict(balance.select("split", "confirmed_addresses").rows())
    return [(split, int(found.get(split, 0))) for split in _LEARNED_AND_JUDGED]


def _totals(balance: pl.DataFrame) -> tuple[int, int, int]:
    confirmed, cleared = (int(balance[name].sum()) for name in ("n_confirmed", "n_cleared"))
    return int(balance["n_alerts"].sum()), confirmed + cleared, confirmed
