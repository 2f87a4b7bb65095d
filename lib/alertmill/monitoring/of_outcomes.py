"""AM108 to AM111: whether the model keeps what its training promised, by outcomes since."""

from __future__ import annotations

import polars as pl

from alertmill.checks.check import Verdict, issue, not_applicable, passed, tip
from alertmill.monitoring.question import MonitoringQuestion
from alertmill.monitoring.realised import Realised, realise
from alertmill.monitoring.watched import Watched
from alertmill.wording import counted, percent

ARRIVAL_DAYS = 14
"""After its first alert, at which the share of labelled addresses is compared."""
LEAST_ARRIVED = 20
"""Addresses on either side with which the comparison begins."""
_BELOW = "the realised interval lies wholly below the promised one"


class RankingKept(MonitoringQuestion):
    """True alerts should still score above the others."""

    code = "AM108"
    title = "ranks worse than promised"
    looks_at = f"ROC AUC of the outcomes since the training against that of its test; {_BELOW}"
    advice = "Train again on days that hold these outcomes."

    def ask(self, watched: Watched) -> Verdict:
        """Compare the ROC AUC since with that of the test."""
        return _below_promise(watched, "roc_auc", "roc_auc")


class CalibrationKept(MonitoringQuestion):
    """A probability of 0.3 should come true in 3 of 10."""

    code = "AM109"
    title = "probabilities off"
    looks_at = (
        "mean probability less the share of true alerts of the outcomes since the training; its "
        "95 % interval wholly outside of what the training allows (promotion.calibration_bias)"
    )
    advice = "Train again: the calibrator is made of days on which another share was true."

    def ask(self, watched: Watched) -> Verdict:
        """See whether the bias lies beyond what the training allows."""
        found = realise(watched, "calibration_bias")
        if found.value is None or found.low is None or found.high is None:
            return not_applicable(found.note)
        tolerance = watched.model.bias_tolerance
        told = f"{found.text} on {_basis(found)}, where ±{tolerance:g} is allowed"
        is_off = found.low > tolerance or found.high < -tolerance
        return issue(told) if is_off else passed(told)


class QueueKept(MonitoringQuestion):
    """What the reviewers find in the queue, beside what the training report said they would."""

    code = "AM110"
    title = "queue less precise than promised"
    looks_at = (
        "share of confirmed alerts among the decided ones of the review queue, against the "
        f"precision at the budget of the test; {_BELOW}"
    )
    advice = "Train again with the decisions as labels, or lengthen the time that reviews have."

    def ask(self, watched: Watched) -> Verdict:
        """Compare the precision of the decided queue with that of the test."""
        return _below_promise(watched, "precision_of_queue", "precision_at_budget")


class LabelsArrive(MonitoringQuestion):
    """Labels that stay away make every number above late."""

    code = "AM111"
    title = "labels come more slowly"
    looks_at = (
        f"share of addresses with a label {ARRIVAL_DAYS} days after their first alert, since the "
        "training and in it (Kaplan and Meier); the 95 % interval wholly below"
    )
    advice = "Ask the source of the labels; numbers that rest on labels speak of less until then."

    def ask(self, watched: Watched) -> Verdict:
        """Compare both curves at the same age."""
        before, now = watched.trained_arrival, watched.now_arrival
        for arrival, when in ((before, "in the training"), (now, "since the training")):
            if arrival.n_addresses < LEAST_ARRIVED:
                n = counted(arrival.n_addresses, "address")
                return not_applicable(f"{n} {when} can say, and it takes {LEAST_ARRIVED}")
        then, today = (_at(arrival.curve) for arrival in (before, now))
        if then is None or today is None:
            return not_applicable(f"no alert is {ARRIVAL_DAYS} days old")
        told = (
            f"{percent(today['known_share'], 0)} of the addresses had a label after "
            f"{ARRIVAL_DAYS} days, where it was {percent(then['known_share'], 0)} in the training"
        )
        return tip(told) if today["high"] < then["low"] else passed(told)


def _at(curve: pl.DataFrame) -> dict[str, float] | None:
    found = curve.filter(pl.col("days") == ARRIVAL_DAYS)
    return found.row(0, named=True) if found.height else None


def _below_promise(watched: Watched, name: str, promised: str) -> Verdict:
    found, promise = realise(watched, name), watched.model.promise(promised)
    if found.value is None or found.high is None:
        return not_applicable(found.note)
    if promise is None or promise.ci_low is None:
        return not_applicable("the training promised no interval")
    told = f"{found.text} on {_basis(found)}, where {promise.text} was promised"
    return issue(told) if found.high < promise.ci_low else passed(told)


def _basis(found: Realised) -> str:
    alerts, addresses = counted(found.n_alerts, "alert"), counted(found.n_addresses, "address")
    return f"{alerts} of {addresses}"
