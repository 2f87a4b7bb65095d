"""A decision is carried out once its run is published and verified, never before."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.errors import (
    ArtifactChangedError,
    ModelNotFoundError,
    NotebookFailedError,
    UnfinishedRunError,
)
from alertmill.evaluation.check_results import CheckReport
from alertmill.files import write_model
from alertmill.promotions import DECISION_FILE, GATE, ShownVerdict, verdict_of
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.promotion import carry_out_promotion
from alertmill.reporting.signing import sign_run
from alertmill.reviews import ReviewTerms
from alertmill.runs import Run
from alertmill.storage import Client
from alertmill.storage.promotions import fetch_promotions
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.vocabulary import PromotionMode, PromotionVerdict
from tests.promotions.cases import decision
from tests.reporting.example_runs import add_report, make_run
from tests.support.signing import signed_ledger
from tests.training.registry.models import PARAMETERS, make_model


def decided_run(folder: Path) -> Run:
    """Write a run that recommends its model as the first champion."""
    run = make_run(folder)
    decided = decision(
        mode=PromotionMode.AUTO, model_id=make_model(seed=1).metadata.model_id, champion_id=None
    )
    write_model(run.path / DECISION_FILE, decided)
    write_model(run.path / "checks" / "checks.json", CheckReport(champion_id=None, results=()))
    return run


def register(run: Run, client: Client) -> None:
    ModelStorage(client).save(
        make_model(seed=1),
        {},
        directory=run.path / "model",
        run_id=run.run_id,
        parameters=PARAMETERS,
    )


def carried_out(run: Run, client: Client) -> ShownVerdict:
    return carry_out_promotion(run, client, signed_ledger(run.path.parents[1]), ReviewTerms())


def test_a_published_run_gets_its_model_promoted_once(client: Client, tmp_path: Path) -> None:
    run = decided_run(tmp_path)
    register(run, client)
    add_report(run)
    write_manifest(run)

    once, again = (carried_out(run, client) for _ in range(2))

    rows = fetch_promotions(client).select("decision", "actor", "model_id").rows()
    assert once == again == verdict_of(run)
    assert (PromotionVerdict.PROMOTED, GATE) == (once.verdict, once.actor)
    assert [("promoted", GATE, make_model(seed=1).metadata.model_id)] == rows


def test_carrying_out_leaves_the_published_folder_as_it_is(client: Client, tmp_path: Path) -> None:
    run = decided_run(tmp_path)
    register(run, client)
    write_manifest(run)
    sign_run(run, signed_ledger(run.path.parents[1]))
    before = sorted(run.path.rglob("*"))

    carried_out(run, client)

    assert before == sorted(run.path.rglob("*"))


def test_before_the_manifest_nothing_is_promoted(client: Client, tmp_path: Path) -> None:
    run = decided_run(tmp_path)
    register(run, client)

    with pytest.raises(UnfinishedRunError, match="manifest"):
        carried_out(run, client)
    assert fetch_promotions(client).is_empty()
    assert verdict_of(run) is None


def test_a_run_that_changed_after_it_was_published_promotes_nothing(
    client: Client, tmp_path: Path
) -> None:
    run = decided_run(tmp_path)
    register(run, client)
    write_manifest(run)
    (run.path / "checks" / "checks.json").write_text("{}")

    with pytest.raises(ArtifactChangedError, match=r"1 file differs .* checks/checks\.json"):
        carried_out(run, client)
    assert fetch_promotions(client).is_empty()


def test_a_run_with_a_failed_notebook_promotes_nothing(client: Client, tmp_path: Path) -> None:
    run = decided_run(tmp_path)
    register(run, client)
    add_report(run, error="ValueError: no rows")
    write_manifest(run)

    with pytest.raises(NotebookFailedError, match="01_example"):
        carried_out(run, client)
    assert fetch_promotions(client).is_empty()


def test_a_run_that_decided_nothing_is_named(client: Client, tmp_path: Path) -> None:
    run = make_run(tmp_path)
    write_manifest(run)

    with pytest.raises(UnfinishedRunError, match="decision"):
        carried_out(run, client)


def test_a_model_that_is_not_registered_is_not_promoted(client: Client, tmp_path: Path) -> None:
    run = decided_run(tmp_path)
    write_manifest(run)

    with pytest.raises(ModelNotFoundError, match="is registered"):
        carried_out(run, client)
    assert verdict_of(run) is None
