"""What the trees of each model type learn, and by which metric a fit stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alertmill.vocabulary import ModelType

RANK_METRIC = "ndcg"
_MOST_PLACES = 2_000_000_000
"""LightGBM counts places in 32 bits; the truncation margin is added to the budget."""


@dataclass(frozen=True)
class Objective:
    """The seam between the model types: everything else about a fit is the same for all."""

    name: str
    """As LightGBM calls it."""
    metrics: tuple[str, ...]
    """Measured on unweighted validation rows after every tree."""
    stopping_metric: str
    """The trees are kept up to where its mean over the fits is best."""
    higher_is_better: bool
    """Of the stopping metric."""
    selection_metric: str
    """By which a search compares hyperparameters; higher is better."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Further parameters of LightGBM."""
    review_budget: int | None = None
    """Alerts reviewed a day, if the alerts of a snapshot are ranked against each other only."""

    @property
    def is_grouped(self) -> bool:
        """True if the alerts of a snapshot are ranked against each other only."""
        return self.review_budget is not None

    def loss_of(self, metrics: Mapping[str, float]) -> float:
        """Return the stopping metric, turned so that less is better."""
        value = metrics[self.stopping_metric]
        return -value if self.higher_is_better else value


BINARY = Objective(
    name="binary",
    metrics=("average_precision", "auc", "binary_logloss"),
    # It moves smoothly even with few positives; stopping at the peak of average precision or AUC
    # gave numbers of trees from 4 to 290 on equal worlds, and worse test scores.
    stopping_metric="binary_logloss",
    higher_is_better=False,
    selection_metric="average_precision",
)


def rank_objective(review_budget: int) -> Objective:
    """Order the alerts of a snapshot: LambdaRank (Burges 2010) on NDCG at the review budget."""
    review_budget = min(review_budget, _MOST_PLACES)
    at_budget = f"{RANK_METRIC}@{review_budget}"
    return Objective(
        name="lambdarank",
        metrics=(RANK_METRIC, "average_precision", "auc"),
        stopping_metric=at_budget,
        higher_is_better=True,
        selection_metric=at_budget,
        settings={
            "eval_at": [review_budget],
        },
        review_budget=review_budget,
    )


def objective_of(model_type: ModelType, *, review_budget: int) -> Objective:
    """Return the objective of a model type.

    Parameters
    ----------
    model_type : ModelType
        Scorers learn probabilities, of alerts or of clusters; a ranker learns the order in a day.
    review_budget : int
        Alerts reviewed a day; only a ranker learns it.
    """
    if model_type is ModelType.ALERT_RANKER:
        return rank_objective(review_budget)
    return BINARY
