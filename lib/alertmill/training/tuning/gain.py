"""Whether a search has proven that its best trial is better than the defaults.

The best of many trials is the luckiest as well, so what it gained in the search proves nothing. It
is measured again with other seeds, and what it gains there must be above the standard error; why so
is in docs/decisions/0025-defaults-unless-proven.md.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import Field

from alertmill.frozen_model import FrozenModel


class Gain(FrozenModel):
    """What the best trial of a search has above the defaults, on the same folds and seeds."""

    mean: float = Field(description="Of the differences over the folds, in the search's metric.")
    standard_error: float | None = Field(
        description="Of the mean, corrected for rows that folds share; None with one difference."
    )
    n_folds: int
    n_seeds: int = Field(description="Other seeds; 0: only the one by which the trial was chosen.")

    @classmethod
    def of(cls, differences: np.ndarray, *, test_share: float, n_seeds: int) -> Self:
        """Summarise differences.

        Parameters
        ----------
        differences : ndarray of shape (n, n_folds)
            Best trial minus defaults, a row per seed.
        test_share : float
            Alerts measured on, over alerts trained on, in an average fold.
        n_seeds : int
            Other seeds than that of the search; 0: the only row is the search's.
        """
        return cls(
            mean=float(np.mean(differences)),
            standard_error=corrected_standard_error(differences.ravel(), test_share=test_share),
            n_folds=differences.shape[1],
            n_seeds=n_seeds,
        )

    @property
    def is_proven(self) -> bool:
        """Whether the gain is above one standard error; never without one."""
        return self.standard_error is not None and self.mean > self.standard_error


def corrected_standard_error(differences: np.ndarray, *, test_share: float) -> float | None:
    """Return the standard error of a mean of differences whose fits share training rows.

    The variance of the differences, times 1 / n + test_share (Nadeau and Bengio 2003; over seeds,
    Bouckaert and Frank 2004). None with fewer than two.

    Examples
    --------
    >>> corrected_standard_error(np.array([0.0, 2.0]), test_share=0.5)
    1.4142135623730951
    """
    n = len(differences)
    if n <= 1:
        return None
    return float(np.sqrt((1 / n + test_share) * np.var(differences, ddof=1)))
