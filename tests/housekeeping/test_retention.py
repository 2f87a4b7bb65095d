"""The rule of age and number, for any runs and any limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertmill.housekeeping.inventory import StoredRun
from alertmill.housekeeping.retention import Fate, decide_retention, limits_of
from alertmill.parameters import HousekeepingParameters
from alertmill.removals import RunState
from tests.housekeeping.stored_runs import NOW, paper_run

STORED = st.lists(
    st.builds(
        lambda days_old, state, network, model_type: (days_old, state, network, model_type),
        st.integers(0, 40),
        st.sampled_from([RunState.FINISHED, RunState.FAILED, RunState.UNFINISHED]),
        st.sampled_from(["ethereum", "bitcoin"]),
        st.sampled_from(["alert_scorer", "alert_ranker"]),
    ),
    max_size=25,
).map(
    lambda drawn: [
        paper_run(n, days_old=days, state=state, network=network, model_type=model_type)
        for n, (days, state, network, model_type) in enumerate(drawn)
    ]
)
LIMITS = st.builds(
    HousekeepingParameters,
    keep_days=st.integers(1, 40),
    keep_runs=st.integers(1, 6),
    keep_unfinished_days=st.integers(1, 40),
    keep_unfinished_runs=st.integers(0, 6),
)


def fates_of(
    runs: list[StoredRun],
    parameters: HousekeepingParameters,
    protections: dict[Path, str] | None = None,
) -> list[Fate]:
    return decide_retention(runs, parameters, protections=protections or {}, now=NOW)


def removed(fates: list[Fate]) -> set[Path]:
    return {fate.run.path for fate in fates if fate.is_removed}


@given(runs=STORED, parameters=LIMITS, data=st.data())
def test_a_protected_run_is_never_removed(
    runs: list[StoredRun], parameters: HousekeepingParameters, data: st.DataObject
) -> None:
    chosen = data.draw(st.sets(st.sampled_from([r.path for r in runs]))) if runs else set()

    fates = fates_of(runs, parameters, dict.fromkeys(chosen, "the champion"))

    assert removed(fates) & chosen == set()
    assert {fate.reason for fate in fates if fate.run.path in chosen} <= {"the champion"}


@given(runs=STORED, parameters=LIMITS)
def test_exactly_the_runs_beyond_both_limits_are_removed(
    runs: list[StoredRun], parameters: HousekeepingParameters
) -> None:
    expected = set()
    for run in runs:
        limits = limits_of(run, parameters)
        newer = [
            other
            for other in runs
            if (other.network, other.model_type, other.is_finished)
            == (run.network, run.model_type, run.is_finished)
            and other.run_id > run.run_id
        ]
        is_old = NOW - run.started_at > timedelta(days=limits.n_days)
        if is_old and len(newer) >= limits.n_runs:
            expected.add(run.path)

    assert expected == removed(fates_of(runs, parameters))


@given(runs=STORED, parameters=LIMITS, more=LIMITS)
def test_higher_limits_remove_no_further_run(
    runs: list[StoredRun], parameters: HousekeepingParameters, more: HousekeepingParameters
) -> None:
    names = ("keep_days", "keep_runs", "keep_unfinished_days", "keep_unfinished_runs")
    higher = parameters.model_copy(
        update={n: max(getattr(parameters, n), getattr(more, n)) for n in names}
    )

    assert removed(fates_of(runs, higher)) <= removed(fates_of(runs, parameters))


@given(runs=STORED, parameters=LIMITS)
def test_every_run_has_one_fate_with_a_reason_and_the_newest_finished_one_stays(
    runs: list[StoredRun], parameters: HousekeepingParameters
) -> None:
    fates = fates_of(runs, parameters)

    assert [run.path for run in runs] == [fate.run.path for fate in fates]
    assert all(fate.reason for fate in fates)
    finished = [run for run in runs if run.is_finished]
    if finished:
        assert max(finished, key=lambda r: r.run_id).path not in removed(fates)


@pytest.mark.parametrize(
    ("parameters", "reasons"),
    [
        (
            HousekeepingParameters(keep_days=10, keep_runs=1),
            [
                "the newest of the finished runs of ethereum, alert_scorer",
                "started 9 days ago, kept for 10",
                "started 11 days ago, and 2 newer runs of its kind are there",
            ],
        ),
        (
            HousekeepingParameters(keep_days=1, keep_runs=2),
            [
                "among the 2 newest of the finished runs of ethereum, alert_scorer",
                "among the 2 newest of the finished runs of ethereum, alert_scorer",
                "started 11 days ago, and 2 newer runs of its kind are there",
            ],
        ),
        (
            HousekeepingParameters(keep_days=8, keep_runs=1),
            [
                "the newest of the finished runs of ethereum, alert_scorer",
                "started 9 days ago, and 1 newer run of its kind is there",
                "started 11 days ago, and 2 newer runs of its kind are there",
            ],
        ),
    ],
)
def test_the_reason_names_age_and_number(
    parameters: HousekeepingParameters, reasons: list[str]
) -> None:
    runs = [paper_run(n, days_old=days) for n, days in enumerate((1, 9, 11))]

    assert reasons == [fate.reason for fate in fates_of(runs, parameters)]


@pytest.mark.parametrize(
    ("state", "n_runs", "n_days", "text"),
    [
        (RunState.FINISHED, 10, 365, "of finished runs, the 10 newest runs and those of 365 days"),
        (RunState.FINISHED, 1, 1, "of finished runs, the newest run and those of 1 day are kept"),
        (RunState.FAILED, 0, 30, "of unfinished runs, those of 30 days are kept"),
    ],
)
def test_a_rule_reads_as_a_sentence(state: RunState, n_runs: int, n_days: int, text: str) -> None:
    parameters = HousekeepingParameters(
        keep_days=n_days,
        keep_runs=max(n_runs, 1),
        keep_unfinished_days=n_days,
        keep_unfinished_runs=n_runs,
    )

    assert limits_of(paper_run(1, days_old=1, state=state), parameters).text.startswith(text)
