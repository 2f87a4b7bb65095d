"""AM013: whether another seed would have told another story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alertmill.checks.check import Check, Verdict, issue, passed, tip
from alertmill.wording import percent

if TYPE_CHECKING:
    from alertmill.runs import Run

LARGE_SPREAD = 0.05
LEAST_SHARED, MOST_SHARED = 0.6, 0.8
"""Of the alerts that are reviewed: what a model of another seed would have chosen as well."""


class SteadyAcrossSeeds(Check):
    """A fit has chance in it: bagging of rows and features."""

    code = "AM013"
    title = "unstable across seeds"
    looks_at = (
        "the same fit with other seeds: average precision on validation, and the alerts reviewed"
    )
    advice = (
        "The model that ships averages seeds. Average more, use a smaller learning rate, or "
        "collect more labels."
    )

    def look(self, run: Run) -> Verdict:
        """Compare the refits with each other and with the model."""
        refits = run.seed_refits
        spread = float(np.ptp(refits["average_precision"].to_numpy()))
        shared = float(refits["shared_share"].to_numpy()[1:].mean())
        told = (
            f"over {refits.height} seeds average precision on validation differs by {spread:.3f}; "
            f"{percent(shared, 0)} of the alerts reviewed are the same"
        )
        if shared < LEAST_SHARED:
            return issue(told, refits)
        is_unsteady = spread > LARGE_SPREAD or shared < MOST_SHARED
        return tip(told, refits) if is_unsteady else passed(told, refits)
