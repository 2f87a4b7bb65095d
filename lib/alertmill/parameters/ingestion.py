"""Parameters of an ingestion of snapshot folders."""

from __future__ import annotations

from datetime import time, timedelta

from pydantic import Field, field_validator

from alertmill.networks import KnownNetwork
from alertmill.parameters.form import refuse_text
from alertmill.parameters.section import Section
from alertmill.parameters.urls import EXPECTED, PLACE, refusal_of

DEFAULT_URL = "deliveries"
"""Folder of the project in which a fresh installation looks for deliveries."""
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|\+00:00)?$"
_A_TIME = "a time of day in UTC, such as 06:00"


class IngestionParameters(Section):
    """Which snapshot folders one ingestion looks for, and which must be there."""

    network: KnownNetwork = Field(
        title="Network", description="Blockchain whose snapshots are loaded."
    )
    url: str = Field(
        DEFAULT_URL,
        title="Place of the deliveries",
        min_length=1,
        description="Folder, or file:// or s3:// URL such as s3://bucket/snapshots, at or below "
        "which the snapshot folders lie. A relative path starts at the project's folder.",
        json_schema_extra=refuse_text(PLACE, expected=EXPECTED),
    )
    labels: str | None = Field(
        None,
        title="Address labels",
        min_length=1,
        description="Parquet file of address labels, a path or a URL. Not set: address-labels "
        "beside snapshots.",
        json_schema_extra=refuse_text(PLACE, expected=EXPECTED),
    )
    constant_price_usd: float | None = Field(
        None,
        title="Constant price (USD)",
        gt=0,
        allow_inf_nan=False,
        description="USD per native unit, more than 0, for transfers that come without any price.",
    )
    expect_by: time | None = Field(
        None,
        title="Expected by (UTC)",
        description="Time of day, UTC, such as 06:00, by which the snapshot of that day must be "
        "there. A run scheduled at or after it fails when the snapshot is absent. "
        "Not set: no snapshot is expected.",
        json_schema_extra=refuse_text(_TIME, expected=_A_TIME),
    )
    max_age_days: int | None = Field(
        None,
        title="Largest age (days)",
        ge=0,
        le=3660,
        description="Days that the newest snapshot may be older than the day of the run; an older "
        "one fails the run. Not set: any age.",
    )
    every_days: int = Field(
        1,
        title="Days between snapshots",
        ge=1,
        le=366,
        description="Days from one processing date to the next; decides what is absent or a gap.",
    )
    expect_windows: tuple[int, ...] = Field(
        (),
        title="Expected windows (days)",
        description="Windows whose snapshots must be there, such as 7. Empty: every window that "
        "was delivered so far.",
    )
    settle_minutes: float = Field(
        15.0,
        title="Time to settle (minutes)",
        ge=0,
        le=10_080,
        allow_inf_nan=False,
        description="Minutes after its last change during which a folder that is not complete is "
        "left alone as still being copied; then it is refused.",
    )

    @field_validator("url", "labels")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        refusal = None if value is None else refusal_of(value)
        if refusal is not None:
            raise ValueError(f"{refusal}; expected {EXPECTED}")
        return value

    @field_validator("expect_by", mode="before")
    @classmethod
    def _check_is_text(cls, value: object) -> object:
        # A number would be taken for seconds, and YAML reads 06:00 without quotes as a number.
        if value is None or isinstance(value, str | time):
            return value
        raise ValueError(f"expected {_A_TIME}, as text in quotes")

    @field_validator("expect_by")
    @classmethod
    def _check_is_utc(cls, value: time | None) -> time | None:
        if value is None or value.tzinfo is None:
            return value
        if value.utcoffset() != timedelta(0):
            raise ValueError(f"expected {_A_TIME}, without the offset of a time zone")
        return value.replace(tzinfo=None)

    @field_validator("expect_windows")
    @classmethod
    def _check_windows(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        wrong = [days for days in value if not 1 <= days <= 366]  # noqa: PLR2004 - as in META.json
        if wrong:
            raise ValueError(f"expected windows of 1 to 366 days, found {wrong[0]}")
        return tuple(sorted({*value}))

    @property
    def settle(self) -> timedelta:
        """Return how long a folder that is not complete may be unchanged before it is refused."""
        return timedelta(minutes=self.settle_minutes)
