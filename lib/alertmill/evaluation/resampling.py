"""Metrics of the alerts, and of the same alerts under resampled addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alertmill.evaluation.metrics import Metric
from alertmill.evaluation.samples import (
    Sample,
    Weights,
    address_draws,
    weight_chunks,
)


@dataclass(frozen=True)
class Resampled:
    """A metric and how it varies with the addresses that happen to be there."""

    value: float
    """On the alerts themselves; nan where undefined."""
    draws: np.ndarray
    """One value per resample, nan where undefined; draw i is the same in every member."""


def measure(
    pairs: Sequence[tuple[Sample, Metric]],
    *,
    n_bootstrap: int,
    seed: int,
    alert_weights: np.ndarray | None = None,
) -> list[Resampled]:
    """Measure pairs whose samples hold the same alerts, all on one set of address draws.

    Parameters
    ----------
    pairs : sequence of (Sample, Metric)
        The samples may differ in score, threshold and population, not in their alerts.
    n_bootstrap : int
        Resamples of addresses.
    seed : int
        Seed of the draws.
    alert_weights : ndarray of shape (n_alerts,), optional
        How much each alert counts, in the order of the samples; 1 unless given.
    """
    if not pairs:
        return []
    sample = pairs[0][0]
    draws = address_draws(sample.n_addresses, n_bootstrap, seed=seed)
    own = np.ones(len(sample.y)) if alert_weights is None else alert_weights
    values = _compute(pairs, Weights(own[None, :]))[:, 0]
    drawn = weight_chunks(sample, draws)
    if alert_weights is not None:
        drawn = (Weights(weights.matrix * own) for weights in drawn)
    chunks = [_compute(pairs, weights) for weights in drawn]
    resampled = np.concatenate(chunks, axis=1)
    return [Resampled(float(value), row) for value, row in zip(values, resampled, strict=True)]


def _compute(pairs: Sequence[tuple[Sample, Metric]], weights: Weights) -> np.ndarray:
    """Values of shape (n_pairs, n_weightings)."""
    return np.stack([metric.compute(sample, weights) for sample, metric in pairs])
