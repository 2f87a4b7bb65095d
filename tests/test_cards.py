"""What a person sees who types the name of an object in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alertmill.cards import Card
from alertmill.evaluation.reports import Evaluation, MetricValue
from alertmill.parameters import TrainingParameters
from alertmill.runs import Run
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import as_pandas, make_rows
from tests.training.training_data import make_data

LINE = 1_000
"""Letters at most; a model's trees have a hundred thousand."""


@pytest.fixture(scope="module")
def model() -> AlertModel:
    trainer = ModelTrainer(hyperparameters={"n_estimators": 10, "num_leaves": 4}, n_threads=1)
    return trainer.train(*as_pandas(make_rows(n_addresses=300, n_days=60)), cv_folds=2)[0]


def evaluation(*metrics: MetricValue) -> Evaluation:
    return Evaluation(threshold=0.5, review_budget=20, metrics=metrics)


def run(folder: Path) -> Run:
    parameters = TrainingParameters(
        network="ethereum", start_date=date(2024, 1, 1), end_date=date(2024, 2, 29)
    )
    return Run.create(folder, parameters, key="k", now=datetime(2024, 3, 1, tzinfo=UTC))


CARDS: dict[str, Callable[[AlertModel, Path], Card]] = {
    "model": lambda model, _: model,
    "trainer": lambda _model, _: ModelTrainer(),
    "data": lambda _model, _: make_data(n_days=3),
    "evaluation without metrics": lambda _model, _: evaluation(),
    "run": lambda _model, folder: run(folder),
}


@pytest.mark.parametrize("name", CARDS)
def test_an_object_is_shown_in_a_line_and_in_a_table(
    name: str, model: AlertModel, tmp_path: Path
) -> None:
    card = CARDS[name](model, tmp_path)

    text, page = repr(card), card._repr_html_()

    assert text.startswith(f"{type(card).__name__}(")
    assert len(text.splitlines()) == 1
    assert len(text) < LINE
    assert page.count("<tr>") == len(card.facts()) > 1


def test_a_model_says_which_it_is_and_what_it_was_trained_on(model: AlertModel) -> None:
    text = repr(model)

    assert model.metadata.model_id in text
    assert f"{model.metadata.n_train:,} alerts of {model.metadata.training_start}" in text


def test_a_trainer_shows_the_hyperparameters_that_were_changed() -> None:
    assert "the default ones" in repr(ModelTrainer())
    assert "{'num_leaves': 5}" in repr(ModelTrainer(hyperparameters={"num_leaves": 5}))


def test_a_run_says_that_it_is_not_finished(tmp_path: Path) -> None:
    text = repr(run(tmp_path))

    assert "range: 2024-01-01 to 2024-02-29" in text
    assert "state: unfinished" in text


def test_a_value_cannot_become_markup() -> None:
    class Named(Card):
        def facts(self) -> dict[str, object]:
            return {"name": "<script>"}

    assert "<td>&lt;script&gt;</td>" in Named()._repr_html_()
