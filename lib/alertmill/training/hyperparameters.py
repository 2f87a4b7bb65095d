"""What of a boosted model can be chosen, within which bounds, and what it means."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """Shape of a boosted model and of its fit.

    The defaults are a cautious model for some thousand alerts; `SEARCH_SPACE` says which
    of them are searched, and where.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    max_bin: int = Field(63, ge=2, le=255, description="Histogram bins per numeric feature.")
    n_estimators: int = Field(250, ge=1, le=10_000, description="Trees at most.")
    early_stopping_rounds: int = Field(
        20, ge=1, description="Trees without a smaller validation loss before the fit ends."
    )


class Dimension(BaseModel):
    """One searched hyperparameter: its range, and whether ratios or differences matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="A field of `Hyperparameters`.")
    kind: Literal["int", "float"]
    low: float
    high: float = Field(description="Inclusive.")
    is_log: bool = Field(description="Whether values are drawn evenly on a logarithmic scale.")

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


SEARCH_SPACE = (
    Dimension(name="learning_rate", kind="float", low=0.06, high=0.3, is_log=True),
    Dimension(name="num_leaves", kind="int", low=4, high=32, is_log=True),
    Dimension(name="min_data_in_leaf", kind="int", low=5, high=100, is_log=True),
    Dimension(name="feature_fraction", kind="float", low=0.2, high=1.0, is_log=False),
    Dimension(name="bagging_fraction", kind="float", low=0.5, high=1.0, is_log=False),
    Dimension(name="lambda_l2", kind="float", low=0.1, high=50.0, is_log=True),
    Dimension(name="imbalance_power", kind="float", low=0.0, high=0.8, is_log=False),
)
"""What is searched, and where; everything else keeps its default."""

GRID_AXES = ("learning_rate", "num_leaves")
"""The two dimensions of the grid search; the others keep their defaults there."""
