"""What differs from the champion is listed, and nothing else."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.tables.model_changes import changes_sentence, model_changes
from alertmill.training.models.model import ModelMetadata
from tests.explanation.factories import make_example


@pytest.fixture(scope="module")
def metadata() -> ModelMetadata:
    return make_example().model.metadata


def registered(metadata: ModelMetadata, **other: object) -> pl.DataFrame:
    row = {
        "model_id": "champion",
        "training_start_date": metadata.training_start,
        "training_end_date": metadata.training_end,
        "num_samples": metadata.n_train,
        "positives": metadata.n_train_positives,
        "label_strategy": metadata.label_strategy,
        "feature_names": list(metadata.feature_names),
        "hyperparameters_json": metadata.hyperparameters.model_dump_json(),
    }
    return pl.DataFrame([row | other])


def test_the_same_model_differs_in_nothing(metadata: ModelMetadata) -> None:
    changes = model_changes(registered(metadata), "champion", metadata)

    assert changes.is_empty()
    assert "Nothing that the registry holds" in changes_sentence(changes)


def test_each_difference_is_one_row(metadata: ModelMetadata) -> None:
    champion = registered(metadata, label_strategy="mine", num_samples=1)

    changes = model_changes(champion, "champion", metadata)

    assert ["training alerts", "label strategy"] == changes["what"].to_list()
    assert ("label strategy", "mine", metadata.label_strategy) == changes.row(1)
    assert "Differs from the champion in 2 ways." == changes_sentence(changes)


def test_features_of_one_side_are_named(metadata: ModelMetadata) -> None:
    first, *others = metadata.feature_names
    champion = registered(metadata, feature_names=[*others, "gone"])

    (_, theirs, ours) = model_changes(champion, "champion", metadata).row(0)

    assert theirs.endswith("alone gone")
    assert ours.endswith(f"alone {first}")


def test_a_hyperparameter_of_another_value_stands_with_both(metadata: ModelMetadata) -> None:
    changed = metadata.hyperparameters.model_copy(update={"num_leaves": 99})
    champion = registered(metadata, hyperparameters_json=changed.model_dump_json())

    row = model_changes(champion, "champion", metadata).row(0)

    assert ("num_leaves", "99", str(metadata.hyperparameters.num_leaves)) == row


def test_a_champion_that_the_registry_does_not_hold_is_not_compared(
    metadata: ModelMetadata,
) -> None:
    assert model_changes(registered(metadata), "another", metadata).is_empty()
