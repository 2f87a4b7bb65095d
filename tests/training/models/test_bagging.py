"""The mean of several fits is one model text, scored and explained exactly."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from alertmill.errors import ConfigurationError
from alertmill.training.data.inputs import to_matrix
from alertmill.training.models.bagging import average_texts
from alertmill.training.models.boosting import FittedBooster
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import make_rows, rows_between

pytestmark = pytest.mark.slow

ROWS = make_rows()
MATRIX = to_matrix(ROWS.X, ROWS.X.columns)


def text_of(seed: int, *, n_features: int = 6, model_type: str = "alert_scorer") -> str:
    """Fit on codes, missing values and numbers."""
    coded = ROWS.X.with_columns(feature_5=ROWS.X["feature_5"].round().abs())
    rows = type(ROWS)(coded.select(coded.columns[-n_features:]), ROWS.y, ROWS.weight, ROWS.keys)
    trainer = ModelTrainer(model_type, seed=seed, n_threads=1)
    train, validation = rows_between(rows, 0, 15), rows_between(rows, 20, 29)
    return trainer.fit(train, validation, categorical=["feature_5"]).model.booster_text


@cache
def texts() -> list[str]:
    return [text_of(seed) for seed in range(5)]


def test_scores_and_contributions_are_the_mean_of_those_of_the_fits() -> None:
    fits = [FittedBooster.of(text, 1) for text in texts()]

    merged = FittedBooster.of(average_texts(texts()), 1)

    scores = np.mean([fit.log_odds(MATRIX) for fit in fits], axis=0)
    contributions = np.mean([fit.contributions(MATRIX) for fit in fits], axis=0)
    assert np.abs(scores - merged.log_odds(MATRIX)).max() < 1e-12
    assert np.abs(contributions - merged.contributions(MATRIX)).max() < 1e-12
    assert np.abs(merged.contributions(MATRIX).sum(axis=1) - scores).max() < 1e-12


def test_every_tree_can_be_visited_and_is_counted_once() -> None:
    merged = FittedBooster.of(average_texts(texts()), 1)

    merged.walk()

    splits = [FittedBooster.of(text, 1).importance("split") for text in texts()]
    assert np.array_equal(np.sum(splits, axis=0), merged.importance("split"))


def test_sizes_are_those_of_the_trees() -> None:
    """A wrong size ends the process that reads the text."""
    text = average_texts(texts())

    (line,) = re.findall(r"^tree_sizes=(.*)$", text, re.MULTILINE)
    trees = text.partition("\nTree=0\n")[2].partition("\nend of trees\n")[0]

    assert sum(map(int, line.split())) == len(f"Tree=0\n{trees}\n".encode())
    assert len(line.split()) == len(re.findall(r"^Tree=\d+$", text, re.MULTILINE))


def test_one_fit_is_left_as_it_is() -> None:
    assert texts()[0] == average_texts(texts()[:1])


def test_the_same_fits_give_the_same_text() -> None:
    assert average_texts(texts()) == average_texts(list(texts()))


def test_fits_of_other_features_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="differ in their features or objective"):
        average_texts([texts()[0], text_of(1, n_features=5)])


def test_a_text_without_trees_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="holds no trees"):
        average_texts(["tree\nversion=v4\n"])
