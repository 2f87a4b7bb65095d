"""What every feature means: the catalogue that a run keeps and every report reads."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from alertmill.frozen_model import FrozenModel


class FeatureGroup(StrEnum):
    """What a feature is about; the order of the members is the order of the columns."""

    ALERT = "alert"
    ADDRESS = "address"
    TEMPORAL = "temporal"
    STATISTICAL = "statistical"
    CLUSTER = "cluster"
    NETWORK = "network"
    EXPOSURE = "exposure"
    HISTORY = "history"


class Latest(StrEnum):
    """The latest that a feature may see of the world."""

    END_OF_WINDOW = "the end of its window"
    """00:00 UTC of the processing date, with which the window of the alert ends."""
    DAY_BEFORE = "the snapshot of the day before"
    WINDOW_BEFORE = "the snapshot one window earlier"


class FeatureDefinition(FrozenModel):
    """One column of the feature matrix, in the words of an investigator."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Column of the feature matrix.")
    group: FeatureGroup
    kind: Literal["numeric", "categorical"] = "numeric"
    description: str = Field(min_length=1, description="One sentence for an investigator.")
    unit: str = Field("", description="Unit of the values, empty for none.")
    categories: tuple[str, ...] = Field((), description="Meaning of the codes 0, 1, 2 and so on.")
    lowest: float | None = Field(description="Least value; below it a value is refused.")
    highest: float | None = Field(description="Largest value; above it a value is refused.")
    sources: tuple[str, ...] = Field(description="table.column that the value is made of.")
    formula: str = Field(
        "", description="How the value follows from the columns of the extract and their queries."
    )
    latest: Latest = Field(description="The latest that the value may depend on.")
    reads_labels_of_others: bool = Field(
        description="Whether labels of other addresses, known by then, enter its sources."
    )
    monotone: Literal[-1, 0, 1] = Field(
        0,
        description="1: a rise of the value may never lower the score; -1: never raise it.",
    )
    missing_means: str = Field(description="What is the case where the value is missing.")

    @model_validator(mode="after")
    def _check_categories(self) -> Self:
        if (self.kind == "categorical") != bool(self.categories):
            raise ValueError(
                f"{self.name}: categories belong to categorical features, and only there."
            )
        if self.monotone and self.categories:
            raise ValueError(f"{self.name}: names have no order that a score could follow.")
        return self

    @property
    def range(self) -> str:
        """The allowed values in words."""
        if self.kind == "categorical":
            return f"one of {len(self.categories)} names"
        if self.lowest is None:
            return "any" if self.highest is None else f"up to {_plain(self.highest)}"
        if self.highest is None:
            return f"from {_plain(self.lowest)}"
        return f"{_plain(self.lowest)} to {_plain(self.highest)}"


class FeatureCatalogue(FrozenModel):
    """The features in the order of their columns."""

    features: tuple[FeatureDefinition, ...]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = self.names
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"declared more than once: {', '.join(repeated)}.")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the feature matrix, in their order."""
        return tuple(feature.name for feature in self.features)

    @property
    def categorical(self) -> tuple[str, ...]:
        """Names of the features that hold codes of categories."""
        return tuple(f.name for f in self.features if f.kind == "categorical")

    @property
    def monotone(self) -> dict[str, int]:
        """Features that the score may follow in one direction only: 1 rising, -1 falling."""
        return {f.name: f.monotone for f in self.features if f.monotone}

    @cached_property
    def hash(self) -> str:
        """Sha256 over all definitions: changes when a column or its meaning does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def _plain(value: float) -> str:
    return f"{value:.10g}"
