"""The two rank measures that training reports; `alertmill.evaluation` has all with intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Measures(NamedTuple):
    """How well scores rank true alerts before false ones."""

    roc_auc: float
    average_precision: float


def measure(y: np.ndarray, y_score: np.ndarray) -> Measures:
    """Measure scores against labels of both classes."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return Measures(
        roc_auc=float(roc_auc_score(y, y_score)),
        average_precision=float(average_precision_score(y, y_score)),
    )
