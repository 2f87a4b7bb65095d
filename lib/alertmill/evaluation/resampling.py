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
    chunks_of,
    weights_under,
)
from alertmill.threads import on_all_cores


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

    def measure_under(some: np.ndarray) -> np.ndarray:
        weights = weights_under(sample, some)
        if alert_weights is not None:
            weights = Weights(weights.matrix * own)
        return _compute(pairs, weights)

    resampled = np.concatenate(on_all_cores(measure_under, chunks_of(sample, draws)), axis=1)
    return [Resampled(float(value), row) for value, row in zip(values, resampled, strict=True)]


def _compute(pairs: Sequence[tuple[Sample, Metric]], weights: Weights) -> np.ndarray:
    """Values of shape (n_pairs, n_weightings)."""
    return np.stack([metric.compute(sample, weights) for sample, metric in pairs])
