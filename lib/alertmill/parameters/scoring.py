"""Parameters of the scoring of snapshots."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from alertmill.dates import check_range
from alertmill.errors import DateRangeError
from alertmill.networks import KnownNetwork
from alertmill.parameters.form import A_DATE, REAL_DATE, refuse_text
from alertmill.parameters.section import Section
from alertmill.vocabulary import ModelType


class ScoringParameters(Section):
    """Which snapshots are scored, by which model, and how many alerts are reviewed."""

    network: KnownNetwork = Field(
        title="Network", description="Blockchain whose alerts are scored."
    )
    start_date: date | None = Field(
        None,
        title="First date",
        description="First processing date to score. Not set: look_back_days before the last one.",
        json_schema_extra=refuse_text(REAL_DATE, expected=A_DATE),
    )
    end_date: date | None = Field(
        None,
        title="Last date",
        description="Last processing date to score. Not set: the day for which the run was "
        "scheduled, however late it starts.",
        json_schema_extra=refuse_text(REAL_DATE, expected=A_DATE),
    )
    model_id: str | None = Field(
        None,
        title="Model",
        min_length=1,
        description="Id of a registered model. Not set: the champion.",
    )
    review_budget: int | None = Field(
        None,
        title="Review budget (alerts a day)",
        ge=1,
        description="Alerts that the team reviews a day: the length of the review queue. Not set: "
        "that of the training of the model.",
    )
    sample_share: float = Field(
        0.03,
        title="Share sampled below the queue",
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of the alerts below the review queue that are drawn for review all the "
        "same, so that missed true alerts can be estimated.",
    )
    window_days: int = Field(
        7, title="Window (days)", ge=1, le=366, description="Length of a snapshot in days."
    )
    model_type: ModelType = Field(
        ModelType.ALERT_SCORER,
        title="Model type",
        description="What is scored: alerts one by one, their order in the day, or clusters.",
    )
    look_back_days: int = Field(
        7,
        title="Days looked back on",
        ge=0,
        le=3660,
        description="Days before the last date whose snapshots are scored if they came late or "
        "were corrected. Ignored when a first date is set.",
    )
    again: bool = Field(
        default=False,
        title="Score again",
        description="Score days again whose snapshots have not changed since they were scored.",
    )
    seed: int = Field(7, title="Seed", ge=0, description="Seed of the sample below the queue.")
    report: bool = Field(
        default=True,
        title="Report",
        description="Make the report of the latest scored day; the scores do not depend on it.",
    )

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.start_date is not None and self.end_date is not None:
            try:
                check_range(self.start_date, self.end_date)
            except DateRangeError as error:
                # pydantic turns a ValueError into its own error, with the message kept
                raise ValueError(str(error)) from None
        return self
