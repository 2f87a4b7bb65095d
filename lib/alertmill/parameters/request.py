"""What a person or a schedule asks for: a training whose dates may follow from the run's day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ConfigDict, Field, field_validator, model_validator

from alertmill.dates import check_range
from alertmill.errors import DateRangeError
from alertmill.networks import KnownNetwork
from alertmill.parameters.form import (
    A_DATE,
    REAL_DATE,
    Schema,
    arrange,
    is_later,
    is_set,
    refuse,
    refuse_field,
    refuse_text,
    require_numbers,
)
from alertmill.parameters.section import Section
from alertmill.parameters.training import OLD_NAMES, TrainingChoices, TrainingParameters

_A_ZONE = "the name of a time zone, such as UTC or Europe/Berlin"
_START = "start_date or n_days, and not both"


def _add_zones(schema: Schema) -> None:
    schema |= refuse({"not": {"enum": sorted(available_timezones())}}, expected=_A_ZONE)


def _add_rules(schema: Schema, model: type[Section]) -> None:
    """Add the rules between fields, which pydantic checks in the flow, to what Prefect checks."""
    arrange(schema)
    starts, counts = is_set("start_date", "string"), is_set("n_days", "integer")
    one_of_them = {"oneOf": [starts, counts]}
    schema["allOf"] = [
        refuse_field(
            "end_date", is_later("start_date", "end_date"), expected="a date on or after start_date"
        ),
        refuse_field("n_days", {"not": one_of_them}, expected=_START),
        _no_blanked_numbers(model),
    ]
    # Calls of the API may use the old names; the form shows none of them.
    schema["patternProperties"] = {f"^{name}$": _old_field(name, model) for name in OLD_NAMES}
    known = [*schema["properties"], *OLD_NAMES]
    del schema["additionalProperties"]  # its message would list patterns
    schema["propertyNames"] = refuse({"not": {"enum": known}}, expected="the name of a field")


def _old_field(name: str, model: type[Section]) -> Schema:
    section, field = OLD_NAMES[name]
    schema = _sections_of(model)[section].model_json_schema()
    found: Schema = schema["properties"][field]
    return schema["$defs"][found["$ref"].split("/")[-1]] if "$ref" in found else found


def _sections_of(model: type[Section]) -> dict[str, type[Section]]:
    return {
        name: field.annotation
        for name, field in model.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def _no_blanked_numbers(model: type[Section]) -> Schema:
    sections = _sections_of(model)
    inside = {name: _numbers_of(section) for name, section in sections.items()}
    return require_numbers(_numbers_of(model), inside, given=sections)


def _numbers_of(model: type[Section]) -> list[str]:
    return [name for name, field in model.model_fields.items() if field.annotation in (int, float)]


class RequestedRange(Section):
    """Data of a run that is yet to start: fixed dates, or dates that follow from its day."""

    network: KnownNetwork = Field(
        title="Network", description="Blockchain whose alerts are scored."
    )
    start_date: date | None = Field(
        None,
        title="First date",
        description="First processing date, inclusive. Not set: n_days before the end.",
        json_schema_extra=refuse_text(REAL_DATE, expected=A_DATE),
    )
    end_date: date | None = Field(
        None,
        title="Last date",
        description="Last processing date, inclusive. Not set: lag_days before the day for which "
        "the run was scheduled, however late it starts.",
        json_schema_extra=refuse_text(REAL_DATE, expected=A_DATE),
    )
    n_days: int | None = Field(
        None,
        title="Length of the range (days)",
        ge=1,
        le=3660,
        description="Number of processing dates, in place of a first date.",
    )
    lag_days: int = Field(
        1,
        title="Lag (days)",
        ge=0,
        le=3660,
        description="Days between the last processing date and the run's day, so that all "
        "deliveries have arrived. Ignored when a last date is set.",
    )
    time_zone: str = Field(
        "UTC",
        title="Time zone",
        description="Time zone in which the run's scheduled start has its day; the same as that of "
        "the schedule.",
        json_schema_extra=_add_zones,
    )


class TrainingRequest(TrainingChoices, RequestedRange):
    """Train a model on the alerts of a date range; the first ten fields are changed most often."""

    model_config = ConfigDict(json_schema_extra=_add_rules)

    @classmethod
    def of(cls, parameters: TrainingParameters) -> Self:
        """Return the request for a run with exactly these parameters."""
        return cls.model_validate(parameters.model_dump())

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"time_zone is {name!r}; expected {_A_ZONE}.")
        return name

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if (self.start_date is None) == (self.n_days is None):
            raise ValueError(
                f"start_date is {self.start_date}, n_days is {self.n_days}; expected {_START}."
            )
        start, end = self.start_date or self.end_date, self.end_date or self.start_date
        if start is not None and end is not None:
            try:
                check_range(start, end)
            except DateRangeError as error:
                # pydantic turns a ValueError into its own error, with the message kept
                raise ValueError(str(error)) from None
        return self

    def day_of(self, scheduled_start: datetime) -> date:
        """Return the day of a run in the time zone of the request.

        Parameters
        ----------
        scheduled_start : datetime
            Time for which the run was scheduled, with a time zone; not the time at which it starts.
        """
        # Prefect's times are of a class whose dates do not subtract as those of Python.
        return datetime.fromtimestamp(scheduled_start.timestamp(), ZoneInfo(self.time_zone)).date()

    def range_on(self, day: date) -> tuple[date, date]:
        """Return the first and the last processing date of a run of this day, unchecked."""
        end = self.end_date or day - timedelta(days=self.lag_days)
        start = self.start_date or end - timedelta(days=(self.n_days or 1) - 1)
        return start, end

    def on(self, day: date) -> TrainingParameters:
        """Return the parameters of a run of this day.

        Raises
        ------
        DateRangeError
            If the range ends before it starts, or goes beyond the dates that a snapshot can have.
        """
        start, end = self.range_on(day)
        check_range(start, end)
        choices: dict[str, Any] = {
            name: getattr(self, name) for name in TrainingChoices.model_fields
        }
        return TrainingParameters(network=self.network, start_date=start, end_date=end, **choices)
