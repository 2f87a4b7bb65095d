"""What the figures of the evaluation say of a measurement."""

from __future__ import annotations

from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.evaluation.scores import is_ensemble
from alertmill.evaluation.summaries import POPULATION_TITLES
from alertmill.wording import counted


def single_models(evaluation: Evaluation) -> list[str]:
    """List the models that are no mixture of others."""
    return [model for model in evaluation.models if not is_ensemble(model)]


def in_percent(entry: MetricValue) -> str:
    """Write a share with its interval."""
    if entry.value is None:
        return "an unknown share"
    if entry.ci_low is None or entry.ci_high is None:
        return f"{100 * entry.value:.0f} %"
    return f"{100 * entry.value:.0f} % ({100 * entry.ci_low:.0f} to {100 * entry.ci_high:.0f} %)"


def queue_title(evaluation: Evaluation) -> str:
    """Return how many of the reviewed alerts are true, and of which ones that is known."""
    budget = evaluation.review_budget
    precision = evaluation.get("model", "precision_at_budget")
    if precision.value is None:
        return f"The queue of {counted(budget, 'alert')} a day cannot be judged"
    of_them = f"{in_percent(precision)} of the labelled are true"
    return f"Of {counted(budget, 'alert')} reviewed a day, {of_them}"


def size_words(evaluation: Evaluation, population: str = "test_all") -> str:
    """Return how many alerts, labels and addresses a figure rests on."""
    size = next(entry for entry in evaluation.populations if entry.split == population)
    return (
        f"{POPULATION_TITLES[population].capitalize()}: {counted(size.n_days, 'day')}, "
        f"{counted(size.n_alerts, 'alert')}, {size.n_labelled:,} labelled, "
        f"{size.n_positives:,} confirmed at {counted(size.n_positive_addresses, 'address')}."
    )
