"""AM014: whether the model was chosen in the world in which it is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed, tip
from alertmill.evaluation.drift import DRIFT_LEVEL, feature_drift
from alertmill.wording import percent

if TYPE_CHECKING:
    from alertmill.runs import Run

LARGEST_SHARE = 0.25
"""Of what all features together contribute to the trees."""


class ValidationToTestDrift(Check):
    """Threshold and calibration come from validation: what moved since moves them too."""

    code = "AM014"
    title = "validation and test drifted apart"
    looks_at = (
        "every feature on validation and on test, one alert an address, Holm over all features"
    )
    advice = (
        "See in the table of this check which features moved; calibrate and choose the threshold "
        "on later days."
    )

    def look(self, run: Run) -> Verdict:
        """Weigh the features that moved by what they contribute to the trees."""
        drift = feature_drift(
            run.features,
            run.targets["split"],
            run.catalogue,
            earlier="validation",
            later="test",
            seed=run.parameters.seed,
        )
        gain = run.model.gain_importance()
        total = max(float(gain["importance"].sum()), 1e-12)
        weighed = drift.join(gain, on="feature", how="left").with_columns(
            gain_share=pl.col("importance").fill_null(0.0) / total
        )
        moved = weighed.filter(pl.col("p_adjusted") < DRIFT_LEVEL).select(
            "feature", "group", "p_adjusted", "stability_index", "gain_share"
        )
        share = float(moved["gain_share"].sum())
        told = (
            f"{moved.height} of {drift.height} features moved, with {percent(share, 0)} of all gain"
        )
        if share > LARGEST_SHARE:
            return issue(told, moved)
        return passed(told) if moved.is_empty() else tip(told, moved)
