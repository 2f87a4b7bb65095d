"""A few rows go with a model, and it scores nothing before it has scored them as in training."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alertmill.errors import CanaryScoresError
from alertmill.training.models.canary import Canary
from alertmill.training.models.model import AlertModel
from tests.training.labelled_rows import make_rows
from tests.training.registry.test_model_storage import make_model


@pytest.fixture(scope="module")
def model() -> AlertModel:
    return make_model()


def canary_of(model: AlertModel) -> Canary:
    assert model.canary is not None
    return model.canary


def test_the_rows_span_the_scores_and_hold_missing_values_but_no_keys(model: AlertModel) -> None:
    canary = canary_of(model)

    assert (8, len(model.feature_names)) == canary.matrix(model.feature_names).shape
    assert list(canary.scores) == sorted(canary.scores)
    assert canary.scores[0] < canary.scores[-1]
    assert "null" in canary.text
    assert "0x" not in canary.text


def test_equal_trainings_choose_equal_rows(model: AlertModel) -> None:
    assert canary_of(model).text == canary_of(make_model()).text


def test_a_model_that_scores_otherwise_scores_nothing(model: AlertModel) -> None:
    canary = canary_of(model)
    scores = (*canary.scores[:3], canary.scores[3] + 1e-9, *canary.scores[4:])
    wrong = replace(model, canary=canary.model_copy(update={"scores": scores}))

    with pytest.raises(CanaryScoresError, match=r"row 3 of its canary\.json"):
        wrong.predict(make_rows().X)


def test_a_score_that_is_no_number_is_none_of_the_canary(model: AlertModel) -> None:
    scores = np.array([*canary_of(model).scores[:-1], np.nan])

    with pytest.raises(CanaryScoresError, match="row 7"):
        canary_of(model).check(scores, model_id="m")


def test_infinite_and_missing_values_come_back_from_the_text() -> None:
    X = np.array([[np.inf, np.nan], [-np.inf, 0.1]])

    canary = Canary.choose(X, np.array([0.1, 1 / 3]))

    assert canary == Canary.model_validate_json(canary.text)
    assert np.array_equal(
        X, Canary.model_validate_json(canary.text).matrix(["a", "b"]), equal_nan=True
    )


def test_an_older_model_without_a_canary_loads_and_says_so(
    model: AlertModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metadata = model.metadata.model_copy(update={"canary_sha256": None})
    replace(model, canary=None, metadata=metadata).save(tmp_path)

    with caplog.at_level(logging.WARNING):
        loaded = AlertModel.load(tmp_path)

    X = make_rows().X
    assert np.array_equal(model.predict(X), loaded.predict(X))
    assert [True] == ["has no canary.json" in record.message for record in caplog.records]
