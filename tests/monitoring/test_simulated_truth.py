"""Quiet days are called fine, and what breaks or moves is noticed within the day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from alertmill.evaluation.check_results import CheckState
from alertmill.monitoring.verdict import MonitoringReport, MonitoringVerdict, judge
from tests.monitoring.simulated import NUMBERS, Change, Stream

QUIET_WORLDS, QUIET_DAYS = 10, 20
"""Trainings, and quiet days that are watched against each."""


def alarms(n_worlds: int, n_days: int, *, alerts_per_address: int, seed: int) -> list[str]:
    """Return the verdict on each quiet day that was not called fine."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n_worlds):
        stream = Stream.draw(rng, alerts_per_address=alerts_per_address)
        for _ in range(n_days):
            report = judge(stream.watch(rng))
            if report.verdict is not MonitoringVerdict.FINE:
                found.append(report.sentence)
    return found


def judged(change: Change, *, seed: int, alerts_per_address: int = 1) -> MonitoringReport:
    rng = np.random.default_rng(seed)
    stream = Stream.draw(rng, alerts_per_address=alerts_per_address)
    return judge(stream.watch(rng, change=change))


def shifted(rows: pl.DataFrame) -> pl.DataFrame:
    """Move one feature by half a standard deviation."""
    return rows.with_columns(pl.col(NUMBERS[5]) + 0.5)


def emptied(rows: pl.DataFrame) -> pl.DataFrame:
    """Lose an upstream column."""
    return rows.with_columns(pl.lit(None, pl.Float64).alias(NUMBERS[4]))


def in_another_unit(rows: pl.DataFrame) -> pl.DataFrame:
    """Deliver an amount, which is never negative, in thousandths."""
    return rows.with_columns(pl.col(NUMBERS[4]).abs() * 1000)


def state_of(report: MonitoringReport, code: str) -> CheckState:
    (result,) = [result for result in report.results if result.code == code]
    return result.state


@pytest.mark.parametrize("alerts_per_address", [1, 10])
def test_quiet_days_are_fine(alerts_per_address: int) -> None:
    found = alarms(1, 6, alerts_per_address=alerts_per_address, seed=1)

    # One of 20 is expected at the most; 3 of 6 would happen once in 450.
    assert len(found) < 3, found


@pytest.mark.parametrize("alerts_per_address", [1, 10])
def test_a_shift_of_half_a_standard_deviation_is_noticed(alerts_per_address: int) -> None:
    report = judged(shifted, seed=2, alerts_per_address=alerts_per_address)

    assert MonitoringVerdict.WATCH is report.verdict
    assert "AM101" in report.codes
    assert NUMBERS[5] in [row[0] for row in report.of_code("AM101").evidence.rows]  # type: ignore[union-attr]  # asked


@pytest.mark.parametrize("change", [emptied, in_another_unit])
def test_a_broken_column_is_a_fault_of_the_data_and_no_reason_to_train(change: Change) -> None:
    report = judged(change, seed=3)

    assert MonitoringVerdict.WATCH is report.verdict
    assert "AM103" == report.codes[0]
    assert NUMBERS[4] in report.reasons[0]


def test_a_column_that_is_missing_for_some_is_noticed() -> None:
    def thinned(rows: pl.DataFrame) -> pl.DataFrame:
        is_lost = pl.int_range(pl.len()) % 4 == 0
        return rows.with_columns(pl.when(~is_lost).then(NUMBERS[4]).alias(NUMBERS[4]))

    report = judged(thinned, seed=4)

    assert CheckState.ISSUE is state_of(report, "AM104")


def test_a_day_with_a_fifth_of_the_alerts_is_noticed() -> None:
    report = judged(lambda rows: rows.gather_every(5), seed=5)

    assert CheckState.ISSUE is state_of(report, "AM107")


def test_a_world_that_moved_in_much_of_what_the_model_uses_asks_for_a_training() -> None:
    moved = [pl.col(name) + 0.8 for name in NUMBERS[3:15]]

    report = judged(lambda rows: rows.with_columns(moved), seed=6)

    assert MonitoringVerdict.RETRAIN is report.verdict
    assert CheckState.ISSUE is state_of(report, "AM101")
    assert CheckState.ISSUE is state_of(report, "AM106")


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("alerts_per_address", [1, 10])
def test_at_most_one_quiet_day_in_twenty_gets_a_false_verdict(
    alerts_per_address: int, record_property: Callable[[str, object], None]
) -> None:
    n_days = QUIET_WORLDS * QUIET_DAYS

    found = alarms(QUIET_WORLDS, QUIET_DAYS, alerts_per_address=alerts_per_address, seed=7)

    record_property(
        f"quiet days with a false verdict, {alerts_per_address} alerts an address and day",
        f"{len(found) / n_days:.1%} of {n_days}",
    )
    assert len(found) <= 0.05 * n_days, found


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("change", "code"), [(shifted, "AM101"), (emptied, "AM103"), (in_another_unit, "AM103")]
)
def test_what_happens_to_one_feature_is_noticed_on_nineteen_of_twenty_days(
    change: Change, code: str, record_property: Callable[[str, object], None]
) -> None:
    rng = np.random.default_rng(8)
    streams = [Stream.draw(rng) for _ in range(4)]

    n_noticed = sum(
        code in judge(stream.watch(rng, change=change)).codes
        for stream in streams
        for _ in range(10)
    )

    record_property(f"days on which it is noticed: {change.__name__}", f"{n_noticed} of 40")
    assert n_noticed >= 38
