"""What of a boosted model can be chosen, within which bounds, and what it means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.errors.snapshots import quote
from alertmill.frozen_model import FrozenModel


class Hyperparameters(FrozenModel):
    """Shape of a boosted model and of its fit.

    The defaults are a cautious model for some thousand alerts; `search_space_of` says for each
    model type which of them are searched, and where.
    """

    learning_rate: float = Field(0.1, gt=0, le=1, description="Step of each tree.")
    num_leaves: int = Field(15, ge=2, le=1024, description="Leaves of each tree at most.")
    min_data_in_leaf: int = Field(
        20, ge=1, description="Alerts in a leaf at least: fewer follow single addresses."
    )
    feature_fraction: float = Field(
        0.5, gt=0, le=1, description="Share of the features that each tree may use."
    )
    bagging_fraction: float = Field(
        0.8, gt=0, le=1, description="Share of the alerts that each tree sees."
    )
    lambda_l2: float = Field(5.0, ge=0, description="Pull of the leaf values towards zero.")
    imbalance_power: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Weight of a positive alert is (negatives / positives) to this power: "
        "0 leaves the classes as they are, 1 balances them.",
    )
    truncation_margin: int = Field(
        10,
        ge=0,
        le=10_000,
        description="Only a ranker's: pairs of alerts count down to this many places below the "
        "review budget. More teach it the lower places too.",
    )
    max_bin: int = Field(63, ge=2, le=255, description="Histogram bins per numeric feature.")
    n_estimators: int = Field(250, ge=1, le=10_000, description="Trees at most.")
    early_stopping_rounds: int = Field(
        20, ge=1, description="Trees without a smaller validation loss before the fit ends."
    )


class Dimension(FrozenModel):
    """One searched hyperparameter: its range, and whether ratios or differences matter."""

    name: str = Field(description="A field of `Hyperparameters`.")
    kind: Literal["int", "float"]
    low: float
    high: float = Field(description="Inclusive.")
    is_log: bool = Field(description="Whether values are drawn evenly on a logarithmic scale.")

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"{self.name}: low is {self.low:g}, not below high, {self.high:g}")
        for end in (self.low, self.high):
            value = int(end) if self.kind == "int" else end
            Hyperparameters.model_validate({self.name: value})
        return self

    @property
    def description(self) -> str:
        """What the hyperparameter does."""
        return Hyperparameters.model_fields[self.name].description or ""

    def at(self, share: float) -> float | int:
        """Value at a share of the way from low to high, on the dimension's own scale.

        Examples
        --------
        >>> Dimension(name="num_leaves", kind="int", low=4, high=64, is_log=True).at(0.5)
        16
        """
        if self.is_log:
            value = math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        else:
            value = self.low + share * (self.high - self.low)
        return round(value) if self.kind == "int" else value


def read_hyperparameters(given: Hyperparameters | Mapping[str, Any]) -> Hyperparameters:
    """Return hyperparameters; of a mapping, its values and the defaults of all others.

    Raises
    ------
    ConfigurationError
        If it is neither of the two, or a name or value is not allowed.
    """
    if isinstance(given, Hyperparameters):
        return given
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"hyperparameters is {quote(given)}; expected Hyperparameters, or a mapping such as "
            '{"num_leaves": 31}.'
        )
    try:
        return Hyperparameters.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise UnknownNameError.of(
                "hyperparameter", name, Hyperparameters.model_fields
            ) from None
        raise ConfigurationError(
            f"the hyperparameter {name} is {quote(first['input'])}: {first['msg']}."
        ) from None
