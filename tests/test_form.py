"""The JSON schema of the training form refuses what the flow would refuse.

Prefect checks it with the package jsonschema and without formats, and so do these tests.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from pydantic import BaseModel, ValidationError

from alertmill.dates import FIRST_DATE, LAST_DATE
from alertmill.parameters import TrainingRequest

VALIDATOR = Draft202012Validator(TrainingRequest.model_json_schema())
BASIC = 10
DAYS = st.dates(FIRST_DATE, LAST_DATE)
COMPLETE = TrainingRequest.model_validate({"network": "ethereum", "n_days": 60}).model_dump(
    mode="json"
)


def refusal(**fields: object) -> str | None:
    """Return the path and the message that Prefect would show; None if it would make a run."""
    error = best_match(VALIDATOR.iter_errors({"network": "ethereum", **fields}))
    return None if error is None else f"{'.'.join(map(str, error.absolute_path))}: {error.message}"


@pytest.mark.parametrize(
    "fields",
    [
        {"n_days": 60},
        {"n_days": 60, "end_date": "2024-02-29"},
        {"start_date": "2024-02-29"},
        {"start_date": "2024-02-29", "end_date": "2024-02-29", "n_days": None},
        {"n_days": 1, "start_date": None, "time_zone": "Europe/Berlin"},
        {"n_days": 1, "checks": {"muted": {"AM011": "a pilot"}}},
        {"n_days": 1, "n_bootstrap": 50, "label_knowledge": "as_of"},
        COMPLETE,
    ],
)
def test_what_the_flow_can_run_is_accepted(fields: dict[str, Any]) -> None:
    assert refusal(**fields) is None
    assert TrainingRequest.model_validate({"network": "ethereum", **fields})


REFUSED = [
    ({"start_date": "2024-03-01", "end_date": "2024-02-29"}, "end_date", "on or after start_date"),
    ({"start_date": "2024-02-31"}, "start_date", "a date that exists, from 2009-01-01 to 2100"),
    ({"start_date": "2023-02-29"}, "start_date", "a date that exists"),
    ({"start_date": "2008-12-31"}, "start_date", "a date that exists"),
    ({"start_date": "1.2.2024"}, "start_date", "a date that exists"),
    ({"n_days": 5, "end_date": "2024-04-31"}, "end_date", "a date that exists"),
    ({"n_days": 5, "end_date": "2024-04-30\n"}, "end_date", "a date that exists"),
    ({"start_date": "2024-01-01", "n_days": 5}, "n_days", "start_date or n_days, and not both"),
    ({"n_days": None}, "n_days", "start_date or n_days, and not both"),
    ({}, "", "'n_days' is a required property"),
    ({"n_days": 0}, "n_days", "less than the minimum of 1"),
    ({"n_days": 5, "window_days": 0}, "window_days", "less than the minimum of 1"),
    ({"n_days": 5, "window_days": None}, "window_days", "not of type 'integer'"),
    ({"n_days": 5, "network": "dogecoin"}, "network", "'ethereum'"),
    ({"n_days": 5, "time_zone": "Mars"}, "time_zone", "the name of a time zone, such as UTC"),
    ({"n_days": 5, "windw_days": 7}, "", "'windw_days' is not one of ['the name of a field']"),
    ({"n_days": 5, "n_bootstrap": 5}, "n_bootstrap", "less than the minimum of 50"),
    ({"n_days": 5, "tuning": {"n_trials": 0}}, "tuning.n_trials", "less than the minimum of 1"),
    ({"n_days": 5, "checks": {"muted": {"AM999": "x"}}}, "checks.muted", "'AM018'"),
    ({"n_days": 5, "checks": {"muted": {"AM001": ""}}}, "checks.muted.AM001", "non-empty"),
]


@pytest.mark.parametrize(("fields", "path", "reason"), REFUSED)
def test_what_the_flow_would_refuse_is_refused_with_field_and_reason(
    fields: dict[str, Any], path: str, reason: str
) -> None:
    found = refusal(**fields)

    assert found is not None
    assert found.startswith(f"{path}: ")
    assert reason in found
    with pytest.raises(ValidationError):
        TrainingRequest.model_validate({"network": "ethereum", **fields})


def test_codes_in_a_text_that_the_page_packed_are_checked_as_well() -> None:
    packed = {"__prefect_kind": "json", "value": '{"AM999": "x"}'}

    found = refusal(n_days=5, checks={"muted": packed})

    assert found is not None
    assert found.startswith("checks.muted.value: ")
    assert "codes of checks with reasons" in found
    assert refusal(n_days=5, checks={"muted": {**packed, "value": '{"AM011": "x"}'}}) is None


@settings(max_examples=100)
@given(start=DAYS, days=st.integers(-400, 400) | st.integers(-20_000, 20_000))
def test_an_end_is_refused_if_and_only_if_it_comes_before_the_start(start: date, days: int) -> None:
    end = min(max(start + timedelta(days=days), FIRST_DATE), LAST_DATE)

    found = refusal(start_date=str(start), end_date=str(end))

    assert (end < start) == (found is not None)


def test_dates_are_accepted_if_and_only_if_they_are_in_the_calendar_and_in_range() -> None:
    wrong = [
        text
        for year in (2000, 2008, 2009, 2012, 2023, 2024, 2096, 2099, 2100, 2101)
        for month in range(14)
        for day in range(33)
        if (text := f"{year}-{month:02}-{day:02}")
        and (refusal(start_date=text) is None) != _is_possible(text)
    ]

    assert [] == wrong


def _is_possible(text: str) -> bool:
    try:
        return FIRST_DATE <= date.fromisoformat(text) <= LAST_DATE
    except ValueError:
        return False


def _numbers() -> list[tuple[str, ...]]:
    names = [(name,) for name, value in COMPLETE.items() if _is_number(value)]
    inside = [
        (section, name)
        for section, fields in COMPLETE.items()
        if isinstance(fields, dict)
        for name, value in fields.items()
        if _is_number(value)
    ]
    return [path for path in names + inside if path != ("n_days",)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("path", _numbers(), ids=".".join)
def test_a_number_that_was_blanked_in_the_form_is_an_error(path: tuple[str, ...]) -> None:
    form = TrainingRequest.model_validate(COMPLETE).model_dump(mode="json")
    holder = form[path[0]] if len(path) > 1 else form
    del holder[path[-1]]  # as the page sends a field that was blanked

    assert f"{'.'.join(path[:-1])}: {path[-1]!r} is a required property" == refusal(**form)


def test_the_fields_that_change_most_come_first_and_the_rest_lie_in_sections() -> None:
    fields = VALIDATOR.schema["properties"]
    in_order = sorted(fields, key=lambda name: fields[name]["position"])

    assert list(fields) == in_order
    assert in_order[:BASIC] == [
        "network", "start_date", "end_date", "n_days", "lag_days", "time_zone", "window_days",
        "model_type", "review_budget", "seed",
    ]  # fmt: skip
    assert all("Parameters" in fields[name]["$ref"] for name in in_order[BASIC:])


def _sections(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [field.annotation for field in model.model_fields.values()]
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, BaseModel)]


@pytest.mark.parametrize("model", [TrainingRequest, *_sections(TrainingRequest)])
def test_every_field_has_a_title_in_words(model: type[BaseModel]) -> None:
    titles = {name: field.title or "" for name, field in model.model_fields.items()}

    assert [] == [name for name, title in titles.items() if not title or "_" in title]
    assert all(title[0].isupper() for title in titles.values())
