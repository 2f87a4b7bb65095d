"""Which runs a reader asks for: one model for the form of the catalogue and for the JSON list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alertmill.evaluation.reports import HEADLINE_METRICS
from alertmill.site.records import Record
from alertmill.site.summaries import NO_VERDICT, RunState, RunSummary
from alertmill.vocabulary import PromotionVerdict

VERDICTS = (*(verdict.value for verdict in PromotionVerdict), NO_VERDICT)
POPULATIONS = ("test_all", "test_new")
_NAME_LENGTH = 128


class RunFilter(BaseModel):
    """What the runs of a list have in common; a field that is not set, or empty, keeps all."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, protected_namespaces=()
    )

    network: str | None = Field(None, max_length=_NAME_LENGTH, description="Network of the run.")
    model_type: str | None = Field(
        None, max_length=_NAME_LENGTH, description="Type of the model, for example alert_scorer."
    )
    state: RunState | None = Field(None, description="How far the run has come.")
    verdict: Literal[VERDICTS] | None = Field(  # type: ignore[valid-type]  # a tuple of names
        None, description="What became of the model."
    )
    from_date: date | None = Field(
        None, alias="from", description="Earliest last processing date of the run, inclusive."
    )
    to_date: date | None = Field(
        None, alias="to", description="Latest last processing date of the run, inclusive."
    )
    metric: Literal[HEADLINE_METRICS] = Field(  # type: ignore[valid-type]  # as above
        HEADLINE_METRICS[0], description="Metric of the trend."
    )
    population: Literal["test_all", "test_new"] = Field(
        "test_all", description="Test alerts of the trend: all, or those of new addresses."
    )
    page: int = Field(1, ge=1, le=1_000_000, description="Page of the list, from 1.")
    per_page: int = Field(50, ge=1, le=500, description="Runs on a page.")

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, values: Any) -> Any:  # noqa: ANN401 - whatever was sent
        # A form sends every field, also those that were left empty.
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value not in ("", None)}
        return values

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError(
                f"from is {self.from_date}, after to, {self.to_date}; swap them or correct one."
            )
        return self

    def keeps(self, run: RunSummary) -> bool:
        """Return True if the run is asked for."""
        wanted = (
            (self.network, run.network),
            (self.model_type, run.model_type),
            (self.state, run.state),
            (self.verdict, run.verdict.verdict),
        )
        if any(asked is not None and asked != found for asked, found in wanted):
            return False
        return self._is_in_range(run.end_date)

    def _is_in_range(self, day: date | None) -> bool:
        if self.from_date is None and self.to_date is None:
            return True
        if day is None:
            return False
        return (self.from_date or day) <= day <= (self.to_date or day)

    @property
    def is_set(self) -> bool:
        """True if it leaves any run out."""
        asked = (
            self.network, self.model_type, self.state, self.verdict, self.from_date, self.to_date,
        )  # fmt: skip
        return any(value is not None for value in asked)

    def query(self, **changes: object) -> dict[str, str]:
        """Return the fields that differ from their default as query parameters."""
        values = self.model_copy(update=changes).model_dump(
            mode="json", by_alias=True, exclude_defaults=True
        )
        return {name: str(value) for name, value in values.items()}


class RunPage(Record):
    """One page of a list of runs."""

    total: int = Field(description="Runs that were asked for, on all pages.")
    page: int
    per_page: int
    n_pages: int
    n_unread: int = Field(description="Runs that the site found and has not read yet.")
    runs: tuple[RunSummary, ...] = Field(description="Newest first.")


@dataclass(frozen=True)
class Selection:
    """All runs that were asked for, and the page of them that is shown."""

    runs: Sequence[RunSummary]
    page: RunPage


def select(runs: Iterable[RunSummary], asked: RunFilter, *, n_unread: int = 0) -> Selection:
    """Filter the runs and cut out a page; a page after the last one is the last one."""
    kept = [run for run in runs if asked.keeps(run)] if asked.is_set else list(runs)
    n_pages = max(1, -(-len(kept) // asked.per_page))
    page = min(asked.page, n_pages)
    first = (page - 1) * asked.per_page
    return Selection(
        kept,
        RunPage(
            total=len(kept),
            page=page,
            per_page=asked.per_page,
            n_pages=n_pages,
            n_unread=n_unread,
            runs=tuple(kept[first : first + asked.per_page]),
        ),
    )
