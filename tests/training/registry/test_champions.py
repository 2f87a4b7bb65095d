"""A champion is scored beside its challenger when that is fair; else the reason is in words."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.storage import Client
from alertmill.training.models.model import AlertModel
from alertmill.training.registry.champions import ScoredChampion, score_champion
from alertmill.training.registry.rivals import FairTerms
from tests.training.registry.models import (
    FIRST_TEST_DAY,
    PARAMETERS,
    ROWS,
    make_model,
    promoted,
)


def score(registered: pl.DataFrame, challenger: AlertModel) -> ScoredChampion:
    return score_champion(
        registered,
        ROWS.X,
        terms=FairTerms(PARAMETERS, challenger, FIRST_TEST_DAY),
    )


@pytest.mark.parametrize("last_day", [10, 12])
def test_a_champion_fitted_no_later_is_scored(
    client: Client, tmp_path: Path, last_day: int
) -> None:
    champion = make_model(last_day=last_day, seed=1)
    registered = promoted(client, champion, tmp_path)

    scored = score(registered, make_model())

    assert scored.scores is not None
    assert np.array_equal(champion.predict(ROWS.X), scored.scores.to_numpy())
    assert (champion.metadata.model_id, "1.0.0", "") == (
        scored.report.model_id,
        scored.report.version,
        scored.report.reason,
    )


def test_a_champion_of_other_labels_is_not_met(client: Client, tmp_path: Path) -> None:
    registered = promoted(client, make_model(seed=1).with_label_strategy("house"), tmp_path)

    scored = score(registered, make_model())

    assert ["house"] == registered["label_strategy"].to_list()
    assert scored.scores is None
    assert (
        "it learned from labels of house, the challenger from those of address_label"
        == scored.report.reason
    )


def test_the_model_that_was_promoted_last_is_the_champion(client: Client, tmp_path: Path) -> None:
    models = [make_model(seed=seed) for seed in (1, 2)]
    for number, model in enumerate(models):
        registered = promoted(client, model, tmp_path / str(number), run_id=str(number))

    scored = score(registered, make_model())

    assert (models[1].metadata.model_id, "1.1.0") == (
        scored.report.model_id,
        scored.report.version,
    )


def test_without_a_promoted_model_there_is_no_champion(client: Client, tmp_path: Path) -> None:
    others = promoted(client, make_model(), tmp_path).with_columns(window_days=pl.lit(30))

    for registered in (others, others.clear()):
        scored = score(registered, make_model())

        assert scored.scores is None
        assert scored.report.model_id is None
        assert "no model of this network, type and window was promoted yet" in scored.report.reason


def test_a_champion_of_other_features_is_not_compared(client: Client, tmp_path: Path) -> None:
    champion = make_model(n_features=5)
    registered = promoted(client, champion, tmp_path)

    scored = score(registered, make_model())

    assert scored.scores is None
    assert champion.metadata.model_id == scored.report.model_id
    assert "reads other features than the challenger" in scored.report.reason


def test_a_champion_fitted_on_later_days_is_not_compared(client: Client, tmp_path: Path) -> None:
    registered = promoted(client, make_model(last_day=13), tmp_path)

    scored = score(registered, make_model(last_day=12))

    assert scored.scores is None
    assert "fitted up to 2024-01-14, later than the challenger (2024-01-13)" in (
        scored.report.reason
    )


def test_a_champion_calibrated_within_the_embargo_of_the_test_is_not_compared(
    client: Client, tmp_path: Path
) -> None:
    registered = promoted(client, make_model(seed=1), tmp_path)

    scored = score_champion(
        registered,
        ROWS.X,
        terms=FairTerms(PARAMETERS, make_model(), FIRST_TEST_DAY - timedelta(days=1)),
    )

    assert scored.scores is None
    assert "calibrated up to 2024-01-30, less than an embargo of 7 days" in scored.report.reason


def test_a_champion_whose_files_are_gone_is_not_compared(client: Client, tmp_path: Path) -> None:
    registered = promoted(client, make_model(seed=1), tmp_path / "model")
    shutil.rmtree(tmp_path / "model")

    scored = score(registered, make_model())

    assert scored.scores is None
    assert f"are not in {tmp_path / 'model'}; restore the folder" in scored.report.reason


@pytest.mark.parametrize("file", ["model.txt", "calibrator.json", "metadata.json"])
def test_a_champion_whose_files_are_damaged_is_not_compared(
    client: Client, tmp_path: Path, file: str
) -> None:
    registered = promoted(client, make_model(seed=1), tmp_path)
    (tmp_path / file).unlink()

    scored = score(registered, make_model())

    assert scored.scores is None
    assert str(tmp_path) in scored.report.reason


def test_a_champion_whose_files_have_changed_is_not_compared(
    client: Client, tmp_path: Path
) -> None:
    registered = promoted(client, make_model(seed=1), tmp_path)
    make_model(seed=2).save(tmp_path)

    scored = score(registered, make_model())

    assert scored.scores is None
    assert "has changed since it was written" in scored.report.reason
