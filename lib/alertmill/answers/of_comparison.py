"""The answer of report 06: whether the model is better than its rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import run_line
from alertmill.evaluation.reports import Comparison, PairedDifference, Standing
from alertmill.evaluation.scores import title_of
from alertmill.promotions import decision_of
from alertmill.wording import counted, listing

if TYPE_CHECKING:
    from alertmill.runs import Run

_METRIC = "average_precision"
_FIRST_RIVALS = ("champion", "rule", "logistic")
_N_NUMBERS = 3


def answer_comparison(run: Run) -> Answer:
    """Answer what the paired tests allow to say, and what the run decides about its model."""
    decision = decision_of(run)
    return Answer(
        question="Is this model better than its rivals, and should it become the champion?",
        sentences=(
            decision.sentence if decision else "The run has not decided: its checks are missing.",
            standings_sentence(run.comparison),
        ),
        numbers=difference_numbers(run.comparison),
        advice=decision.advice if decision else "Let the checks run before anybody decides.",
        about=run_line(run),
    )


def standings_sentence(comparison: Comparison) -> str:
    """Return than which rivals the model is proven better or worse in average precision."""
    entries = _differences(comparison, split="test_all")
    judged = [entry for entry in entries if entry.standing is not None]
    if not judged:
        return "It could be compared with no rival in average precision."
    better, worse, open_ = (
        [title_of(entry.rival) for entry in judged if entry.standing is standing]
        for standing in (Standing.BETTER, Standing.WORSE, Standing.NOT_SHOWN)
    )
    parts = [f"proven better than {listing(better)}"] if better else []
    parts += [f"proven worse than {listing(worse)}"] if worse else []
    parts += [f"not told apart from {listing(open_)}"] if open_ else []
    return (
        f"In average precision on all test addresses it is {listing(parts)} "
        f"({counted(len(judged), 'paired test')}, Holm)."
    )


def difference_numbers(comparison: Comparison) -> tuple[KeyNumber, ...]:
    """Return the differences to three rivals on new addresses, the champion's first."""
    entries = sorted(_differences(comparison, split="test_new"), key=_place)[:_N_NUMBERS]
    return tuple(_number(entry) for entry in entries)


def _number(entry: PairedDifference) -> KeyNumber:
    name = f"average precision over {title_of(entry.rival)}"
    if entry.difference is None:
        return KeyNumber(name=name, value="none", basis=entry.note)
    has_interval = entry.ci_low is not None and entry.ci_high is not None
    interval = f"{entry.ci_low:+.3f} to {entry.ci_high:+.3f}" if has_interval else "no interval"
    return KeyNumber(
        name=name,
        value=f"{entry.difference:+.3f}",
        basis=f"{interval}; new addresses, {entry.n_positives:,} confirmed alerts",
    )


def _place(entry: PairedDifference) -> int:
    known = entry.rival in _FIRST_RIVALS
    return _FIRST_RIVALS.index(entry.rival) if known else len(_FIRST_RIVALS)


def _differences(comparison: Comparison, *, split: str) -> list[PairedDifference]:
    return [
        entry
        for entry in comparison.differences
        if entry.metric == _METRIC and entry.split == split
    ]
