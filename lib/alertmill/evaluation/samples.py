"""Alerts of one model and one range of days as arrays, ready to be resampled by address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from alertmill.training.data.rows import KEYS

_CHUNK_VALUES = 500_000
"""Weights held at once: few enough to stay in the processor's cache."""


@dataclass(frozen=True)
class Sample:
    """Row i of every array is the same alert; rows are sorted by day, address and alert.

    The queue of a day holds every alert of the day that is ``in_queue``, labelled or not. What is
    measured is the labelled alerts inside the population.
    """

    y: np.ndarray
    """1.0 confirmed, 0.0 not, nan unlabelled."""
    score: np.ndarray
    day: np.ndarray
    """Code of the processing date, rising."""
    address: np.ndarray
    """Code of the address, below ``n_addresses``."""
    n_addresses: int
    inside: np.ndarray
    """True if the alert belongs to the population or segment that is measured."""
    budget: int
    """Alerts reviewed a day."""
    threshold: float
    """Alerts at or above it count as flagged."""
    in_queue: np.ndarray
    """True if the alert takes a place in its day's queue."""

    @classmethod
    def of(cls, predictions: pl.DataFrame, column: str, *, budget: int, threshold: float) -> Self:
        """Take one column of scores; every alert is inside."""
        frame = predictions.sort(KEYS)
        address = frame["address"].rank("dense").to_numpy().astype(np.int64) - 1
        return cls(
            y=frame["y"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
            score=frame[column].cast(pl.Float64).to_numpy(),
            day=frame["processing_date"].rank("dense").to_numpy().astype(np.int64) - 1,
            address=address,
            n_addresses=int(address.max()) + 1 if len(address) else 0,
            inside=np.ones(frame.height, dtype=bool),
            budget=budget,
            threshold=threshold,
            in_queue=np.ones(frame.height, dtype=bool),
        )

    def within(self, inside: np.ndarray) -> Self:
        """Keep the queue, and measure another population."""
        return replace(self, inside=inside)

    def queueing(self, in_queue: np.ndarray) -> Self:
        """Leave the other alerts out of the queues, and of what is measured."""
        return replace(self, in_queue=in_queue, inside=self.inside & in_queue)

    def scored(self, score: np.ndarray, *, threshold: float | None = None) -> Self:
        """Keep the alerts, and score them otherwise."""
        chosen = self.threshold if threshold is None else threshold
        return replace(self, score=score, threshold=chosen)

    @cached_property
    def labelled(self) -> np.ndarray:
        """Positions of the labelled alerts inside."""
        return np.flatnonzero(self.inside & ~np.isnan(self.y))

    @property
    def n_days(self) -> int:
        """Days that hold an alert."""
        return int(self.day.max()) + 1 if len(self.day) else 0

    @property
    def n_positives(self) -> int:
        """Confirmed alerts inside."""
        return int(self.y[self.labelled].sum())

    @property
    def n_negatives(self) -> int:
        """Labelled alerts inside that were not confirmed."""
        return len(self.labelled) - self.n_positives

    def count_addresses(self, *, y: float | None = None) -> int:
        """Distinct addresses of the labelled alerts inside, or of one class of them."""
        rows = self.labelled
        if y is not None:
            rows = rows[self.y[rows] == y]
        return len(np.unique(self.address[rows]))


def address_draws(n_addresses: int, n_draws: int, *, seed: int) -> np.ndarray:
    """How often each address is drawn in each resample, shape (n_draws, n_addresses).

    A resample draws ``n_addresses`` addresses with replacement; an address brings all its alerts.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(n_addresses, size=(n_draws, n_addresses), dtype=np.int64)
    drawn += np.arange(n_draws, dtype=np.int64)[:, None] * n_addresses
    counts = np.bincount(drawn.ravel(), minlength=n_draws * n_addresses)
    return counts.reshape(n_draws, n_addresses)


class Weights:
    """Weights of the alerts of a sample, one row per weighting.

    Parameters
    ----------
    matrix : ndarray of shape (n_weightings, n_alerts)
        How often each alert counts.
    """

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = matrix
        self._queues: list[tuple[Sample, np.ndarray]] = []
        self._tied: tuple[Sample, tuple[np.ndarray, np.ndarray]] | None = None

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Weights of the alerts at these positions (or of a mask), in that order."""
        return self.matrix[:, rows]

    def queue_of(self, sample: Sample) -> np.ndarray:
        """How much of each alert's weight the daily review queue takes, same shape as the matrix.

        A queue takes those of the day's alerts that are in it, from the highest score down until
        the budget is used up. Alerts of one score share the places that are left. Every segment of
        a model asks for the same queue, so it is kept.
        """
        for known, queue in self._queues:
            if (
                known.score is sample.score
                and known.budget == sample.budget
                and known.in_queue is sample.in_queue
            ):
                return queue
        queue = self._fill_queue(sample)
        self._queues.append((sample, queue))
        return queue

    def tie_groups_of(self, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        """Weight of positives and of negatives per distinct score, from the highest score down.

        Several metrics of a sample ask for the same one after the other, so the last is kept.
        """
        if self._tied is None or self._tied[0] is not sample:
            self._tied = (sample, self._group_ties(sample))
        return self._tied[1]

    def _group_ties(self, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        rows = sample.labelled
        if not len(rows):
            empty = np.zeros((len(self.matrix), 1))
            return empty, empty
        order = rows[np.argsort(-sample.score[rows], kind="stable")]
        score, y = sample.score[order], sample.y[order]
        starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
        ordered = self.of(order)
        positives = np.add.reduceat(ordered * y, starts, axis=1)
        return positives, np.add.reduceat(ordered, starts, axis=1) - positives

    def _fill_queue(self, sample: Sample) -> np.ndarray:
        order = np.lexsort((-sample.score, sample.day))
        ordered = self.matrix[:, order] * sample.in_queue[order]
        day, score = sample.day[order], sample.score[order]
        starts = starts_of_ties(day, score)
        tied = np.add.reduceat(ordered, starts, axis=1) if len(starts) else ordered
        before = np.cumsum(tied, axis=1) - tied
        first_of_day = np.searchsorted(day[starts], day[starts], side="left")
        waiting = before - before[:, first_of_day]
        of_tie = np.clip(sample.budget - waiting, 0.0, tied)
        lengths = np.diff(np.r_[starts, len(order)])
        taken = np.empty_like(self.matrix)
        taken[:, order] = share_of_tie(ordered, tied, lengths) * np.repeat(of_tie, lengths, axis=1)
        return taken


def starts_of_ties(*columns: np.ndarray) -> np.ndarray:
    """Return where a run of rows begins that are equal in all columns; the rows are sorted."""
    if not len(columns[0]):
        return np.zeros(0, dtype=np.int64)
    changes = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(np.r_[True, changes])


def share_of_tie(weights: np.ndarray, tied: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Share of each row in the weight of its tie; exactly 1 where it is alone.

    Parameters
    ----------
    weights : ndarray of shape (n_weightings, n_rows)
        The rows of a tie lie one after the other.
    tied : ndarray of shape (n_weightings, n_ties)
        Sums of the weights.
    lengths : ndarray of shape (n_ties,)
        Rows of each tie.
    """
    total = np.repeat(tied, lengths, axis=1)
    out = np.zeros_like(weights)
    return np.asarray(np.divide(weights, total, out=out, where=total > 0))


def equal_weights(sample: Sample) -> Weights:
    """Every alert once: gives the metrics of the alerts themselves."""
    return Weights(np.ones((1, len(sample.y))))


def weight_chunks(sample: Sample, draws: np.ndarray) -> Iterator[Weights]:
    """Weights of the alerts under the draws, some resamples at a time."""
    for some in chunks_of(sample, draws):
        yield weights_under(sample, some)


def chunks_of(sample: Sample, draws: np.ndarray) -> list[np.ndarray]:
    """Cut draws so that the weights of the alerts under each part stay small."""
    size = max(1, _CHUNK_VALUES // max(1, len(sample.address)))
    return [draws[start : start + size] for start in range(0, len(draws), size)]


def weights_under(sample: Sample, draws: np.ndarray) -> Weights:
    """Weights of the alerts under some draws of addresses."""
    return Weights(draws.astype(np.float64)[:, sample.address])


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of the values under each weighting; nan where all weights are 0."""
    return ratio(weights @ values, weights.sum(axis=1))


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with nan where there is nothing to divide by."""
    undefined = np.full(np.shape(numerator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=undefined, where=denominator > 0))
