"""AM006: whether probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, passed, tip
from alertmill.evaluation.reports import MetricValue

if TYPE_CHECKING:
    from alertmill.runs import Run

_SLOPES = (0.9, 1.1)
"""What recalibration reaches where the distortion is known (claim V10 of docs/validity.md)."""


class Calibration(Check):
    """Whoever sizes a team by the scores needs their level to be right."""

    code = "AM006"
    title = "calibration off"
    looks_at = (
        "mean probability less the share of true alerts, within promotion.calibration_bias, and "
        "the calibration slope, a tip outside 0.9 to 1.1"
    )
    advice = (
        "Calibrate on later days or on more of them; see whether the share of true alerts moved."
    )
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Compare the intervals of bias and slope with the allowed ranges."""
        bias = run.evaluation.get("model", "calibration_bias")
        names = [m for m in run.evaluation.table()["metric"].unique().sort() if _is_of_it(m)]
        evidence = run.evaluation.table(
            models=("model",), metrics=tuple(names), splits=("validation", "test_all", "test_new")
        ).select("split", "metric", "value", "ci_low", "ci_high", "note")
        allowed = run.parameters.promotion.calibration_bias
        told = f"mean probability less share {bias.text}; allowed {allowed:g}"
        if bias.ci_low is None or bias.ci_high is None:
            return issue(told, evidence)
        if not (bias.ci_low <= allowed and bias.ci_high >= -allowed):
            return issue(told, evidence)
        if bias.value is not None and abs(bias.value) > allowed:
            return tip(f"{told}: more likely off than not", evidence)
        slope = run.evaluation.get("model", "calibration_slope")
        if meaning := _meaning(slope):
            return tip(f"{told}; slope {slope.text}: {meaning}", evidence)
        return passed(told, evidence)


def _meaning(slope: MetricValue) -> str:
    """Return in words what a slope means that is certainly off; nothing if it may be right."""
    least, most = _SLOPES
    if slope.ci_high is not None and slope.ci_high < least:
        return "too sure, both of true alerts and of false ones"
    if slope.ci_low is not None and slope.ci_low > most:
        return "not sure enough, neither of true alerts nor of false ones"
    return ""


def _is_of_it(metric: str) -> bool:
    return "calibration" in metric or metric in ("brier_score", "log_loss")
