"""The answer of report 07: what the scores rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import advice_of, run_line
from alertmill.explanation.contributions import Contributions, contribution_table, group_table
from alertmill.explanation.reasons import feature_groups, feature_words
from alertmill.vocabulary import CheckCode
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run

_TOP = 10


def answer_importance(run: Run, explained: Contributions) -> Answer:
    """Answer which features and which kinds of evidence carry the scores.

    Parameters
    ----------
    run : Run
        The run, up to its training.
    explained : Contributions
        Of a sample of its test alerts.
    """
    strongest = contribution_table(explained)
    groups = group_table(strongest, feature_groups(run.catalogue.features))
    meanings = {entry.name: entry.description for entry in feature_words(run.catalogue.features)}
    sample = f"{counted(explained.keys.height, 'test alert')}, no interval"
    return Answer(
        question="Do the scores rest on behaviour that an investigator accepts as a reason?",
        sentences=(strongest_sentence(strongest, meanings), group_sentence(groups)),
        numbers=(
            _share(f"the feature {strongest['feature'][0]}", strongest.head(1), sample),
            _share(f"the {_TOP} strongest features", strongest.head(_TOP), sample),
            _share(f"the group {groups['group'][0]}", groups.head(1), sample),
        ),
        advice=advice_of(
            run,
            CheckCode.AM001,
            otherwise="Show the three force plots below to an investigator: would they accept the "
            "reasons?",
        ),
        about=run_line(run),
    )


def strongest_sentence(strongest: pl.DataFrame, meanings: dict[str, str]) -> str:
    """Return which feature moves the scores most, and how much the first ten do.

    Parameters
    ----------
    strongest : DataFrame
        Of `alertmill.explanation.contributions.contribution_table`.
    meanings : dict
        What each feature means, as a sentence.
    """
    moving = strongest.filter(pl.col("mean_abs") > 0)
    if moving.is_empty():
        return "No feature moves any score."
    first = moving.row(0, named=True)
    meaning = meanings.get(first["feature"], "").strip().rstrip(".")
    told = f" ({meaning[0].lower()}{meaning[1:]})" if meaning else ""
    text = (
        f"{counted(moving.height, 'feature')} of {strongest.height:,} "
        f"{'moves' if moving.height == 1 else 'move'} the scores, most of all "
        f"{first['feature']}{told} with {_percent(first['share'])} of all contributions"
    )
    if moving.height <= _TOP:
        return f"{text}."
    together = float(moving["share"].head(_TOP).sum())
    return f"{text}; the first {_TOP} together make {_percent(together)}."


def group_sentence(groups: pl.DataFrame) -> str:
    """Return which groups of the catalogue carry the scores.

    Parameters
    ----------
    groups : DataFrame
        Of `alertmill.explanation.contributions.group_table`.
    """
    moving = groups.filter(pl.col("share") > 0)
    if moving.is_empty():
        return "No group of features carries them."
    named = [f"{name} {_percent(share)}" for name, share in moving.select("group", "share").rows()]
    return f"By kind of evidence: {', '.join(named)}."


def _share(name: str, rows: pl.DataFrame, sample: str) -> KeyNumber:
    share = float(rows["share"].sum())
    return KeyNumber(name=f"contribution of {name}", value=_percent(share), basis=sample)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
