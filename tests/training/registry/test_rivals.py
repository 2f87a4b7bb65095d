"""Registered models that somebody asks for are scored, or listed with the reason why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.parameters import ComparisonParameters
from alertmill.promotions import PromotionLedger
from alertmill.promotions.registry import PromotionRegistry
from alertmill.reviews import ReviewTerms
from alertmill.storage import Client
from alertmill.storage.promotions import fetch_promotions
from alertmill.training.models.model import AlertModel
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.training.registry.registered import roles
from alertmill.training.registry.rivals import FairTerms, ScoredRivals, asked_of, score_rivals
from tests.support.signing import signed_ledger
from tests.training.registry.models import FIRST_TEST_DAY, PARAMETERS, ROWS, make_model


# Fitted when a test asks for them, not when the tests are collected.
def challenger() -> AlertModel:
    return make_model()


def earlier() -> AlertModel:
    return make_model(last_day=10, seed=1)


def later() -> AlertModel:
    return make_model(last_day=13, seed=2)


def track(client: Client, folder: Path, *models: AlertModel) -> pl.DataFrame:
    """Register models, each of a run of its own."""
    storage = ModelStorage(client)
    for number, model in enumerate(models):
        run_id = str(number)
        storage.save(model, {}, directory=folder / run_id, run_id=run_id, parameters=PARAMETERS)
    return storage.list()


def meet(registered: pl.DataFrame, *asked: str, met: dict[str, str] | None = None) -> ScoredRivals:
    return score_rivals(
        asked,
        registered,
        ROWS.X,
        terms=FairTerms(PARAMETERS, challenger(), FIRST_TEST_DAY),
        met=met or {},
    )


def test_a_model_is_scored_under_its_id_and_version(client: Client, tmp_path: Path) -> None:
    model_id = earlier().metadata.model_id

    found = meet(track(client, tmp_path, earlier()), model_id)

    (report,), (scores,) = found.reports.models, found.scores
    assert (f"{model_id}@1.0.0", "") == (report.name, report.reason)
    assert f"score_{model_id}@1.0.0" == scores.name
    assert np.array_equal(earlier().predict(ROWS.X), scores.to_numpy())


def test_what_may_not_be_compared_is_listed_beside_what_may(client: Client, tmp_path: Path) -> None:
    registered = track(client, tmp_path, earlier(), later())
    asked = [model.metadata.model_id for model in (later(), earlier())]

    found = meet(registered, *asked, "alert_scorer-nobody")

    reasons = [report.reason for report in found.reports.models]
    assert [*asked, "alert_scorer-nobody"] == [r.model_id for r in found.reports.models]
    assert "it was fitted up to 2024-01-14, later than the challenger" in reasons[0]
    assert reasons[1] == ""
    assert f"it is not registered; registered are: {', '.join(sorted(asked))}" == reasons[2]
    assert len(found.scores) == 1
    assert [asked[0], "alert_scorer-nobody"] == [r.model_id for r in found.reports.refused]


def test_a_model_named_twice_is_scored_once(client: Client, tmp_path: Path) -> None:
    model_id = earlier().metadata.model_id

    found = meet(track(client, tmp_path, earlier()), model_id, model_id)

    assert len(found.reports.models) == len(found.scores) == 1


def test_the_champion_that_is_met_anyway_is_not_scored_again(
    client: Client, tmp_path: Path
) -> None:
    model_id = earlier().metadata.model_id

    found = meet(track(client, tmp_path, earlier()), model_id, met={model_id: "champion"})

    assert ("champion", "") == (found.reports.models[0].name, found.reports.models[0].reason)
    assert found.scores == []


def test_a_model_is_no_rival_of_itself(client: Client, tmp_path: Path) -> None:
    found = meet(track(client, tmp_path, challenger()), challenger().metadata.model_id)

    assert "it is the model of this run itself" == found.reports.models[0].reason


@pytest.mark.parametrize(("column", "value"), [("network", "torus"), ("window_days", 30)])
def test_a_model_of_other_snapshots_is_refused(
    client: Client, tmp_path: Path, column: str, value: object
) -> None:
    registered = track(client, tmp_path, earlier())
    kind = registered.schema[column]

    found = meet(
        registered.with_columns(pl.lit(value).cast(kind).alias(column)), earlier().metadata.model_id
    )

    assert found.scores == []
    assert f"it is made for {registered['network'][0] if column != 'network' else value}" in (
        found.reports.models[0].reason
    )


def test_a_run_compares_the_models_it_names_and_the_latest_of_its_kind(
    client: Client, tmp_path: Path
) -> None:
    registered = track(client, tmp_path, earlier(), later())
    comparison = ComparisonParameters(models=("alert_scorer-named",), n_latest=1)
    parameters = PARAMETERS.model_copy(update={"comparison": comparison})

    assert ("alert_scorer-named", later().metadata.model_id) == asked_of(parameters, registered)
    assert () == asked_of(PARAMETERS, registered)


def test_every_model_has_its_role(client: Client, tmp_path: Path) -> None:
    track(client, tmp_path, earlier(), later(), challenger())
    registry = PromotionRegistry(
        client, PromotionLedger(tmp_path), signed_ledger(tmp_path), ReviewTerms()
    )
    for model in (earlier(), later()):
        registry.promote(model.metadata.model_id, actor="ann", reason="first of its kind")

    models = ModelStorage(client).list()

    found = dict(zip(models["model_id"], roles(models, fetch_promotions(client)), strict=True))
    assert {
        earlier().metadata.model_id: "former champion",
        later().metadata.model_id: "champion",
        challenger().metadata.model_id: "challenger",
    } == found
