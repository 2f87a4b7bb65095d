"""Keep models where later runs find them: files in a folder, a row in trained_models."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from alertmill.errors import ModelNotFoundError
from alertmill.parameters import TrainingParameters
from alertmill.storage import Client
from alertmill.storage.model_metrics import insert_model_metrics
from alertmill.storage.registry import (
    TrainedModelRow,
    fetch_trained_models,
    insert_trained_model,
)
from alertmill.training.models.model import METADATA_FILE, AlertModel, digest
from alertmill.training.registry.first_load import trust
from alertmill.training.registry.model_folder import check_free, place_model
from alertmill.training.registry.registered import (
    RegisteredModel,
    latest_registered,
    models_alike,
    next_version,
    registered_of,
)
from alertmill.vocabulary import ModelType

if TYPE_CHECKING:
    from alertmill.training.models.trainer import TrainingMetrics


class ModelStorage:
    """Saves, finds and loads trained models.

    Parameters
    ----------
    client : Client
        Connected to the database of a network.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def save(
        self,
        model: AlertModel,
        metrics: Mapping[str, float | None] | TrainingMetrics,
        *,
        directory: str | os.PathLike[str],
        run_id: str,
        parameters: TrainingParameters,
        measured: pl.DataFrame | None = None,
    ) -> RegisteredModel:
        """Write the model's files to ``directory`` and enter it in trained_models.

        The row of trained_models comes last, in one statement: a model that is listed has its
        files and metrics. After a crash before it there is no model; saving again completes it.

        Saving the same model of the same run again enters nothing. The registry decides the
        version: the one under which another run registered the same model, else the model's own,
        or the next free one when another model already has it.

        Parameters
        ----------
        model : AlertModel
            The model.
        metrics : mapping
            Measured values by name, as `ModelTrainer.train` returns them; None where a metric is
            undefined. test_auc,
            test_average_precision, cv_auc_mean and cv_auc_std get columns of their own.
        directory : Path or str
            Folder of the model's files.
        run_id : str
            Run that made the model.
        parameters : TrainingParameters
            What the run was about.
        measured : DataFrame, optional
            Every metric with its interval, columns of `METRIC_COLUMNS` in
            `alertmill.storage.model_metrics`; entered in model_metrics.

        Raises
        ------
        ModelFolderTakenError
            If the folder holds the files of another registered model.
        """
        directory = Path(directory)
        models = self.list()
        known = models.filter(model_id=model.metadata.model_id, run_id=run_id)
        if known.height:
            return registered_of(known)
        check_free(directory, model, models)
        place_model(model, directory)
        trust(model)
        if measured is not None:
            insert_model_metrics(
                self._client, measured, model_id=model.metadata.model_id, run_id=run_id
            )
        insert_trained_model(
            self._client,
            _row_of(
                model,
                metrics,
                directory=directory,
                run_id=run_id,
                parameters=parameters,
                version=_free_version(model, models, parameters),
            ),
        )
        return registered_of(self.list().filter(model_id=model.metadata.model_id, run_id=run_id))

    def load(self, model_id: str) -> AlertModel:
        """Read a model; its digest is checked against the registry first.

        Raises
        ------
        ModelNotFoundError
            If no such model is registered, or its files are gone.
        ArtifactChangedError
            If its files have changed.
        """
        models = self.list()
        found = models.filter(model_id=model_id)
        if found.is_empty():
            known = ", ".join(models["model_id"].unique().sort()) or "none"
            raise ModelNotFoundError(
                f"no model {model_id!r} is registered; registered are: {known}."
            )
        return registered_of(found).open()

    def latest(
        self,
        network: str,
        model_type: str = ModelType.ALERT_SCORER,
        window_days: int | None = None,
    ) -> AlertModel:
        """Read the model with the highest version, where 1.10.0 is higher than 1.9.0.

        Raises
        ------
        ModelNotFoundError
            If none is registered for the network, model type and window (None: any window), or
            its files are gone.
        """
        found = latest_registered(
            self.list(), network=network, model_type=model_type, window_days=window_days
        )
        if found is None:
            window = "any window" if window_days is None else f"window {window_days} days"
            raise ModelNotFoundError(
                f"no {model_type} is registered for {network}, {window}; train one first."
            )
        return found.open()

    def list(self) -> pl.DataFrame:
        """Return the rows of trained_models, the newest first."""
        return fetch_trained_models(self._client)


def _free_version(model: AlertModel, models: pl.DataFrame, parameters: TrainingParameters) -> str:
    network, window_days = parameters.network, parameters.window_days
    same = models.filter(model_id=model.metadata.model_id)
    if same.height:
        return str(same["version"][0])
    taken = models_alike(models, network, parameters.model_type, window_days)["version"]
    if model.metadata.version not in taken:
        return model.metadata.version
    return next_version(
        models, network=network, model_type=parameters.model_type, window_days=window_days
    )


def _row_of(
    model: AlertModel,
    metrics: Mapping[str, float | None] | TrainingMetrics,
    *,
    directory: Path,
    run_id: str,
    parameters: TrainingParameters,
    version: str,
) -> TrainedModelRow:
    metadata = model.metadata
    values: dict[str, Any] = dict(metrics)
    return TrainedModelRow(
        model_id=metadata.model_id,
        model_type=metadata.model_type.value,
        version=version,
        network=parameters.network,
        window_days=parameters.window_days,
        training_start_date=metadata.training_start or parameters.start_date,
        training_end_date=metadata.training_end or parameters.end_date,
        run_id=run_id,
        model_path=str(directory.resolve()),
        model_sha256=metadata.booster_sha256,
        feature_hash=metadata.feature_hash,
        label_strategy=metadata.label_strategy,
        status="trained",
        metrics_json=json.dumps(values, sort_keys=True, allow_nan=False),
        hyperparameters_json=metadata.hyperparameters.model_dump_json(),
        feature_names=model.feature_names,
        num_samples=metadata.n_train,
        num_features=len(model.feature_names),
        positives=metadata.n_train_positives,
        addresses=metadata.n_train_addresses or 0,
        test_auc=values.get("test_auc"),
        test_average_precision=values.get("test_average_precision"),
        cv_auc_mean=values.get("cv_auc_mean"),
        cv_auc_std=values.get("cv_auc_std"),
        created_at=datetime.now(UTC),
        metadata_sha256=digest(model.texts()[METADATA_FILE]),
    )
