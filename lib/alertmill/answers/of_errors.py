"""The answer of report 08: where the model is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.answers.answer import Answer
from alertmill.answers.reading import advice_of, metric_number, run_line
from alertmill.tables.burdens import burden_sentence
from alertmill.tables.mistakes import FALSE_ALARM, MISSED, decided_alerts, mistake_sentence
from alertmill.vocabulary import CheckCode

if TYPE_CHECKING:
    from alertmill.evaluation.reports import Evaluation
    from alertmill.runs import Run


def answer_errors(run: Run, evaluation: Evaluation | None = None) -> Answer:
    """Answer how many mistakes of each kind there are, and how concentrated they are.

    Parameters
    ----------
    run : Run
        A run that has been evaluated.
    evaluation : Evaluation, optional
        At another threshold than the run's own.
    """
    evaluation = evaluation or run.evaluation
    decided = decided_alerts(run.predictions, threshold=evaluation.threshold)
    return Answer(
        question="Where is the model wrong, and where should nobody trust the score?",
        sentences=(
            mistake_sentence(decided, outcome=FALSE_ALARM),
            mistake_sentence(decided, outcome=MISSED),
        ),
        numbers=(
            metric_number("precision at the threshold", evaluation.get("model", "precision")),
            metric_number("recall at the threshold", evaluation.get("model", "recall")),
            metric_number("recall at the budget", evaluation.get("model", "recall_at_budget")),
        ),
        advice=advice_of(
            run,
            CheckCode.AM007,
            otherwise=_advice_on_groups(run)
            or "No segment was found to be clearly weaker than the rest; look at the surest "
            "mistakes below.",
        ),
        about=run_line(run),
    )


def _advice_on_groups(run: Run) -> str:
    """Return which groups are served worse, if their shares have intervals; empty otherwise."""
    worse = run.burdens.filter("is_worse")
    if worse.is_empty() or worse["ci_low"].null_count():
        return ""
    return f"{burden_sentence(run.burdens)} Look at their alerts first, and say so to reviewers."
