"""A lost database is made again from the folders, and one that is there is not changed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from alertmill.files import write_model, write_text
from alertmill.housekeeping.rebuild import RebuildReport, rebuild
from alertmill.housekeeping.removing import Remover
from alertmill.housekeeping.restoring import Outcome
from alertmill.housekeeping.tidying import tidy
from alertmill.parameters import HousekeepingParameters
from alertmill.promotions import PromotionLedger
from alertmill.promotions.registry import PromotionRegistry
from alertmill.reporting.manifest import write_manifest
from alertmill.reviews import ReviewTerms
from alertmill.runs import Registration, Run
from alertmill.storage import Client, ClientFactory, ConnectionParams, execute
from alertmill.storage.model_metrics import METRIC_COLUMNS, fetch_model_metrics
from alertmill.storage.promotions import fetch_promotions
from alertmill.storage.registry import fetch_trained_models
from alertmill.training.models.model import AlertModel
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.training.registry.registered import next_version, registered_champion
from alertmill.training.registry.rows import fetch_registered, save_registered
from tests.housekeeping.stored_runs import NOW, PARAMETERS, Runs
from tests.support.signing import signed_ledger
from tests.training.registry.models import make_model

METRICS = {"test_auc": 0.8312345678901234, "test_average_precision": None, "cv_auc_mean": 0.1}
MEASURED = pl.DataFrame(
    {
        "split": ["validation", "test_all"], "segment": ["all", "severity=high"],
        "metric": ["roc_auc", "roc_auc"], "value": [0.8312345678901234, None],
        "ci_low": [0.7, None], "ci_high": [0.9, None],
        "rows": [10, 3], "addresses": [9, 3], "positives": [2, 0],
    },
    schema=METRIC_COLUMNS,
)  # fmt: skip


@pytest.fixture(scope="module")
def models() -> dict[int, AlertModel]:
    """Three models that differ by their seed."""
    return {seed: make_model(seed=seed) for seed in (1, 2, 3)}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


@pytest.fixture
def new_database(connection_params: ConnectionParams) -> Iterator[Callable[[], Client]]:
    """Yield a function that opens another empty database, as after a loss."""
    with ExitStack() as stack:

        def create() -> Client:
            params = replace(connection_params, database=f"{connection_params.database}_new")
            client = stack.enter_context(ClientFactory(params).client_context())
            stack.callback(
                execute, client, "DROP DATABASE {db:Identifier} SYNC", {"db": params.database}
            )
            return client

        yield create


def publish(client: Client, runs: Runs, model: AlertModel, *, days_old: int) -> Run:
    """Register a model of a run as the pipeline does, and publish the run."""
    run = runs.begin(days_old=days_old)
    folder = run.path / "model"
    saved = ModelStorage(client).save(
        model, METRICS, directory=folder, run_id=run.run_id, parameters=PARAMETERS,
        measured=MEASURED,
    )  # fmt: skip
    registered = fetch_registered(client, model_id=saved.model_id, run_id=run.run_id)
    save_registered(registered, folder)
    write_model(
        folder / "registration.json",
        Registration(model_id=saved.model_id, version=saved.version, run_id=run.run_id),
    )
    write_manifest(run)
    return run


def history(client: Client, runs: Runs, models: dict[int, AlertModel]) -> list[Run]:
    """Three runs, of which the first two became champion; the third was rejected."""
    made = [publish(client, runs, model, days_old=50 - seed) for seed, model in models.items()]
    first, second, third = (run.registration.model_id for run in made)
    registry = PromotionRegistry(
        client, PromotionLedger(runs.network), signed_ledger(runs.root), ReviewTerms()
    )
    registry.promote(first, actor="ann", reason="the first one")
    registry.promote(second, actor="bob", reason="better on exchanges")
    registry.reject(third, actor="ann", reason="too many false alarms")
    return made


def tables(client: Client, runs: list[Run]) -> list[pl.DataFrame]:
    """Everything that a rebuild restores, in the order in which commands show it."""
    metrics = [fetch_model_metrics(client, run.registration.model_id) for run in runs]
    return [fetch_trained_models(client), fetch_promotions(client), *metrics]


def outcomes(report: RebuildReport) -> dict[tuple[str, Outcome], int]:
    pairs = [(item.table, item.outcome) for item in report.items]
    return {pair: pairs.count(pair) for pair in pairs}


def test_a_lost_database_is_restored_as_it_was_and_a_second_rebuild_enters_nothing(
    client: Client,
    runs: Runs,
    models: dict[int, AlertModel],
    new_database: Callable[[], Client],
) -> None:
    made = history(client, runs, models)
    lost, found = client, new_database()

    report = rebuild(found, runs.network)

    assert all(a.equals(b) for a, b in zip(tables(lost, made), tables(found, made), strict=True))
    assert {
        ("trained_models", Outcome.ENTERED): 3,
        ("model_metrics", Outcome.ENTERED): 3,
        ("promotions", Outcome.ENTERED): 3,
    } == outcomes(report)
    assert "Entered: 3 models, 3 metric sets, 3 decisions." == report.sentence
    again = rebuild(found, runs.network)
    assert "Entered: 0 models, 0 metric sets, 0 decisions." == again.sentence
    assert not again.needs_a_person


def test_champion_and_next_version_are_as_before(
    client: Client,
    runs: Runs,
    models: dict[int, AlertModel],
    new_database: Callable[[], Client],
) -> None:
    history(client, runs, models)
    found = new_database()

    rebuild(found, runs.network)

    kind = {
        "network": PARAMETERS.network,
        "model_type": PARAMETERS.model_type,
        "window_days": PARAMETERS.window_days,
    }
    before, after = fetch_trained_models(client), fetch_trained_models(found)
    champion = registered_champion(after, **kind)
    assert champion is not None
    assert registered_champion(before, **kind) == champion
    assert models[2].metadata.model_id == champion.open().metadata.model_id
    assert "1.3.0" == next_version(after, **kind)


def test_removed_runs_keep_their_rows_through_a_rebuild(
    client: Client,
    runs: Runs,
    models: dict[int, AlertModel],
    new_database: Callable[[], Client],
) -> None:
    made = history(client, runs, models)
    before = tables(client, made)
    limits = HousekeepingParameters(keep_days=1, keep_runs=1, keep_former_champions=False)
    for run in made:
        for path in run.path.rglob("*"):
            _backdate(path)
    report = tidy(runs.root, limits, remover=Remover("housekeeping", NOW, signed_ledger(runs.root)))
    found = new_database()

    rebuilt = rebuild(found, runs.network)

    assert [made[0].run_id] == [removal.run_id for removal in report.removed]
    assert not rebuilt.needs_a_person
    assert before[0].equals(fetch_trained_models(found))
    assert before[1].equals(fetch_promotions(found))


def test_a_folder_that_changed_is_not_taken_and_the_reason_is_listed(
    client: Client,
    runs: Runs,
    models: dict[int, AlertModel],
    new_database: Callable[[], Client],
) -> None:
    changed = publish(client, runs, models[1], days_old=50)
    publish(client, runs, models[2], days_old=40)
    unfinished = runs.begin(days_old=30)
    old = runs.finish(days_old=20)
    write_text(changed.path / "data" / "rows.txt", "other")

    report = rebuild(new_database(), runs.network)

    refused = {item.name: item for item in report.items if item.table == "runs"}
    assert "(changed: data/rows.txt)" in refused[changed.run_id].reason
    assert Outcome.UNFINISHED == refused[unfinished.run_id].outcome
    assert "it has no model/registered_model.json" in refused[old.run_id].reason
    assert 1 == report.count(Outcome.ENTERED, "trained_models")
    assert report.needs_a_person
    assert report.sentence.endswith("2 problems to look at.")


def test_a_row_that_differs_is_reported_and_stays(
    client: Client, runs: Runs, models: dict[int, AlertModel]
) -> None:
    run = publish(client, runs, models[1], days_old=50)
    file = run.path / "model" / "registered_model.json"
    row = json.loads(file.read_text()) | {"version": "7.0.0", "num_samples": 3}
    write_text(file, json.dumps(row))
    write_manifest(run)
    before = fetch_trained_models(client)

    report = rebuild(client, runs.network)

    (item,) = (item for item in report.items if item.outcome is Outcome.DIFFERS)
    assert "version is '1.0.0' in the database and '7.0.0' in the folder" in item.reason
    assert "num_samples is " in item.reason
    assert before.equals(fetch_trained_models(client))
    assert report.needs_a_person


def test_rows_that_no_folder_holds_are_listed_and_stay(
    client: Client, runs: Runs, models: dict[int, AlertModel], tmp_path: Path
) -> None:
    by_hand = ModelStorage(client).save(
        models[1], {}, directory=tmp_path / "by-hand", run_id="by-hand", parameters=PARAMETERS
    )
    ledger = PromotionLedger(tmp_path / "lost")
    PromotionRegistry(client, ledger, signed_ledger(tmp_path), ReviewTerms()).promote(
        by_hand.model_id, actor="ann", reason="first"
    )

    report = rebuild(client, runs.network)

    assert {
        ("trained_models", Outcome.ONLY_IN_DATABASE): 1,
        ("promotions", Outcome.ONLY_IN_DATABASE): 1,
    } == outcomes(report)
    assert not report.needs_a_person
    assert 1 == fetch_trained_models(client).height


def test_a_moved_runs_folder_leads_to_the_models_where_they_are_now(
    client: Client,
    runs: Runs,
    models: dict[int, AlertModel],
    new_database: Callable[[], Client],
    tmp_path: Path,
) -> None:
    publish(client, runs, models[1], days_old=50)
    moved = Runs(tmp_path / "moved")
    shutil.move(runs.root, moved.root)
    found = new_database()

    rebuild(found, moved.network)

    storage = ModelStorage(found)
    assert storage.load(models[1].metadata.model_id).metadata == models[1].metadata


def test_without_runs_nothing_is_entered(client: Client, runs: Runs) -> None:
    report = rebuild(client, runs.network)

    assert () == report.items
    assert not report.needs_a_person


def test_rows_deleted_by_hand_are_restored_or_the_report_says_that_they_are_not(
    client: Client, runs: Runs, models: dict[int, AlertModel]
) -> None:
    run = publish(client, runs, models[1], days_old=50)
    execute(client, "DELETE FROM trained_models WHERE run_id = {run:String}", {"run": run.run_id})

    report = rebuild(client, runs.network)

    n_rows = fetch_trained_models(client).height
    assert (n_rows == 1) == (report.count(Outcome.ENTERED, "trained_models") == 1)
    assert (n_rows == 0) == report.needs_a_person


def _backdate(path: Path) -> None:
    os.utime(path, (0, 0))
