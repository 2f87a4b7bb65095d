"""The answer of report 10: what there is to review today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.scoring.queue import cut_sentence, novelty_sentence, unit_of, work_sentence
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.scoring.folder import DayRecord, ScoringRun


def answer_queue(run: ScoringRun) -> Answer:
    """Answer how much there is to review on the latest day of a scoring run, and how new it is."""
    day, unit = run.latest_day, unit_of(run)
    return Answer(
        question="What is there to review today, and why?",
        sentences=(work_sentence(day, unit), novelty_sentence(run.scores, unit)),
        numbers=(
            KeyNumber(
                name="in the review queue",
                value=f"{day.n_in_queue:,}",
                basis=cut_sentence(run.scores, unit),
            ),
            KeyNumber(
                name="drawn below it",
                value=f"{day.n_sampled:,}",
                basis=f"each with a probability of {100 * run.parameters.sample_share:g} %",
            ),
            _unseen_number(day),
        ),
        advice=queue_advice(day, unit),
        about=" · ".join(
            (run.run_id, f"{run.parameters.network} {day.day}", day.model_id, day.model_version)
        ),
    )


def queue_advice(day: DayRecord, unit: str) -> str:
    """Return what to do today."""
    if day.n_unscored:
        them = "it" if day.n_unscored == 1 else "them"
        return (
            f"{counted(day.n_unscored, 'alert')} without a score {_is_or_are(day.n_unscored)} in "
            f"no queue: look at {them} by hand, then review the queue from the top."
        )
    if not day.n_in_queue:
        return "There is nothing to do."
    if not day.n_sampled:
        return "Review the queue from the top."
    drawn = f"the {counted(day.n_sampled, unit)} drawn below it"
    return f"Review the queue from the top, and {drawn} as carefully."


def _unseen_number(day: DayRecord) -> KeyNumber:
    if day.outside is None:
        basis = "the training run of the model is gone, so numbers were not compared"
        return KeyNumber(name="features with values never seen", value="not known", basis=basis)
    features = {one.feature for one in day.unknown} | {one.feature for one in day.outside}
    return KeyNumber(
        name="features with values never seen",
        value=f"{len(features):,}",
        basis="unknown categories, or numbers outside of the training",
    )


def _is_or_are(n: int) -> str:
    return "is" if n == 1 else "are"
