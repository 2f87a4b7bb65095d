"""Whoever fills in the form cannot name code that the operator has not allowed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alertmill.errors import ConfigurationError
from alertmill.parameters import TrainingParameters
from alertmill.parameters.named_code import check_named_code
from alertmill.settings import Settings

DATES = {"network": "ethereum", "start_date": "2024-01-01", "end_date": "2024-02-29"}


def named(*, strategy: str = "address_label", trainer: str = "boosted_trees") -> TrainingParameters:
    return TrainingParameters.model_validate(
        DATES | {"labels": {"strategy": strategy}, "computing": {"trainer": trainer}}
    )


@pytest.mark.parametrize(
    ("parameters", "allowed"),
    [
        (named(), ()),
        (named(trainer="by_average_precision"), ()),
        (named(trainer="house_trainer:ByAveragePrecision"), ("house_trainer",)),
        (named(strategy="house.labels.own:Scam"), ("other", "house")),
    ],
)
def test_installed_names_and_allowed_modules_pass(
    parameters: TrainingParameters, allowed: tuple[str, ...]
) -> None:
    check_named_code(parameters, allowed)


@pytest.mark.parametrize(
    ("parameters", "allowed", "parameter"),
    [
        (named(trainer="os:system"), (), "computing.trainer"),
        (named(strategy="subprocess:run"), ("house",), "labels.strategy"),
        (named(strategy="household.labels:Scam"), ("house",), "labels.strategy"),
        (named(strategy="house:Scam"), ("house.labels",), "labels.strategy"),
    ],
)
def test_any_other_code_is_refused_and_named(
    parameters: TrainingParameters, allowed: tuple[str, ...], parameter: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{parameter} names the code") as raised:
        check_named_code(parameters, allowed)

    assert "ALERTMILL_ALLOWED_MODULES" in str(raised.value)
    assert (", ".join(allowed) or "allowed are: none") in str(raised.value)


def test_the_setting_is_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTMILL_ALLOWED_MODULES", " house_trainer, house.labels ,")

    assert ("house_trainer", "house.labels") == Settings(_env_file=None).alertmill_allowed_modules


def test_a_setting_that_names_no_module_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTMILL_ALLOWED_MODULES", "house:Trainer")

    with pytest.raises(ValidationError, match="is no name of a module"):
        Settings(_env_file=None)
