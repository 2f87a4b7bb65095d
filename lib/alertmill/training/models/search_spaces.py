"""Which hyperparameters of each model type are searched, and where."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Self

from pydantic import Field, model_validator

from alertmill.frozen_model import FrozenModel
from alertmill.training.models.hyperparameters import Dimension, Hyperparameters
from alertmill.vocabulary import ModelType

Point = Mapping[str, float | int]
"""A value of every searched hyperparameter."""


class SearchSpace(FrozenModel):
    """What a search may choose; everything else keeps its default."""

    dimensions: tuple[Dimension, ...]
    grid_axes: tuple[str, str] = Field(
        ("learning_rate", "num_leaves"),
        description="The two dimensions of the grid search; the others keep their defaults there.",
    )
    default: Hyperparameters = Field(
        Hyperparameters(), description="What is used without a search, and tried first in one."
    )

    @model_validator(mode="after")
    def _check_default(self) -> Self:
        for d in self.dimensions:
            value = getattr(self.default, d.name)
            if not d.low <= value <= d.high:
                raise ValueError(
                    f"the default {d.name} {value:g} is not in {d.low:g} to {d.high:g}"
                )
        unknown = set(self.grid_axes) - set(self.names)
        if unknown:
            raise ValueError(f"the grid axes {sorted(unknown)} are no dimensions")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(d.name for d in self.dimensions)

    def point_of(self, hyperparameters: Hyperparameters) -> Point:
        """Return the searched ones of some hyperparameters."""
        return {name: getattr(hyperparameters, name) for name in self.names}

    def at(self, point: Point) -> Hyperparameters:
        """Return all hyperparameters at a point: the others are the defaults.

        Columns of a table of trials that are no dimension are ignored.
        """
        chosen = {name: point[name] for name in self.names}
        return Hyperparameters.model_validate(self.default.model_dump() | chosen)

    def grid(self, n_values: int) -> list[Point]:
        """Combine ``n_values`` values of each grid axis, evenly on its own scale."""
        axes = [d for d in self.dimensions if d.name in self.grid_axes]
        values = [[d.at((step + 0.5) / n_values) for step in range(n_values)] for d in axes]
        default = self.point_of(self.default)
        names = [d.name for d in axes]
        return [{**default, **dict(zip(names, point, strict=True))} for point in product(*values)]


_COMMON = (
    Dimension(name="learning_rate", kind="float", low=0.06, high=0.3, is_log=True),
    Dimension(name="num_leaves", kind="int", low=4, high=32, is_log=True),
    Dimension(name="min_data_in_leaf", kind="int", low=5, high=100, is_log=True),
    Dimension(name="feature_fraction", kind="float", low=0.2, high=1.0, is_log=False),
    Dimension(name="bagging_fraction", kind="float", low=0.5, high=1.0, is_log=False),
    Dimension(name="lambda_l2", kind="float", low=0.1, high=50.0, is_log=True),
)
_BALANCE = Dimension(name="imbalance_power", kind="float", low=0.0, high=0.8, is_log=False)

_SPACES = {
    ModelType.ALERT_SCORER: SearchSpace(dimensions=(*_COMMON, _BALANCE)),
    # A ranker has no class weights: its loss compares pairs of one true and one false alert, so
    # the classes are balanced as they are. Nor is sigmoid searched: to stretch it is to shrink all
    # scores, and with lambda_l2 searched that is no other model.
    ModelType.ALERT_RANKER: SearchSpace(
        dimensions=(
            *_COMMON,
            Dimension(name="truncation_margin", kind="int", low=1, high=100, is_log=True),
        ),
        default=Hyperparameters(imbalance_power=0.0),
    ),
    # A day has far fewer clusters than alerts, and each has three columns for every number of its
    # members: smaller leaves, fewer of them, and fewer columns a tree.
    ModelType.CLUSTER_SCORER: SearchSpace(
        dimensions=(
            _COMMON[0],
            Dimension(name="num_leaves", kind="int", low=3, high=24, is_log=True),
            Dimension(name="min_data_in_leaf", kind="int", low=3, high=60, is_log=True),
            Dimension(name="feature_fraction", kind="float", low=0.1, high=0.8, is_log=False),
            *_COMMON[4:],
            _BALANCE,
        )
    ),
}


def search_space_of(model_type: ModelType) -> SearchSpace:
    """Return what is searched for a model type; the table in docs/models.md shows all."""
    return _SPACES[model_type]
