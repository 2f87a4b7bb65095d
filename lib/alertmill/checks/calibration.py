"""AM006: whether probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, passed

if TYPE_CHECKING:
    from alertmill.runs import Run


class Calibration(Check):
    """Whoever sizes a team by the scores needs their level to be right."""

    code = "AM006"
    title = "calibration off"
    looks_at = "mean probability less the share of true alerts, within promotion.calibration_bias"
    advice = (
        "Calibrate on later days or on more of them; see whether the share of true alerts moved."
    )
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Ask whether the interval of the bias meets the range that is allowed."""
        bias = run.evaluation.get("model", "calibration_bias")
        names = [m for m in run.evaluation.table()["metric"].unique().sort() if _is_of_it(m)]
        evidence = run.evaluation.table(
            models=("model",), metrics=tuple(names), splits=("validation", "test_all", "test_new")
        ).select("split", "metric", "value", "ci_low", "ci_high", "note")
        allowed = run.parameters.promotion.calibration_bias
        told = f"mean probability less share {bias.text}; allowed {allowed:g}"
        if bias.ci_low is None or bias.ci_high is None:
            return issue(told, evidence)
        may_be_right = bias.ci_low <= allowed and bias.ci_high >= -allowed
        return passed(told, evidence) if may_be_right else issue(told, evidence)


def _is_of_it(metric: str) -> bool:
    return "calibration" in metric or metric in ("brier_score", "log_loss")
