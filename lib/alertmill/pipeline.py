"""The stages of a training run: each reads the run folder, calls the library, and writes back.

Every function here is idempotent: a stage whose files are as its record says is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import polars as pl
from pydantic import SecretStr

from alertmill.checks import check_codes, check_run
from alertmill.earlier_origins import score_origins
from alertmill.errors import LeakError, NoAlertsToMeasureError
from alertmill.evaluation.burdens import burden_by_group
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate as evaluate_predictions
from alertmill.evaluation.group_columns import (
    check_group_columns,
    columns_of_groups,
    with_groups,
)
from alertmill.evaluation.lifts import lift_by_tenth
from alertmill.evaluation.origins import measure_origins
from alertmill.evaluation.registry_metrics import registered_metrics
from alertmill.evaluation.typologies import recall_by_typology
from alertmill.explanation.contributions import (
    CONTRIBUTIONS_FILE,
    Contributions,
    sample_alerts,
)
from alertmill.files import write_model, write_parquet
from alertmill.parameters import TrainingParameters
from alertmill.predictions import predict
from alertmill.promotions import DECISION_FILE
from alertmill.promotions.deciding import PromotionCase
from alertmill.promotions.deciding import decide as decide_case
from alertmill.runs import Registration, Run, Stage, StageRecord
from alertmill.storage import Client
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import DEVELOPMENT, LabelledRows
from alertmill.training.features.units import build_unit_features, build_units
from alertmill.training.labels.strategies import find_label_strategy, reads_dispositions
from alertmill.training.leaks import Subject, screen
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.model import AlertModel
from alertmill.training.models.refit import RefitModel, folds_in_time
from alertmill.training.models.seeds import refit_with_seeds
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.models.trainers import find_trainer
from alertmill.training.models.variants import train_variants
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.training.registry.registered import next_version
from alertmill.training.registry.rows import fetch_registered, save_registered
from alertmill.training.tuning.search import Progress, Search
from alertmill.training.tuning.search import help_tune as help_search
from alertmill.training.tuning.search import tune as tune_hyperparameters


def learn(run: Run, *, progress: Progress | None = None) -> None:
    """Do every stage after the extraction that needs no database."""
    for perform in stages_of_learning(progress=progress).values():
        perform(run)


def stages_of_learning(
    *, progress: Progress | None = None
) -> dict[Stage, Callable[[Run], StageRecord]]:
    """Return the stages after the extraction that need no database, in their order."""
    return {
        Stage.FEATURES: build_features,
        Stage.SCREEN: screen_leaks,
        Stage.TUNE: partial(tune, progress=progress),
        Stage.TRAIN: train,
        Stage.EVALUATE: evaluate,
        Stage.CHECK: check,
        Stage.DECIDE: decide,
    }


def extract(run: Run, client: Client) -> StageRecord:
    """Copy what the run needs from the database into ``data/``.

    Raises
    ------
    NoAlertsError
        If the range holds no alerts; the message says which dates exist.
    UnknownNameError, LabelStrategyError
        If the parameters name no label strategy, or mute a check that does not exist.
    TrainerError
        If they name a trainer that is none.
    """
    p = run.parameters
    # Whoever misspelt it hears so before the database is asked.
    find_label_strategy(p.labels.strategy)
    find_trainer(p.computing.trainer)
    check_codes(p.checks.muted)

    def produce() -> Iterable[Path]:
        return read_data(p, client).save(run.path / "data")

    return run.complete(Stage.EXTRACT, produce)


def read_data(parameters: TrainingParameters, client: Client) -> TrainingData:
    """Return what a run with these parameters reads from the database.

    Raises
    ------
    NoAlertsError, OtherNetworkError, MixedSourcesError, SnapshotsChangingError, ContractError
        As `FeatureExtractor.extract_training_data`.
    """
    p = parameters
    return FeatureExtractor(client).extract_training_data(
        p.start_date,
        p.end_date,
        p.window_days,
        network=p.network,
        with_dispositions=reads_dispositions(p.labels.strategy),
    )


def build_features(run: Run) -> StageRecord:
    """Build the feature matrix, its catalogue and the targets into ``features/``.

    Raises
    ------
    TooFewSnapshotsError
        If the range is too short for the split.
    OneClassError
        If the training or validation rows hold one class only.
    NoAlertsToMeasureError
        If the test days have no alerts: better now than after hours of training.
    NoClustersError
        If clusters are to be scored and there are none.
    UnknownNameError, ConfigurationError
        If the parameters name a column that makes no groups.
    """

    def produce() -> Iterable[Path]:
        folder = run.path / "features"
        data = TrainingData.load(run.path / "data")
        units = build_units(data, run.parameters)
        built = units.features
        check_group_columns(run.parameters.computing.groups, units.described, built.features)
        for split in ("train", "validation"):
            LabelledRows.of(built.features, units.targets, split=split)
        if units.targets.filter(pl.col("split").cast(pl.String) == "test").is_empty():
            raise NoAlertsToMeasureError.of("test")
        write_parquet(folder / "features.parquet", built.features)
        write_parquet(folder / "targets.parquet", units.targets)
        write_parquet(folder / "units.parquet", units.described)
        write_parquet(folder / "refused.parquet", built.refused)
        write_model(folder / "catalogue.json", built.catalogue)
        tables = ("features", "targets", "units", "refused")
        names = (*(f"{name}.parquet" for name in tables), "catalogue.json")
        return [folder / name for name in names]

    return run.complete(Stage.FEATURES, produce)


def screen_leaks(run: Run) -> StageRecord:
    """Look for features that know the label or the future, into ``features/leak_screen.json``.

    The test range is not looked at. The report is written before the run is stopped.

    Raises
    ------
    LeakError
        If something was found that the parameters do not overrule.
    UnknownNameError
        If they overrule a feature that does not exist.
    """
    p = run.parameters

    def produce() -> Iterable[Path]:
        file = run.path / "features" / "leak_screen.json"
        subject = Subject.of(
            run.features,
            run.targets,
            run.catalogue,
            data=TrainingData.load(run.path / "data"),
            build=lambda data: build_unit_features(data, p.model_type).features,
            limit=p.leak_screen.limit,
            n_folds=p.tuning.cv_folds,
            embargo_days=p.embargo_days,
            seed=p.seed,
        )
        report = screen(subject, overruled=p.leak_screen.overruled)
        write_model(file, report)
        if report.standing:
            names = [finding.name for finding in report.standing]
            raise LeakError.of(names, report.standing, report=file)
        return [file]

    return run.complete(Stage.SCREEN, produce)


def tune(
    run: Run, *, storage: SecretStr | None = None, progress: Progress | None = None
) -> StageRecord:
    """Search hyperparameters inside the training range, into ``tuning/``.

    The study of the trials is no result and is left out of the stage's record.

    Parameters
    ----------
    run : Run
        With features.
    storage : SecretStr, optional
        SQLAlchemy URL of the database of the trials. Not given: a file in the run folder.
    progress : callable, optional
        Told after every trial how many are done and how many there will be.

    Raises
    ------
    TuningStorageError
        If the database cannot be opened.
    TuningFailedError
        If no trial could be finished.
    """

    def produce() -> Iterable[Path]:
        tuning = tune_hyperparameters(_search(run, storage), progress=progress)
        return tuning.save(run.path / "tuning")

    return run.complete(Stage.TUNE, produce)


def help_tune(run: Run, *, storage: SecretStr | None = None) -> int:
    """Do trials of a run that another process tunes; gives how many. A tuned run needs no help.

    Raises
    ------
    TuningStorageError
        If the database of the trials cannot be opened, or the search has not begun there.
    UnfinishedRunError
        If the run has no features yet.
    """
    return 0 if run.is_done(Stage.TUNE) else help_search(_search(run, storage))


def _search(run: Run, storage: SecretStr | None) -> Search:
    trainer = trainer_of(run)
    return Search(
        rows_of(run, "train"),
        run.parameters.tuning,
        embargo_days=run.parameters.embargo_days,
        settings=trainer.settings,
        space=trainer.search_space,
        storage=storage or run.path / "tuning" / "study.db",
        categorical=run.catalogue.categorical,
        name=run.run_id,
    )


def train(run: Run) -> StageRecord:
    """Fit and stop early on validation, then fit again on all of both, into ``model/``.

    The first fit decides how many trees there are, and scores validation: ``model/development/``.
    The second one ships. It sees every row up to the last validation day, averages several seeds,
    and is calibrated on rows that were scored by fits without them.
    """

    def produce() -> Iterable[Path]:
        folder = run.path / "model"
        train_rows, validation_rows = rows_of(run, "train"), rows_of(run, "validation")
        categorical = run.catalogue.categorical
        trainer = trainer_of(run, run.tuning.shipped)
        fitted = trainer.fit(train_rows, validation_rows, categorical=categorical)
        refit = _refit(run, trainer, fitted.model)
        model, shipped = (_described(run, made) for made in (fitted.model, refit.model))
        variants = train_variants(
            train_rows,
            validation_rows,
            run.units,
            trainer=trainer,
            searched=run.tuning.best,
            categorical=categorical,
        )
        n_days = validation_rows.keys["processing_date"].n_unique()
        seeds = refit_with_seeds(
            train_rows,
            validation_rows,
            model,
            trainer=trainer,
            n_reviewed=run.parameters.review_budget * n_days,
        )
        tables = {
            "training_curve": fitted.training_curve,
            "variants": variants,
            "seeds": seeds,
            "cross_fitted": refit.cross_fitted,
        }
        for name, table in tables.items():
            write_parquet(folder / f"{name}.parquet", table)
        saved = [*shipped.save(folder), *model.save(folder / "development")]
        return [*saved, *(folder / f"{name}.parquet" for name in tables)]

    return run.complete(Stage.TRAIN, produce)


def _refit(run: Run, trainer: ModelTrainer, fitted: AlertModel) -> RefitModel:
    p = run.parameters
    development = rows_of(run, DEVELOPMENT)
    folds = folds_in_time(development, embargo_days=p.embargo_days)
    return trainer.refit(fitted, development, folds=folds, n_seeds=p.computing.n_seeds)


def _described(run: Run, model: AlertModel) -> AlertModel:
    """Return a model with what its labels and features mean."""
    return model.with_label_strategy(run.parameters.labels.strategy).with_meanings(run.catalogue)


def evaluate(run: Run) -> StageRecord:
    """Open the test range once: scores, metrics with intervals, paired tests, reasons.

    All goes into ``evaluation/``.

    Raises
    ------
    NoAlertsToMeasureError
        If the test or validation range holds no alerts.
    """
    p = run.parameters

    def produce() -> Iterable[Path]:
        folder = run.path / "evaluation"
        scored = predict(run)
        predictions = scored.frame
        drawn = {"n_bootstrap": p.computing.n_bootstrap, "seed": p.seed}
        queued = {"review_budget": p.review_budget, **drawn}
        origin_scores = score_origins(run, predictions, trainer=trainer_of(run))
        # Two reports read them, and they are dear.
        explained = Contributions.of(run.model, sample_alerts(run.features, predictions))
        tables = {
            "predictions.parquet": predictions,
            "typology_recall.parquet": recall_by_typology(predictions, **queued),
            "lift.parquet": lift_by_tenth(predictions, **drawn),
            "origin_scores.parquet": origin_scores,
            "origins.parquet": measure_origins(origin_scores, **queued),
            CONTRIBUTIONS_FILE: explained.as_table(),
            "burdens.parquet": _burdens(run, predictions),
        }
        documents = {
            "metrics.json": evaluate_predictions(
                predictions,
                review_budget=p.review_budget,
                n_bootstrap=p.computing.n_bootstrap,
                seed=p.seed,
            ),
            "comparison.json": compare(predictions, **queued),
            "champion.json": scored.champion,
            "rivals.json": scored.rivals,
        }
        for name, table in tables.items():
            write_parquet(folder / name, table)
        for name, document in documents.items():
            write_model(folder / name, document)
        return [folder / name for name in (*tables, *documents)]

    return run.complete(Stage.EVALUATE, produce)


def _burdens(run: Run, predictions: pl.DataFrame) -> pl.DataFrame:
    """Return what reaches the queue of the test days, group by group."""
    p = run.parameters
    grouped = with_groups(
        predictions.filter(pl.col("split").cast(pl.String) == "test"),
        units=run.units,
        features=run.features,
        network=p.network,
        named=p.computing.groups,
    )
    return burden_by_group(
        grouped,
        columns=columns_of_groups(grouped, p.computing.groups),
        review_budget=p.review_budget,
        n_bootstrap=p.computing.n_bootstrap,
        seed=p.seed,
    )


def check(run: Run) -> StageRecord:
    """Ask the coded checks about the run, into ``checks/checks.json``.

    Raises
    ------
    UnknownNameError
        If the parameters mute a check that does not exist.
    """

    def produce() -> Iterable[Path]:
        file = run.path / "checks" / "checks.json"
        write_model(file, check_run(run))
        return [file]

    return run.complete(Stage.CHECK, produce)


def decide(run: Run) -> StageRecord:
    """Decide whether the model should become the champion, into ``promotion/decision.json``.

    Nothing follows from it before the run is published.
    """

    def produce() -> Iterable[Path]:
        file = run.path / DECISION_FILE
        write_model(file, decide_case(PromotionCase.of(run)))
        return [file]

    return run.complete(Stage.DECIDE, produce)


def register(run: Run, client: Client) -> StageRecord:
    """Enter the model in trained_models and model_metrics; registering again enters nothing."""

    def produce() -> Iterable[Path]:
        folder = run.path / "model"
        registered = ModelStorage(client).save(
            run.model,
            registered_metrics(run.evaluation, run.tuning),
            directory=folder,
            run_id=run.run_id,
            parameters=run.parameters,
            measured=_measured(run),
        )
        registration = Registration(
            model_id=registered.model_id,
            version=registered.version,
            run_id=registered.run_id,
        )
        write_model(folder / "registration.json", registration)
        entered = fetch_registered(client, model_id=registered.model_id, run_id=registered.run_id)
        return [folder / "registration.json", *save_registered(entered, folder)]

    return run.complete(Stage.REGISTER, produce)


def rows_of(run: Run, split: str) -> LabelledRows:
    """Return the labelled rows of a split, or of several as `LabelledRows.of` names them."""
    return LabelledRows.of(run.features, run.targets, split=split)


def trainer_of(run: Run, hyperparameters: Hyperparameters | None = None) -> ModelTrainer:
    """Return the trainer that the parameters of a run ask for; without hyperparameters, its own."""
    p = run.parameters
    version = next_version(
        run.registered_models,
        network=p.network,
        model_type=p.model_type,
        window_days=p.window_days,
    )
    return find_trainer(p.computing.trainer)(
        p.model_type,
        hyperparameters=hyperparameters,
        seed=p.seed,
        n_threads=p.computing.n_threads,
        version=version,
        embargo_days=p.embargo_days,
        review_budget=p.review_budget,
        monotone=run.catalogue.monotone,
    )


def _measured(run: Run) -> pl.DataFrame:
    """Every metric of the model itself, named as the columns of model_metrics."""
    table = run.evaluation.table(models=("model",), segment=None)
    return table.rename({"n_rows": "rows", "n_addresses": "addresses", "n_positives": "positives"})
