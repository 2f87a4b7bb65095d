"""Every model type has its own search space, and the document shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alertmill.training.models.hyperparameters import Dimension, Hyperparameters
from alertmill.training.models.search_spaces import SearchSpace, search_space_of
from alertmill.vocabulary import ModelType

PAGE = Path(__file__).resolve().parents[3] / "docs" / "models.md"
RATE = Dimension(name="learning_rate", kind="float", low=0.06, high=0.3, is_log=True)
LEAVES = Dimension(name="num_leaves", kind="int", low=4, high=32, is_log=True)


@pytest.mark.parametrize("model_type", ModelType)
def test_the_page_on_models_shows_every_dimension_with_its_range(model_type: ModelType) -> None:
    lines = PAGE.read_text().splitlines()
    (head,) = (line for line in lines if line.startswith("| Hyperparameter |"))
    column = [name.strip(" `") for name in head.split("|")].index(model_type)
    shown = {
        cells[1].strip(" `"): cells[column].strip()
        for cells in (line.split("|") for line in lines[lines.index(head) + 2 :])
        if len(cells) > column
    }

    space = search_space_of(model_type)

    expected = {d.name: f"{d.low:g} to {d.high:g}" for d in space.dimensions}
    assert expected == {name: text for name, text in shown.items() if text != "not searched"}


@pytest.mark.parametrize("model_type", ModelType)
def test_every_dimension_says_what_it_does(model_type: ModelType) -> None:
    assert all(d.description for d in search_space_of(model_type).dimensions)


def test_a_ranker_has_no_class_weights_and_chooses_its_pairs() -> None:
    space = search_space_of(ModelType.ALERT_RANKER)

    assert "imbalance_power" not in space.names
    assert "truncation_margin" in space.names
    assert space.default.imbalance_power == 0.0


def test_a_default_outside_its_range_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"learning_rate 0\.9 is not in 0\.06 to 0\.3"):
        SearchSpace(dimensions=(RATE, LEAVES), default=Hyperparameters(learning_rate=0.9))


def test_a_range_that_the_hyperparameter_cannot_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="learning_rate"):
        Dimension(name="learning_rate", kind="float", low=0.1, high=3.0, is_log=True)


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(ValidationError, match="not below high"):
        Dimension(name="num_leaves", kind="int", low=32, high=4, is_log=True)


def test_the_grid_varies_its_axes_alone() -> None:
    space = search_space_of(ModelType.ALERT_SCORER)

    grid = space.grid(2)

    assert len({(point["learning_rate"], point["num_leaves"]) for point in grid}) == 4
    assert {point["lambda_l2"] for point in grid} == {space.default.lambda_l2}


def test_a_point_becomes_hyperparameters_and_a_point_again() -> None:
    space = search_space_of(ModelType.ALERT_SCORER)
    point = {d.name: d.at(0.5) for d in space.dimensions}

    assert space.point_of(space.at({**point, "value": 0.3})) == point


def test_the_axis_of_a_logarithmic_dimension_is_divided_by_ratios() -> None:
    rate = Dimension(name="learning_rate", kind="float", low=0.01, high=0.64, is_log=True)
    share = Dimension(name="imbalance_power", kind="float", low=0.0, high=1.0, is_log=False)

    assert pytest.approx(0.08) == rate.at(0.5)
    assert pytest.approx(0.25) == share.at(0.25)
