"""What a model does otherwise than the champion: its days, examples, features and settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from alertmill.training.models.model import ModelMetadata
from alertmill.wording import counted

_SCHEMA = dict.fromkeys(("what", "champion", "this_model"), pl.String)
_NAMED = 5


def model_changes(
    registered_models: pl.DataFrame, champion_id: str, metadata: ModelMetadata
) -> pl.DataFrame:
    """List what differs between a model and the champion, and nothing that is equal.

    Parameters
    ----------
    registered_models : DataFrame
        Rows of trained_models as they stood at the extraction.
    champion_id : str
        Model to compare with.
    metadata : ModelMetadata
        Of this run's model.

    Returns
    -------
    DataFrame
        Columns what, champion, this_model, as text. No rows where nothing differs, or where the
        registry does not hold the champion.
    """
    found = registered_models.filter(model_id=champion_id)
    if found.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    champion = found.row(0, named=True)
    rows = [row for row in _pairs(champion, metadata) if row[1] != row[2]]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def changes_sentence(changes: pl.DataFrame) -> str:
    """Return how much differs from the champion."""
    if changes.is_empty():
        return "Nothing that the registry holds of the champion differs from this model."
    return f"Differs from the champion in {counted(changes.height, 'way')}."


def _pairs(champion: dict[str, Any], metadata: ModelMetadata) -> Iterator[tuple[str, str, str]]:
    yield (
        "fitted on",
        f"{champion['training_start_date']} to {champion['training_end_date']}",
        f"{metadata.training_start} to {metadata.training_end}",
    )
    yield (
        "training alerts",
        f"{champion['num_samples']:,}, {champion['positives']:,} confirmed",
        f"{metadata.n_train:,}, {metadata.n_train_positives:,} confirmed",
    )
    yield "label strategy", champion["label_strategy"], metadata.label_strategy
    yield _features(champion["feature_names"], metadata.feature_names)
    known = json.loads(champion["hyperparameters_json"])
    for name, value in json.loads(metadata.hyperparameters.model_dump_json()).items():
        yield name, _number(known.get(name)), _number(value)


def _features(theirs: list[str], ours: tuple[str, ...]) -> tuple[str, str, str]:
    return (
        "features",
        f"{len(theirs)}{_only(theirs, ours)}",
        f"{len(ours)}{_only(ours, theirs)}",
    )


def _only(own: list[str] | tuple[str, ...], other: list[str] | tuple[str, ...]) -> str:
    """Name the first features that only one side has."""
    alone = [name for name in own if name not in set(other)]
    if not alone:
        return ""
    more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
    return f", alone {', '.join(alone[:_NAMED])}{more}"


def _number(value: object) -> str:
    if value is None:
        return "not there"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
