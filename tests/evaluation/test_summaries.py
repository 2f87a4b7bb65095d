"""Tables and sentences say what the evaluation holds, in the reader's words."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.metrics import METRICS
from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.summaries import (
    headline_sentence,
    metrics_by_population,
    model_facts,
    population_table,
    registered_models_table,
    segment_table,
    side_by_side,
)
from tests.evaluation.factories import make_predictions
from tests.explanation.factories import make_example


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(make_predictions(), review_budget=5, n_bootstrap=60, seed=7)


def test_every_metric_of_every_model_stands_side_by_side(evaluation: Evaluation) -> None:
    table = side_by_side(evaluation)

    assert [metric.name for metric in METRICS] == table["metric"].to_list()
    row = table.row(by_predicate=pl.col("metric") == "roc_auc", named=True)
    assert row["this model"] == evaluation.get("model", "roc_auc").text
    assert "the score is not a probability" in table["rule score"].to_list()


def test_populations_stand_beside_each_other(evaluation: Evaluation) -> None:
    table = metrics_by_population(evaluation)

    assert "test, new addresses" in table.columns
    assert population_table(evaluation).height == 4


def test_the_headline_is_said_in_one_sentence(evaluation: Evaluation) -> None:
    sentence = headline_sentence(evaluation.headline)

    assert sentence.startswith("Average precision ")
    assert evaluation.get("model", "roc_auc").text in sentence


def test_nothing_measured_is_said_too(evaluation: Evaluation) -> None:
    blank = evaluation.headline[0].model_copy(update={"value": None, "note": "no labels"})

    assert headline_sentence([blank]) == "Nothing could be measured: no labels."


def test_segments_begin_with_all_alerts(evaluation: Evaluation) -> None:
    table = segment_table(evaluation)

    assert ("all", "") == table.row(0)[:2]
    assert table.height > 8


def test_a_model_is_described_and_listed_above_the_registered_ones(evaluation: Evaluation) -> None:
    model = make_example().model
    registered = pl.DataFrame(
        {
            "model_id": ["older"],
            "version": ["1.2.0"],
            "created_at": [5],
            "test_auc": [0.8],
            "unknown_column": ["x"],
        }
    )

    table = registered_models_table(registered, model, evaluation)

    assert [model.metadata.model_id, "older"] == table["model_id"].to_list()
    assert registered_models_table(registered.head(0), model, evaluation).height == 1
    assert model.metadata.booster_sha256 in model_facts(model)["value"].to_list()
