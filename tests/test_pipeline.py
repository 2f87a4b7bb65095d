"""The stages on a tiny simulated world, from the database to the registry."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from alertmill import answers, pipeline
from alertmill.cli import app
from alertmill.earlier_origins import score_origins
from alertmill.errors import (
    LeakError,
    ModelNotFoundError,
    NoAlertsError,
    NoAlertsToMeasureError,
    OneClassError,
    TooFewSnapshotsError,
    TuningStorageError,
    UnknownNameError,
)
from alertmill.evaluation.check_results import CheckState
from alertmill.evaluation.scores import title_of
from alertmill.experiments import list_experiments, try_out
from alertmill.explanation.contributions import Contributions, sample_alerts
from alertmill.files import sha256_of, write_model, write_parquet
from alertmill.parameters import (
    ComparisonParameters,
    LabelParameters,
    LeakScreenParameters,
    TrainingParameters,
)
from alertmill.predictions import RunComparison, compare_registered
from alertmill.promotions import decision_of
from alertmill.reporting.summary import describe_parameters, run_summary
from alertmill.runs import FileReference, Run, Stage
from alertmill.storage import Client
from alertmill.storage.model_metrics import fetch_model_metrics
from alertmill.storage.promotions import fetch_promotions
from alertmill.storage.registry import fetch_trained_models
from alertmill.tables.leaks import list_findings
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import LabelledRows
from alertmill.training.features.build import FeatureBuilder
from alertmill.training.labels.labelling import midnight
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.vocabulary import ModelType
from tests.support.databases import empty_database, unused_database
from tests.support.tiny_world import PARAMETERS, WORLD, fill_tiny_world


@pytest.fixture(scope="module")
def world_client(embedded_dir: Path) -> Iterator[Client]:
    """A database with a derived tiny world."""
    with empty_database(unused_database(embedded_dir)) as client:
        fill_tiny_world(client)
        yield client


def _new_run(folder: Path, parameters: TrainingParameters = PARAMETERS, key: str = "a") -> Run:
    return Run.create(folder, parameters, key=key, now=datetime(2026, 1, 5, tzinfo=UTC))


@pytest.fixture(scope="module")
def finished(world_client: Client, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with every stage but the reports."""
    run = _new_run(tmp_path_factory.mktemp("runs"))
    pipeline.extract(run, world_client)
    pipeline.learn(run)
    pipeline.register(run, world_client)
    return run


def test_every_stage_leaves_a_record(finished: Run) -> None:
    assert [stage for stage in Stage if not finished.is_done(stage)] == []


def test_a_run_that_the_leak_screen_stops_says_why_and_goes_on_when_overruled(
    world_client: Client, tmp_path: Path
) -> None:
    strict = PARAMETERS.model_copy(update={"leak_screen": LeakScreenParameters(limit=0.6)})
    stopped = _new_run(tmp_path / "stopped", strict)
    pipeline.extract(stopped, world_client)

    with pytest.raises(LeakError) as caught:
        pipeline.learn(stopped)

    names = {finding.name for finding in stopped.leak_screen.standing}
    assert names
    assert names <= set(stopped.catalogue.names)
    assert all(name in str(caught.value) for name in names)
    assert not stopped.is_done(Stage.SCREEN)
    assert not stopped.is_done(Stage.TUNE)

    overruled = LeakScreenParameters(limit=0.6, overruled=dict.fromkeys(names, "seen by the desk"))
    again = _new_run(
        tmp_path / "again", PARAMETERS.model_copy(update={"leak_screen": overruled}), key="b"
    )
    pipeline.extract(again, world_client)
    pipeline.learn(again)

    said = dict(describe_parameters(again))["leak screen"]
    assert again.is_done(Stage.EVALUATE)
    assert all(f"{name} overruled: seen by the desk" in said for name in names)
    assert names == set(list_findings(again.leak_screen)["name"])
    assert list_findings(again.leak_screen)["overruled"].null_count() == 0


def test_every_later_alert_has_a_score_whether_it_is_labelled_or_not(finished: Run) -> None:
    measured = finished.targets.filter(pl.col("split").is_in(["validation", "test"]))

    assert measured.height == finished.predictions.height
    assert finished.predictions["y"].null_count() > 0
    assert finished.predictions["score"].is_between(0, 1).all()


def test_the_model_never_saw_a_label_of_the_test_days(finished: Run) -> None:
    first_test_day = finished.predictions.filter(split="test")["processing_date"].min()
    cut = datetime.combine(first_test_day, datetime.min.time(), UTC).timestamp() * 1000
    known = finished.address_labels.filter(pl.col("known_at") < cut)["address"]
    trained = finished.targets.filter(
        pl.col("split").is_in(["train", "validation"]), pl.col("y").is_not_null()
    )

    assert trained.filter(~pl.col("address").is_in(known.implode())).height == 0


def test_the_same_data_give_the_same_bytes_of_model_scores_and_metrics(
    finished: Run, world_client: Client, tmp_path: Path
) -> None:
    again = _new_run(tmp_path, key="b")
    data = FeatureExtractor(world_client).extract_training_data(
        PARAMETERS.start_date, PARAMETERS.end_date, PARAMETERS.window_days, network=WORLD.network
    )
    # The first run has been registered since: what it found in the registry belongs to its input.
    same = replace(data, trained_models=finished.registered_models)
    again.complete(Stage.EXTRACT, lambda: same.save(again.path / "data"))
    pipeline.learn(again)

    assert _results(finished) == _results(again)
    assert {"model/model.txt", "evaluation/metrics.json"} <= {f.path for f in _results(again)}


def _results(run: Run) -> list[FileReference]:
    """Files with their checksums; the table of variants is left out, because it holds seconds."""
    stages = (Stage.FEATURES, Stage.SCREEN, Stage.TRAIN, Stage.EVALUATE)
    files = [file for stage in stages for file in run.record_of(stage).files]
    return [file for file in files if file.path != "model/variants.parquet"]


def test_registering_again_enters_no_second_model(finished: Run, world_client: Client) -> None:
    (finished.path / "stages" / "register.json").unlink()
    pipeline.register(finished, world_client)

    found = world_client.query("SELECT run_id FROM trained_models").result_rows
    assert [(finished.run_id,)] == [row for row in found if row[0] == finished.run_id]


def test_every_metric_of_the_model_is_registered_once(finished: Run, world_client: Client) -> None:
    (finished.path / "stages" / "register.json").unlink()
    pipeline.register(finished, world_client)

    stored = fetch_model_metrics(world_client, finished.model.metadata.model_id)
    given = finished.evaluation.table(models=("model",), segment=None)
    names = ["split", "segment", "metric", "value", "ci_low", "ci_high"]
    assert (
        stored.filter(run_id=finished.run_id)
        .select(names)
        .equals(given.select(names).sort("split", "segment", "metric"))
    )
    assert {"test_all", "test_new"} < set(stored["split"])


def test_the_strategy_of_the_labels_is_kept_with_run_and_model(
    finished: Run, world_client: Client
) -> None:
    name = finished.parameters.labels.strategy
    (registered,) = world_client.query(
        "SELECT label_strategy FROM trained_models WHERE run_id = {run:String}",
        parameters={"run": finished.run_id},
    ).result_rows

    assert "address_label" == name == finished.model.metadata.label_strategy == registered[0]


def test_the_summary_counts_the_labels(finished: Run) -> None:
    counts = finished.targets.filter(pl.col("split").cast(pl.String) != "embargo")["label_status"]

    summary = run_summary(finished)._repr_html_()

    assert f"{(counts == 'labelled').sum():,} labelled, " in summary
    assert "address_label, known before the first test day" in summary


@pytest.mark.parametrize(
    "answer",
    [
        answers.answer_data,
        answers.answer_features,
        answers.answer_training,
        answers.answer_search,
        answers.answer_evaluation,
        answers.answer_comparison,
        answers.answer_errors,
    ],
)
def test_a_report_of_a_run_is_answered_in_two_sentences_and_three_numbers(
    answer: Callable[[Run], answers.Answer], finished: Run
) -> None:
    given = answer(finished)

    assert 2 == len(given.sentences)
    assert 3 == len(given.numbers)
    assert all(text.endswith(".") for text in (*given.sentences, given.advice))
    assert finished.run_id in given.about
    assert finished.model.metadata.model_id in given.about


def test_the_contributions_of_a_run_are_answered_as_well(finished: Run) -> None:
    given = answers.answer_importance(finished, finished.contributions)

    assert "move the scores" in given.text
    assert 3 == len(given.numbers)


def test_contributions_are_read_and_equal_those_computed_anew(finished: Run) -> None:
    anew = Contributions.of(finished.model, sample_alerts(finished.features, finished.predictions))

    stored = finished.contributions

    assert stored.keys.equals(anew.keys)
    assert np.array_equal(stored.values, anew.values)
    assert np.array_equal(stored.features, anew.features, equal_nan=True)
    assert stored.base == anew.base


def test_an_experiment_stands_beside_the_run_and_changes_nothing_of_it(
    finished: Run, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.path.rglob("*")}

    tried = try_out(finished, name="stumps", keep_in=tmp_path, num_leaves=2)
    again = try_out(finished, num_leaves=2)

    assert 2 == tried.model.metadata.hyperparameters.num_leaves
    assert tried.experiment.metrics == again.experiment.metrics
    assert {"stumps"} == set(list_experiments(tmp_path)["experiment"])
    assert before == {path: path.stat().st_mtime_ns for path in finished.path.rglob("*")}


def test_an_experiment_without_a_change_is_the_first_fit_of_the_run(finished: Run) -> None:
    tried = try_out(finished)

    assert tried.model.metadata.booster_sha256 == finished.development_model.metadata.booster_sha256
    assert {0.0} == {entry.difference for entry in tried.experiment.metrics}


def test_an_experiment_with_an_unknown_hyperparameter_names_those_that_exist(
    finished: Run,
) -> None:
    with pytest.raises(UnknownNameError, match=r"num_leafs.*num_leaves"):
        try_out(finished, num_leafs=2)


def test_no_experiment_kept_is_an_empty_list(tmp_path: Path) -> None:
    assert list_experiments(tmp_path).is_empty()


def test_a_misspelt_label_strategy_stops_the_run_before_it_extracts(
    world_client: Client, tmp_path: Path
) -> None:
    run = _new_run(
        tmp_path, PARAMETERS.model_copy(update={"labels": LabelParameters(strategy="adress_label")})
    )

    with pytest.raises(UnknownNameError, match="'adress_label'; expected one of address_label"):
        pipeline.extract(run, world_client)
    assert not (run.path / "data").exists()


def test_dates_without_alerts_name_the_dates_that_exist(
    world_client: Client, tmp_path: Path
) -> None:
    dates = {"start_date": date(2031, 1, 1), "end_date": date(2031, 2, 1)}
    run = _new_run(tmp_path, PARAMETERS.model_copy(update=dates))

    with pytest.raises(NoAlertsError, match="the table holds 2024-01-01 to 2024-02-17"):
        pipeline.extract(run, world_client)


def test_too_few_days_say_how_many_are_needed(world_client: Client, tmp_path: Path) -> None:
    short = PARAMETERS.model_copy(update={"end_date": date(2024, 1, 20)})
    run = _new_run(tmp_path, short)
    pipeline.extract(run, world_client)

    with pytest.raises(TooFewSnapshotsError, match=r"needs 31 \(1 training, 8 validation, 8 test"):
        pipeline.build_features(run)


def test_test_days_without_alerts_stop_the_run_before_it_trains(
    finished: Run, world_client: Client, tmp_path: Path
) -> None:
    """As after an ingestion that stopped: the snapshots are there, and hold no alert."""
    run = _new_run(tmp_path)
    pipeline.extract(run, world_client)
    first_test_day = finished.predictions.filter(split="test")["processing_date"].min()
    alerts = run.path / "data" / "alerts.parquet"
    kept = finished.alerts.filter(pl.col("processing_date") < first_test_day)
    kept.write_parquet(alerts)

    with pytest.raises(NoAlertsToMeasureError, match="there are no test alerts to measure on"):
        pipeline.build_features(run)


def test_labels_of_one_class_only_are_refused(
    finished: Run, world_client: Client, tmp_path: Path
) -> None:
    run = _new_run(tmp_path)
    pipeline.extract(run, world_client)
    labels = run.path / "data" / "address_labels.parquet"
    finished.address_labels.with_columns(risk_level=pl.lit("low")).write_parquet(labels)

    with pytest.raises(OneClassError, match="the train rows hold 0 positive"):
        pipeline.build_features(run)


def test_a_run_tunes_in_a_shared_database_as_in_its_own_and_keeps_no_trace_of_it(
    finished: Run, tmp_path: Path
) -> None:
    storage = SecretStr(f"sqlite:///{tmp_path}/s3cret.db")
    run = _untuned_copy(finished, tmp_path)

    with pytest.raises(TuningStorageError, match="no search of these rows has begun"):
        pipeline.help_tune(run, storage=storage)
    pipeline.tune(run, storage=storage)

    written = [path for path in run.path.rglob("*") if path.is_file()]
    assert finished.tuning.choice == run.tuning.choice
    assert not (run.path / "tuning" / "study.db").exists()
    assert [path for path in written if b"s3cret" in path.read_bytes()] == []
    assert pipeline.help_tune(run, storage=storage) == 0


def _untuned_copy(finished: Run, folder: Path) -> Run:
    path = folder / finished.run_id
    shutil.copytree(finished.path, path)
    shutil.rmtree(path / "tuning")
    return Run.open(path)


def test_an_interrupted_run_redoes_no_finished_stage(finished: Run) -> None:
    before = finished.record_of(Stage.TUNE)

    pipeline.learn(Run.open(finished.path))

    assert before == finished.record_of(Stage.TUNE)


def test_the_calls_of_a_notebook_by_hand_lead_to_a_model_and_its_metrics(
    world_client: Client,
) -> None:
    data = FeatureExtractor(world_client).extract_training_data(
        "2024-01-01", "2024-02-17", 7, network="ethereum"
    )
    X, y = FeatureBuilder().build_training_features(data)
    model, metrics = ModelTrainer(model_type="alert_scorer").train(X, y, cv_folds=2)
    scores = model.predict(X)

    assert {"test_auc", "cv_auc_mean", "cv_auc_std"} <= set(metrics)
    assert (len(X), True) == (len(scores), bool(((scores >= 0) & (scores <= 1)).all()))


@pytest.mark.parametrize("model_type", [ModelType.ALERT_RANKER, ModelType.CLUSTER_SCORER])
def test_the_other_model_types_go_the_same_way(
    world_client: Client, tmp_path: Path, model_type: ModelType
) -> None:
    run = _new_run(tmp_path, PARAMETERS.model_copy(update={"model_type": model_type}))

    pipeline.extract(run, world_client)
    pipeline.learn(run)
    pipeline.register(run, world_client)

    assert run.registration.model_id.startswith(model_type.value)
    assert run.registration.version == "1.0.0"
    assert run.evaluation.get("model", "roc_auc").value is not None
    scoring = next(result for result in run.checks.results if result.code == "AM016")
    assert scoring.state is CheckState.PASSED, scoring.told


# --- registered models on the test of a run -----------------------------------------------------


@pytest.fixture(scope="module")
def rivals(
    finished: Run, world_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """Ids of two models that other runs trained on the same days, and of one that saw the test."""
    folder, storage = tmp_path_factory.mktemp("models"), ModelStorage(world_client)
    train, validation, test = (
        LabelledRows.of(finished.features, finished.targets, split=split)
        for split in ("train", "validation", "test")
    )
    ids = []
    for seed, stopped_on in ((21, validation), (22, validation), (23, test)):
        small = Hyperparameters(num_leaves=7, n_estimators=20)
        trainer = ModelTrainer(hyperparameters=small, seed=seed, n_threads=1)
        fitted = trainer.fit(train, stopped_on, categorical=finished.catalogue.categorical)
        model = fitted.model.with_meanings(finished.catalogue)
        storage.save(
            model, {}, directory=folder / str(seed), run_id=str(seed), parameters=PARAMETERS
        )
        ids.append(model.metadata.model_id)
    return ids


def test_a_model_that_saw_the_test_days_is_refused(
    finished: Run, world_client: Client, rivals: list[str]
) -> None:
    with pytest.raises(ModelNotFoundError, match=f"{rivals[2]}: it was calibrated up to 2024-02-1"):
        compare_registered(finished, rivals[2:], fetch_trained_models(world_client))


@pytest.fixture(scope="module")
def later(
    finished: Run,
    world_client: Client,
    rivals: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """The same run, begun when the other models were registered, with one of them named."""
    folder = tmp_path_factory.mktemp("later") / finished.run_id
    shutil.copytree(finished.path, folder)
    comparison = ComparisonParameters(models=(rivals[0], rivals[2], "alert_scorer-nobody"))
    parameters = PARAMETERS.model_copy(update={"comparison": comparison})
    write_model(folder / "parameters.json", parameters)
    write_parquet(folder / "data" / "trained_models.parquet", fetch_trained_models(world_client))
    (folder / "stages" / "evaluate.json").unlink()
    run = Run.open(folder)
    pipeline.evaluate(run)
    return run


def test_a_run_scores_the_registered_models_that_it_names_and_lists_the_others(
    later: Run, rivals: list[str]
) -> None:
    met, saw_the_test, unknown = later.rivals.models

    assert f"score_{met.name}" in later.predictions.columns
    assert met.name in later.evaluation.models
    assert met.name in {candidate.model for candidate in later.comparison.selection.candidates}
    assert rivals[:1] == [met.model_id]
    assert "it was calibrated up to" in saw_the_test.reason
    assert "it is not registered; registered are" in unknown.reason


def test_the_command_compares_from_the_folders_alone_and_leaves_them_as_they_are(
    later: Run, rivals: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(tmp_path / "none"))
    before = {path: sha256_of(path) for path in later.path.rglob("*") if path.is_file()}
    file = tmp_path / "found.json"

    done = CliRunner().invoke(app, ["compare", str(later.path), *rivals, "--output", str(file)])

    found = RunComparison.model_validate_json(file.read_text())
    met = [str(report.name) for report in found.rivals.models[:2]]
    tested = {d.rival: d.p_adjusted for d in found.comparison.differences if d.metric == "roc_auc"}
    own, other = (found.evaluation.get(name, "roc_auc") for name in ("model", met[1]))
    assert own == later.evaluation.get("model", "roc_auc")
    assert (own.n_rows, own.n_positives) == (other.n_rows, other.n_positives)
    assert {*met, "logistic", "rule", "ensemble_stacked"} < set(tested)
    assert None not in tested.values()
    assert all(title_of(name) in done.stdout for name in (*met, "model", "rule"))
    assert other.text in done.stdout
    assert done.exit_code == 1
    assert f"refused: {rivals[2]}: it was calibrated up to 2024-02-1" in done.stderr
    assert before == {path: sha256_of(path) for path in later.path.rglob("*") if path.is_file()}
    assert not (tmp_path / "none").exists()


def test_a_model_that_the_run_did_not_know_is_looked_for_in_the_database(
    finished: Run,
    rivals: list[str],
    world_client: Client,
    embedded_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(embedded_dir))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", str(world_client.database))

    done = CliRunner().invoke(app, ["compare", str(finished.path), "alert_scorer-nobody"])

    assert isinstance(done.exception, ModelNotFoundError)
    assert all(model_id in str(done.exception) for model_id in rivals)


def test_registering_promotes_nothing(finished: Run, world_client: Client) -> None:
    decided = decision_of(finished)

    assert decided is not None
    assert decided.model_id == finished.registration.model_id
    assert decided.champion_id is None
    assert fetch_promotions(world_client).filter(run_id=finished.run_id).is_empty()


def test_the_models_and_the_decisions_about_them_are_listed(
    finished: Run,
    rivals: list[str],
    world_client: Client,
    embedded_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALERTMILL_RUNS_DIR", str(tmp_path))
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(embedded_dir))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", str(world_client.database))
    before = fetch_promotions(world_client)
    run, own = CliRunner().invoke, finished.registration.model_id

    for model_id in (rivals[0], rivals[1], rivals[0]):
        run(app, ["promote", model_id, "--reason", "[reviewed] by the desk"])
    rejected = run(app, ["reject", own, "--reason", "another one is better"])
    listed, decided = run(app, ["models"]), run(app, ["promotions"])

    rows = [line.split() for line in decided.stdout.splitlines()[1:]]
    roles = {line.split()[0]: line for line in listed.stdout.splitlines()[1:]}
    assert fetch_promotions(world_client).tail(before.height).equals(before)
    assert [own, rivals[0], rivals[1], rivals[0]] == [row[2] for row in rows[:4]]
    assert rejected.stdout.startswith(f"{own} is rejected, decided by ")
    assert " rejected " in roles[own]
    assert "[reviewed] by the desk" in decided.stdout
    assert " champion " in roles[rivals[0]]
    assert "former champion" in roles[rivals[1]]
    assert finished.evaluation.get("model", "roc_auc").text[:5] in roles[own]


def test_an_earlier_origin_is_tested_before_the_own_one_and_was_fitted_before_it(
    finished: Run,
) -> None:
    ranges = finished.frame("evaluation/origin_scores.parquet").group_by("origin").agg(
        pl.col("is_shipped").first(),
        pl.col("processing_date").min().alias("first"),
        pl.col("processing_date").max().alias("last"),
    ).sort("origin")  # fmt: skip
    own = finished.predictions.filter(pl.col("split").cast(pl.String) == "test")

    assert [False, True] == ranges["is_shipped"].to_list()
    assert ranges["last"][0] < ranges["first"][1]
    assert (ranges["last"][0] - ranges["origin"][0]).days < PARAMETERS.split.test_days
    assert own["processing_date"].min() == ranges["first"][1]
    assert {1, 2} == set(finished.origins["n_origins"])


def test_what_comes_after_an_origin_changes_no_score_of_it(finished: Run, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(finished.path, folder)
    scores = finished.frame("evaluation/origin_scores.parquet")
    earlier = scores.filter(~pl.col("is_shipped"))
    origin, last = earlier["origin"][0], earlier["processing_date"].max()
    later = pl.col("processing_date") > last
    write_parquet(
        folder / "features" / "features.parquet",
        finished.features.with_columns(
            pl.when(later).then(-pl.col(name)).otherwise(name).alias(name)
            for name in finished.catalogue.names
        ),
    )
    data = TrainingData.load(finished.path / "data")
    known = data.address_labels.filter(pl.col("known_at") < midnight(origin).timestamp() * 1000)
    replace(data, address_labels=known).save(folder / "data")
    changed = Run.open(folder)

    again = score_origins(
        changed, finished.predictions, trainer=pipeline.trainer_of(finished)
    ).filter(~pl.col("is_shipped"))

    assert known.height < data.address_labels.height
    assert earlier.drop("y").equals(again.drop("y"))
    assert earlier["y"].null_count() < again["y"].null_count()
