"""What a run may vary, and what is refused before anything runs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from alertmill.checks import CHECKS
from alertmill.errors import DateRangeError
from alertmill.parameters import ChecksParameters, TrainingParameters, TrainingRequest
from alertmill.settings import Settings
from alertmill.vocabulary import CheckCode

DATES = {"start_date": "2024-01-01", "end_date": "2024-02-29"}
DAYS = st.dates(date(2010, 1, 1), date(2090, 1, 1))


def request(**fields: object) -> TrainingRequest:
    return TrainingRequest.model_validate({"network": "ethereum", **fields})


def test_an_end_before_the_start_is_refused_with_both_dates() -> None:
    with pytest.raises(ValidationError, match="start_date is 2024-03-01, end_date is 2024-02-29"):
        TrainingParameters.model_validate(
            {**DATES, "network": "ethereum", "start_date": "2024-03-01"}
        )


@pytest.mark.parametrize(
    ("field", "value"), [("network", "dogecoin"), ("model_type", "oracle"), ("window_days", 0)]
)
def test_an_unknown_or_impossible_value_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        TrainingParameters.model_validate({**DATES, "network": "ethereum", field: value})


def test_a_misspelt_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="windw_days"):
        TrainingParameters.model_validate({**DATES, "network": "ethereum", "windw_days": 7})


def test_an_embargo_shorter_than_the_window_is_refused() -> None:
    given = {**DATES, "network": "ethereum", "window_days": 30, "split": {"embargo_days": 7}}

    with pytest.raises(ValidationError, match="shorter than window_days"):
        TrainingParameters.model_validate(given)


def test_the_embargo_is_the_window_unless_given() -> None:
    parameters = TrainingParameters.model_validate({**DATES, "network": "torus", "window_days": 30})

    assert parameters.embargo_days == 30


def test_the_embargo_leaves_time_for_labels_as_well() -> None:
    given = {**DATES, "network": "torus", "window_days": 7, "labels": {"maturity_days": 5}}
    too_short = {**given, "split": {"embargo_days": 11}}

    assert TrainingParameters.model_validate(given).embargo_days == 12
    with pytest.raises(ValidationError, match=r"embargo_days is 11.*labels.maturity_days \(5\)"):
        TrainingParameters.model_validate(too_short)


def test_what_older_runs_wrote_outside_sections_is_read() -> None:
    old = {"label_strategy": "house:Rule", "label_maturity_days": 3, "n_bootstrap": 50}

    parameters = TrainingParameters.model_validate({**DATES, "network": "torus", **old})

    assert ("house:Rule", 3) == (parameters.labels.strategy, parameters.labels.maturity_days)
    assert 50 == parameters.computing.n_bootstrap
    assert parameters == TrainingParameters.model_validate_json(parameters.model_dump_json())


def test_an_old_name_changes_only_its_own_field_of_a_section() -> None:
    given = {**DATES, "network": "torus", "computing": {"n_threads": 3}, "n_bootstrap": 50}

    parameters = TrainingParameters.model_validate(given)

    assert (3, 50) == (parameters.computing.n_threads, parameters.computing.n_bootstrap)


# --- ranges that move -------------------------------------------------------------------------


def test_a_range_without_end_ends_the_lag_before_the_day_of_the_run() -> None:
    parameters = request(n_days=60, lag_days=2).on(date(2024, 3, 2))

    assert (date(2024, 1, 1), date(2024, 2, 29)) == (parameters.start_date, parameters.end_date)


def test_fixed_dates_are_the_same_on_every_day() -> None:
    fixed = request(**DATES, lag_days=5)

    assert fixed.on(date(2024, 3, 1)) == fixed.on(date(2030, 1, 1))
    assert "2024-01-01" == str(fixed.on(date(2030, 1, 1)).start_date)


def test_a_growing_range_keeps_its_start() -> None:
    growing = request(start_date="2024-01-01")

    assert "2024-01-31" == str(growing.on(date(2024, 2, 1)).end_date)
    with pytest.raises(DateRangeError, match="start_date is 2024-01-01, end_date is 2023-12-31"):
        growing.on(date(2024, 1, 1))


@given(day=DAYS, n_days=st.integers(1, 300), lag_days=st.integers(0, 60))
def test_a_moving_range_has_its_length_and_lag_on_every_day(
    day: date, n_days: int, lag_days: int
) -> None:
    parameters = request(n_days=n_days, lag_days=lag_days).on(day)

    assert n_days == (parameters.end_date - parameters.start_date).days + 1
    assert lag_days == (day - parameters.end_date).days


@given(day=DAYS, later=st.integers(1, 400))
def test_a_later_day_moves_both_ends_by_as_many_days(day: date, later: int) -> None:
    moving = request(n_days=30)
    first, second = moving.on(day), moving.on(date.fromordinal(day.toordinal() + later))

    assert later == (second.start_date - first.start_date).days
    assert later == (second.end_date - first.end_date).days


@given(parameters=st.builds(dict, start_date=DAYS, end_date=DAYS).filter(
    lambda dates: dates["start_date"] <= dates["end_date"]
))  # fmt: skip
def test_a_request_of_resolved_parameters_gives_them_back(parameters: dict[str, date]) -> None:
    resolved = TrainingParameters.model_validate(
        {**parameters, "network": "torus", "seed": 3, "checks": {"muted": {"AM011": "a pilot"}}}
    )

    assert resolved == TrainingRequest.of(resolved).on(date(2024, 1, 1))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "start_date is None, n_days is None; expected start_date or n_days, and not both"),
        ({"start_date": "2024-01-01", "n_days": 5}, "n_days is 5; expected start_date or n_days"),
        ({"start_date": "2024-02-01", "end_date": "2024-01-31"}, "ends before it starts"),
        ({"n_days": 5, "end_date": "2101-01-01"}, "goes beyond the dates that a snapshot can have"),
        ({"n_days": 5, "time_zone": "Mars/Base"}, "time_zone is 'Mars/Base'; expected the name of"),
        ({"n_days": 5, "time_zone": "../../etc/passwd"}, "expected the name of a time zone"),
        ({"start_date": "2024-02-30"}, "start_date"),
        ({"n_days": 0}, "n_days"),
        ({"n_days": 5, "lag_days": -1}, "lag_days"),
    ],
)
def test_a_contradiction_is_refused_with_field_and_reason(
    fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        request(**fields)


def test_the_day_of_a_run_is_that_of_its_own_time_zone() -> None:
    scheduled = datetime(2024, 3, 1, 23, 30, tzinfo=UTC)

    assert date(2024, 3, 1) == request(n_days=1).day_of(scheduled)
    assert date(2024, 3, 2) == request(n_days=1, time_zone="Europe/Berlin").day_of(scheduled)
    assert date(2024, 3, 1) == request(n_days=1, time_zone="America/New_York").day_of(scheduled)


# --- checks -----------------------------------------------------------------------------------


def test_the_codes_that_can_be_muted_are_those_of_the_checks() -> None:
    assert [check.code for check in CHECKS] == list(CheckCode)


def test_reasons_that_the_page_packed_into_a_text_are_unpacked() -> None:
    packed = {"__prefect_kind": "json", "value": '{"AM011": "a pilot"}'}

    assert {"AM011": "a pilot"} == ChecksParameters.model_validate({"muted": packed}).muted
    assert {} == ChecksParameters.model_validate({"muted": {"__prefect_kind": "json"}}).muted


@pytest.mark.parametrize("text", ['{"AM999": "why not"}', '{"AM011": " "}', "not json"])
def test_packed_reasons_are_checked_like_others(text: str) -> None:
    with pytest.raises(ValidationError, match="muted"):
        ChecksParameters.model_validate({"muted": {"__prefect_kind": "json", "value": text}})


# --- settings ---------------------------------------------------------------------------------


def test_a_password_never_shows() -> None:
    settings = Settings(_env_file=None, clickhouse_password=SecretStr("s3cret"))

    assert "s3cret" not in repr(settings) + settings.model_dump_json()


def test_settings_come_from_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CLICKHOUSE_HOST=file\nCLICKHOUSE_USER=file\nOTHER=1\n")
    monkeypatch.setenv("CLICKHOUSE_HOST", "environment")

    settings = Settings()

    assert ("environment", "file") == (settings.clickhouse_host, settings.clickhouse_user)
