"""Parameters of a training run, kept in its parameters.json."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from pydantic import Field, model_validator

from alertmill.dates import check_range
from alertmill.errors import DateRangeError
from alertmill.networks import KnownNetwork
from alertmill.parameters.section import Section
from alertmill.parameters.sections import (
    ChecksParameters,
    ComparisonParameters,
    ComputingParameters,
    LabelParameters,
    LeakScreenParameters,
    PromotionParameters,
    SplitParameters,
    TuningParameters,
)
from alertmill.vocabulary import ModelType

OLD_NAMES = {
    "label_strategy": ("labels", "strategy"),
    "label_knowledge": ("labels", "knowledge"),
    "label_maturity_days": ("labels", "maturity_days"),
    "trainer": ("computing", "trainer"),
    "n_bootstrap": ("computing", "n_bootstrap"),
    "n_threads": ("computing", "n_threads"),
}
"""Section and field of what older run folders hold outside a section."""


class DateRange(Section):
    """Data of a run: the network and the processing dates."""

    network: KnownNetwork = Field(
        title="Network", description="Blockchain whose alerts are scored."
    )
    start_date: date = Field(title="First date", description="First processing date, inclusive.")
    end_date: date = Field(title="Last date", description="Last processing date, inclusive.")


class TrainingChoices(Section):
    """What a training run varies besides its data; the most often changed fields come first."""

    window_days: int = Field(
        7,
        title="Window (days)",
        ge=1,
        le=366,
        description="Length of the snapshots' window in days.",
    )
    model_type: ModelType = Field(
        ModelType.ALERT_SCORER,
        title="Model type",
        description="alert_scorer: the probability that an alert is a true one. alert_ranker: the "
        "order in which the alerts of a day are reviewed. cluster_scorer: the probability that a "
        "cluster holds a true one.",
    )
    review_budget: int = Field(
        20,
        title="Review budget (alerts a day)",
        ge=1,
        description="Alerts the team reviews a day: the k of precision and recall at budget.",
    )
    seed: int = Field(7, title="Seed", ge=0, description="Seed of everything random in the run.")
    labels: LabelParameters = Field(
        LabelParameters(), title="Labels", description="What is positive, and known when."
    )
    split: SplitParameters = Field(
        SplitParameters(), title="Split", description="Division over time."
    )
    tuning: TuningParameters = Field(
        TuningParameters(), title="Tuning", description="Search of the hyperparameters."
    )
    comparison: ComparisonParameters = Field(
        ComparisonParameters(), title="Comparison", description="Registered models to compare with."
    )
    promotion: PromotionParameters = Field(
        PromotionParameters(),
        title="Promotion",
        description="Conditions under which the model becomes the champion.",
    )
    checks: ChecksParameters = Field(
        ChecksParameters(), title="Checks", description="Coded checks to mute."
    )
    leak_screen: LeakScreenParameters = Field(
        LeakScreenParameters(),
        title="Leak screen",
        description="Checks that stop a run whose features know the label or the future.",
    )
    computing: ComputingParameters = Field(
        ComputingParameters(), title="Computing", description="Trainer, resamples and threads."
    )

    @model_validator(mode="before")
    @classmethod
    def _move_old_names(cls, given: object) -> object:
        """Read what older versions wrote: six fields that had no section yet."""
        return in_sections(given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _check_embargo(self) -> Self:
        given = self.split.embargo_days
        if given is not None and given < self._least_embargo_days:
            raise ValueError(
                f"split.embargo_days is {given}, shorter than window_days ({self.window_days}) and "
                f"labels.maturity_days ({self.labels.maturity_days}) together: neighbouring "
                "windows would share transactions across the split, or labels come too late for "
                "it; leave it out or make it at least as long as both."
            )
        return self

    @property
    def embargo_days(self) -> int:
        """Days between two ranges: as given, else window and label maturity together."""
        given = self.split.embargo_days
        return self._least_embargo_days if given is None else given

    @property
    def _least_embargo_days(self) -> int:
        return self.window_days + self.labels.maturity_days


class TrainingParameters(TrainingChoices, DateRange):
    """What one training run is about, with the dates that were resolved for it."""

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        try:
            check_range(self.start_date, self.end_date)
        except DateRangeError as error:
            # pydantic turns a ValueError into its own error, with the message kept
            raise ValueError(str(error)) from None
        return self


def in_sections(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in which six fields with old names are moved into their sections."""
    moved = {name: value for name, value in given.items() if name not in OLD_NAMES}
    for name in OLD_NAMES.keys() & given.keys():
        section, field = OLD_NAMES[name]
        moved[section] = {**_as_mapping(moved.get(section, {})), field: given[name]}
    return moved


def _as_mapping(section: Section | Mapping[str, Any]) -> Mapping[str, Any]:
    return section.model_dump() if isinstance(section, Section) else section
