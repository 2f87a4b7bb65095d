"""The model that scores, and what it says of the features of a day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from alertmill.errors import (
    ConfigurationError,
    ModelNotFoundError,
    NoChampionError,
    OutdatedModelError,
    UnfinishedRunError,
)
from alertmill.explanation.reasons import feature_words
from alertmill.parameters import ScoringParameters
from alertmill.runs import Run
from alertmill.scoring.ranges import trained_ranges
from alertmill.scoring.reasons import reasons_json
from alertmill.storage import Client
from alertmill.storage.registry import fetch_trained_models
from alertmill.training.data.inputs import to_matrix
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureSet
from alertmill.training.models.meanings import (
    UNKNOWN_SCHEMA,
    FeatureMeanings,
    describe_changes,
)
from alertmill.training.models.model import AlertModel
from alertmill.training.registry.registered import (
    RegisteredModel,
    registered_by_id,
    registered_champion,
)


@dataclass(frozen=True)
class ModelScores:
    """What a model says of some alerts."""

    frame: pl.DataFrame
    """Keys, score, raw_score and reasons_json, in the order of the features."""
    unknown: pl.DataFrame
    """Categories that the model does not know: feature, category and n_alerts."""


@dataclass(frozen=True)
class Scorer:
    """A registered model, opened and checked, and the length of its review queue."""

    registered: RegisteredModel
    model: AlertModel
    review_budget: int

    @classmethod
    def find(cls, client: Client, parameters: ScoringParameters) -> Self:
        """Open the model that the parameters name, or the champion.

        Raises
        ------
        NoChampionError
            If no model is named, and none was promoted.
        ModelNotFoundError
            If the named one is not registered, or is for other snapshots, or files are gone.
        ArtifactChangedError, UnsafeModelError
            If its files are not those that were registered, or do not score as they did.
        ConfigurationError
            If no budget is given, and the run that made the model is gone.
        """
        models = fetch_trained_models(client)
        found = _named(models, parameters) if parameters.model_id else _champion(models, parameters)
        model = found.open()
        return cls(found, model, parameters.review_budget or _budget_of(found))

    def score(self, built: FeatureSet) -> ModelScores:
        """Score alerts, and say why each has its score.

        Parameters
        ----------
        built : FeatureSet
            The alerts' features; the model codes the names of categories by its own lists.

        Raises
        ------
        OutdatedModelError
            If a feature of the model is not among them, or means something else than in training.
        """
        today = self._meanings_of(built)
        features, unknown = built.features, pl.DataFrame(schema=UNKNOWN_SCHEMA)
        if self.model.meanings is not None:
            named = today.name_codes(features.select(*KEYS, *self.model.feature_names))
            unknown = self.model.meanings.unknown_categories(named)
            features = self.model.meanings.code_names(named)
        values = to_matrix(built.features, self.model.feature_names)
        declared = {definition.name: definition for definition in built.catalogue.features}
        words = feature_words([declared[name] for name in self.model.feature_names])
        scores = self.model.predict_both(features)
        contributions = self.model.contributions(features)[:, :-1]
        frame = features.select(KEYS).with_columns(
            score=pl.Series(scores.calibrated, dtype=pl.Float64),
            raw_score=pl.Series(scores.raw, dtype=pl.Float64),
            reasons_json=reasons_json(contributions, np.asarray(values, dtype=float), words),
        )
        return ModelScores(frame, unknown)

    @cached_property
    def trained_ranges(self) -> pl.DataFrame | None:
        """Range of every numeric feature in training; see `alertmill.scoring.ranges`."""
        coded = self.model.meanings.categories if self.model.meanings else {}
        names = tuple(name for name in self.model.feature_names if name not in coded)
        return trained_ranges(self.registered.folder.parent, names)

    def _meanings_of(self, built: FeatureSet) -> FeatureMeanings:
        model_id, names = self.registered.model_id, self.model.feature_names
        if missing := sorted(set(names) - set(built.catalogue.names)):
            raise OutdatedModelError.of(model_id, f"it reads {', '.join(missing)}, not built today")
        today = FeatureMeanings.of(built.catalogue, names)
        if self.model.meanings is None:
            return today
        if changes := self.model.meanings.changes_to(today):
            reason = f"its features mean something else: {describe_changes(changes)}"
            raise OutdatedModelError.of(model_id, reason)
        return today


def _champion(models: pl.DataFrame, parameters: ScoringParameters) -> RegisteredModel:
    found = registered_champion(
        models,
        network=parameters.network,
        model_type=parameters.model_type,
        window_days=parameters.window_days,
    )
    if found is None:
        raise NoChampionError.of(parameters.network, parameters.model_type, parameters.window_days)
    return found


def _named(models: pl.DataFrame, parameters: ScoringParameters) -> RegisteredModel:
    asked = str(parameters.model_id)
    alike = models.filter(
        network=parameters.network,
        model_type=parameters.model_type,
        window_days=parameters.window_days,
    )
    found = registered_by_id(alike, asked)
    if found is None:
        known = ", ".join(alike["model_id"].unique().sort()) or "none"
        raise ModelNotFoundError(
            f"no model {asked!r} of {parameters.network}, {parameters.model_type}, windows of "
            f"{parameters.window_days} days is registered; registered are: {known}."
        )
    return found


def _budget_of(found: RegisteredModel) -> int:
    run = found.folder.parent
    try:
        return Run.open(run).parameters.review_budget
    except UnfinishedRunError:
        raise ConfigurationError(
            f"the run {run} of the model {found.model_id} is gone, and with it its review budget; "
            "give review_budget."
        ) from None
