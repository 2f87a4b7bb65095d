"""What a team opens in the days of a test, and what of it is known to be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.evaluation.samples import Sample, Weights
from alertmill.evaluation.scores import by_population, check_budget
from alertmill.wording import counted


@dataclass(frozen=True)
class ReviewedQueue:
    """The alerts that the review budget opens over all days of a population.

    Alerts of one score share their places in a day's queue, so labelled and true ones are expected
    numbers.
    """

    n_days: int
    n_opened: int
    n_labelled: float
    n_true: float

    @property
    def least_share(self) -> float:
        """True share of the opened alerts if every one without a label were a false alarm."""
        return self.n_true / self.n_opened

    @property
    def most_share(self) -> float:
        """True share of the opened alerts if every one without a label were true."""
        return (self.n_true + self.n_opened - self.n_labelled) / self.n_opened


@dataclass(frozen=True)
class Workload:
    """How many alerts a day the threshold flags, labelled or not."""

    mean: float
    least: int
    most: int
    n_days: int


def reviewed_queue(
    predictions: pl.DataFrame, *, review_budget: int, population: str = "test_all"
) -> ReviewedQueue | None:
    """Count what the budget opens; None without an alert.

    Parameters
    ----------
    predictions : DataFrame
        Keys, split, is_new_address, y (null: unlabelled) and score.
    review_budget : int
        Alerts opened a day.
    population : str
        Whose alerts are opened.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    ConfigurationError
        If the review budget is no whole number from 1.
    """
    alerts = by_population(predictions, population)
    if alerts.is_empty():
        return None
    sample = Sample.of(alerts, "score", budget=check_budget(review_budget), threshold=0.0)
    opened = Weights(np.ones((1, len(sample.y)))).queue_of(sample)[0]
    return ReviewedQueue(
        n_days=sample.n_days,
        n_opened=round(float(opened.sum())),
        n_labelled=float(opened[~np.isnan(sample.y)].sum()),
        n_true=float(opened[sample.y == 1].sum()),
    )


def queue_sentence(queue: ReviewedQueue | None) -> str:
    """Return how many of the opened alerts are true, of the labelled and of all opened ones."""
    if queue is None:
        return "No alert could be opened: the test has none."
    n_labelled, n_true = round(queue.n_labelled), round(queue.n_true)
    opened = f"{counted(queue.n_opened, 'alert')} opened in {counted(queue.n_days, 'test day')}"
    if not n_labelled:
        return f"None of the {opened} carries a label, so nothing is known of the queue."
    share = 100 * queue.n_true / queue.n_labelled
    if n_labelled == queue.n_opened:
        return f"Of the {opened}, {n_true:,} are true ({share:.0f} %)."
    return (
        f"Of the {opened}, {n_labelled:,} carry a label and {n_true:,} of these are true: "
        f"{share:.0f} % of the labelled, and between {100 * queue.least_share:.0f} and "
        f"{100 * queue.most_share:.0f} % of all that were opened."
    )


def workload(predictions: pl.DataFrame, *, threshold: float) -> Workload | None:
    """Count the flagged alerts of every test day; None without an alert.

    Parameters
    ----------
    predictions : DataFrame
        Keys, split and score.
    threshold : float
        Alerts at or above it are flagged.
    """
    alerts = by_population(predictions, "test_all")
    if alerts.is_empty():
        return None
    a_day = alerts.group_by("processing_date").agg(n=(pl.col("score") >= threshold).sum())["n"]
    return Workload(
        mean=float(np.mean(a_day.to_numpy())),
        least=int(np.min(a_day.to_numpy())),
        most=int(np.max(a_day.to_numpy())),
        n_days=len(a_day),
    )


def workload_sentence(load: Workload | None, *, threshold: float, review_budget: int) -> str:
    """Return how many alerts a day the threshold flags, beside what the team can open."""
    if load is None:
        return "How many alerts the threshold flags is not known: the test has none."
    days = f"({load.least} to {load.most})" if load.n_days > 1 else ""
    text = (
        f"The threshold {threshold:.3f} flags {load.mean:.0f} alerts a test day {days}".rstrip()
        + f", where the budget is {review_budget:,}"
    )
    if load.mean > _FAR * review_budget or load.mean * _FAR < review_budget:
        return (
            f"{text}: it was chosen on validation days, and the test days differ from them; "
            "work the queue by rank, not by the threshold."
        )
    return f"{text}."


_FAR = 1.5
"""Ratio of flagged and budgeted alerts from which the threshold no longer serves the budget."""
