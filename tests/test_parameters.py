"""What a run may vary, and what is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from alertmill.parameters import TrainingParameters
from alertmill.settings import Settings

DATES = {"start_date": "2024-01-01", "end_date": "2024-02-29"}


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
    given = {**DATES, "network": "torus", "window_days": 7, "label_maturity_days": 5}
    too_short = {**given, "split": {"embargo_days": 11}}

    assert TrainingParameters.model_validate(given).embargo_days == 12
    with pytest.raises(ValidationError, match=r"embargo_days is 11.*labels.maturity_days \(5\)"):
        TrainingParameters.model_validate(too_short)


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
