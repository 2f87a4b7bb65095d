"""What of a boosted model can be chosen, within which bounds, and what it means."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """Shape of a boosted model and of its fit.

    The defaults are a cautious model for some thousand alerts; `tuning.SEARCH_SPACE` says which
    of them are searched, and where.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: float = Field(0.06, gt=0, le=1, description="Step of each tree.")
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
    n_estimators: int = Field(300, ge=1, le=10_000, description="Trees at most.")
    early_stopping_rounds: int = Field(
        30, ge=1, description="Trees without a better validation score before the fit ends."
    )
