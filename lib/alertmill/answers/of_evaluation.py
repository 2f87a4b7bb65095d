"""The answer of report 05: whether the scores can order a review queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.answers.answer import Answer, KeyNumber
from alertmill.answers.reading import advice_of, metric_number, run_line
from alertmill.evaluation.queue import (
    ReviewedQueue,
    queue_sentence,
    reviewed_queue,
    workload,
    workload_sentence,
)
from alertmill.vocabulary import CheckCode
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run


def answer_evaluation(run: Run) -> Answer:
    """Answer what the review budget buys on later days, and what work the threshold makes."""
    evaluation, predictions = run.evaluation, run.predictions
    budget = evaluation.review_budget
    queue = reviewed_queue(predictions, review_budget=budget)
    return Answer(
        question="Are the scores good enough to order a review queue?",
        sentences=(
            queue_sentence(queue),
            workload_sentence(
                workload(predictions, threshold=evaluation.threshold),
                threshold=evaluation.threshold,
                review_budget=budget,
            ),
        ),
        numbers=(
            metric_number(
                f"precision of {counted(budget, 'alert')} a day",
                evaluation.get("model", "precision_at_budget"),
            ),
            metric_number(
                "average precision, new addresses",
                evaluation.get("model", "average_precision", split="test_new"),
            ),
            _random_order(queue, run),
        ),
        advice=advice_of(
            run,
            CheckCode.AM005,
            CheckCode.AM002,
            CheckCode.AM006,
            CheckCode.AM011,
            otherwise="Order the queue by the score; report 08 says where not to trust it.",
        ),
        about=run_line(run),
    )


def _random_order(queue: ReviewedQueue | None, run: Run) -> KeyNumber:
    """Return what the labelled alerts would give in a random order."""
    size = next(size for size in run.evaluation.populations if size.split == "test_all")
    name = "precision of a random order"
    if queue is None or not size.n_labelled:
        return KeyNumber(name=name, value="none", basis="no labelled alert")
    return KeyNumber(
        name=name,
        value=f"{size.n_positives / size.n_labelled:.3f}",
        basis=f"{size.n_positives:,} confirmed of {counted(size.n_labelled, 'labelled alert')}",
    )
