"""What came true is compared with what was promised, and equal worlds keep their promises."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.intervals import Interval
from alertmill.evaluation.promises import (
    PROMISED_METRICS,
    Promise,
    PromiseReport,
    PromiseVerdict,
    judge,
    outcomes_of,
    promises_of,
    unknown,
)
from alertmill.tables.promises import promise_sentence, promise_table
from tests.evaluation.factories import make_predictions

N_WORLDS, BUDGET, DAY = 200, 40, date(2024, 3, 1)


def days(seed: int, *, separation: float = 1.5, n_days: int = 5) -> pl.DataFrame:
    """Alerts of so many days; an address keeps its truth and nearly its score."""
    rng = np.random.default_rng(seed)
    is_true = rng.random(300) < 0.3
    own = rng.normal(separation * is_true, 1.0)
    day, address = np.nonzero(rng.random((n_days, 300)) < 0.6)
    return pl.DataFrame(
        {
            "processing_date": [DAY + timedelta(days=int(d)) for d in day],
            "address": [f"a{a:04}" for a in address],
            "alert_id": [f"{d}-{a:04}" for d, a in zip(day, address, strict=True)],
            "y": pl.Series(is_true[address], dtype=pl.Int8),
            "score": 1 / (1 + np.exp(-own[address] - rng.normal(0, 0.3, len(day)))),
        }
    )


def promise(metric: str = PROMISED_METRICS[0], **values: object) -> Promise:
    given = {
        "run_id": "20240301T060000Z-00000000",
        "model_id": "m",
        "made_on": date(2024, 2, 29),
        "review_budget": BUDGET,
        "metric": metric,
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
    }
    return Promise.model_validate(given | values)


def promised_by(alerts: pl.DataFrame) -> list[Promise]:
    """What a report that measured these days promises."""
    plain = [promise(metric) for metric in PROMISED_METRICS]
    return [
        promise(one.promise.metric, value=one.value, low=one.low, high=one.high)
        for one in outcomes_of(plain, alerts, n_bootstrap=100, seed=1)
    ]


def verdicts(seed: int, **later: float) -> list[PromiseVerdict]:
    promises = promised_by(days(seed))
    found = outcomes_of(promises, days(seed + 10_000, **later), n_bootstrap=100, seed=2)
    return [one.verdict for one in found]


def test_promises_of_a_world_that_stays_are_kept() -> None:
    found = [verdict for seed in range(N_WORLDS) for verdict in verdicts(seed)]

    assert 0.90 <= np.mean([verdict is PromiseVerdict.INSIDE for verdict in found]) <= 0.99


def test_promises_of_a_world_that_changes_are_broken() -> None:
    found = [verdict for seed in range(40) for verdict in verdicts(seed, separation=0.2)]

    assert np.mean([verdict is PromiseVerdict.BELOW for verdict in found]) > 0.8


@pytest.mark.parametrize(
    ("value", "interval", "verdict"),
    [
        (0.5, Interval(0.4, 0.6), PromiseVerdict.INSIDE),
        (0.62, Interval(0.5, 0.72), PromiseVerdict.INSIDE),
        (0.3, Interval(0.25, 0.35), PromiseVerdict.BELOW),
        (0.8, Interval(0.75, 0.85), PromiseVerdict.ABOVE),
        (1.0, Interval(None, None, "at the end of the scale"), PromiseVerdict.UNKNOWN),
    ],
)
def test_a_share_is_inside_as_far_as_both_are_known(
    value: float, interval: Interval, verdict: PromiseVerdict
) -> None:
    assert verdict is judge(promise(), value, interval)


def test_a_report_promises_what_it_could_measure() -> None:
    evaluation = evaluate(make_predictions(), review_budget=5, n_bootstrap=50, seed=1)

    found = promises_of(evaluation, run_id="r", model_id="m", made_on=DAY)

    assert PROMISED_METRICS == tuple(one.metric for one in found)
    for one in found:
        entry = evaluation.get("model", one.metric)
        assert (entry.value, entry.ci_low, entry.ci_high) == (one.value, one.low, one.high)
        assert 5 == one.review_budget


def test_few_confirmed_alerts_and_no_days_are_said_to_be_too_little() -> None:
    alerts = days(1)
    few = alerts.with_columns(y=pl.when(pl.col("address") < "a0020").then("y"))

    (none,) = outcomes_of([promise()], alerts.clear(), n_bootstrap=50, seed=1)
    (little,) = outcomes_of([promise()], few, n_bootstrap=50, seed=1)

    assert "no later day has mature labels yet" == none.text
    assert "and it takes 20 of 10" in little.text
    assert {PromiseVerdict.UNKNOWN} == {none.verdict, little.verdict}


def report(*values: float | None) -> PromiseReport:
    outcomes = []
    for value in values:
        (one,) = unknown([promise()], "too early")
        if value is not None:
            interval = Interval(value - 0.05, value + 0.05)
            known = {"value": value, "low": interval.low, "high": interval.high, "note": ""}
            one = one.model_copy(update={**known, "verdict": judge(promise(), value, interval)})
        outcomes.append(one)
    return PromiseReport(outcomes=tuple(outcomes))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((), "No earlier run of this kind is there whose promises could be compared."),
        (
            (None,),
            "Whether 1 promise of earlier runs came true is not known yet: the table says why.",
        ),
        ((0.5,), "1 of 1 promise of earlier runs came true within the intervals."),
        (
            (0.5, 0.2, 0.9, None),
            (
                "1 of 3 promises of earlier runs came true within the intervals; 1 came out lower; "
                "1 came out higher; 1 is not known yet."
            ),
        ),
    ],
)
def test_the_sentence_counts_what_came_true(
    values: tuple[float | None, ...], sentence: str
) -> None:
    assert sentence == promise_sentence(report(*values))


def test_every_promise_is_a_row() -> None:
    table = promise_table(report(0.5, None))

    assert ["inside", "not known yet"] == table["verdict"].to_list()
    assert ["0.500 (0.450 to 0.550)", "too early"] == table["came true"].to_list()
    assert promise_table(PromiseReport()).is_empty()
