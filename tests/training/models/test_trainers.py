"""A run names its trainer: ours, or a subclass that somebody wrote."""

from __future__ import annotations

import pytest

from alertmill.errors import TrainerError, UnknownNameError
from alertmill.training.models.objectives import BINARY, Objective
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.models.trainers import find_trainer
from tests.training.labelled_rows import make_rows, rows_between


class HastyTrainer(ModelTrainer):
    """Stops by average precision."""

    @property
    def objective(self) -> Objective:
        """The usual one, stopped otherwise."""
        return Objective(
            name=BINARY.name,
            metrics=BINARY.metrics,
            stopping_metric="average_precision",
            higher_is_better=True,
            selection_metric="average_precision",
        )


def test_our_name_gives_our_trainer() -> None:
    assert find_trainer("boosted_trees") is ModelTrainer


def test_a_class_of_ones_own_fits_a_model_that_says_how_it_stopped() -> None:
    trainer = find_trainer(f"{__name__}:HastyTrainer")(n_threads=1)
    rows = make_rows()

    model = trainer.fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29)).model

    assert model.metadata.stopping_metric == "average_precision"
    assert len(model.predict(rows.X)) == len(rows.y)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match=r"'forest'.*boosted_trees"):
        find_trainer("forest")


def test_a_class_that_trains_nothing_is_refused() -> None:
    with pytest.raises(TrainerError, match="subclass of"):
        find_trainer("pathlib:Path")
