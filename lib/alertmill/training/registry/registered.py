"""Rows of trained_models as models that can be found and opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from alertmill.errors import ModelNotFoundError
from alertmill.removals import removal_of
from alertmill.storage.registry import VERSION_PARTS
from alertmill.training.models.model import METADATA_FILE, MODEL_FILE, AlertModel
from alertmill.training.models.model_files import check_digest
from alertmill.training.models.trainer import FIRST_VERSION
from alertmill.training.registry.first_load import try_first
from alertmill.vocabulary import ModelType, PromotionVerdict


@dataclass(frozen=True)
class RegisteredModel:
    """A row of trained_models: enough to find the model and to judge what it may be used for."""

    model_id: str
    version: str
    run_id: str
    training_start: date
    training_end: date
    folder: Path
    model_sha256: str
    metadata_sha256: str = ""
    """Empty of a model from before the registry held it."""

    def open(self) -> AlertModel:
        """Read the model from its folder.

        Raises
        ------
        ModelNotFoundError
            If the folder is gone, or was removed with its run.
        ArtifactChangedError
            If the files are not those that were registered.
        UnsafeModelError
            If a file cannot be read, or the model, tried in a process of its own, ends that
            process, does not end, or gives its canary other scores; see
            `alertmill.training.registry.first_load`.
        """
        if not (self.folder / MODEL_FILE).is_file():
            removal = removal_of(self.folder.parent)
            if removal is not None:
                raise ModelNotFoundError.removed(
                    self.model_id, self.folder.parent, removal.sentence
                )
            raise ModelNotFoundError(
                f"the files of the model {self.model_id} are not in {self.folder}; restore the "
                "folder of its run, or train again."
            )
        check_digest(self.folder / MODEL_FILE, self.model_sha256)
        if self.metadata_sha256:
            check_digest(self.folder / METADATA_FILE, self.metadata_sha256)
        model = AlertModel.load(self.folder)
        try_first(model)
        return model


def latest_registered(
    models: pl.DataFrame,
    *,
    network: str,
    model_type: str = ModelType.ALERT_SCORER,
    window_days: int | None = None,
) -> RegisteredModel | None:
    """Find the model with the highest version among rows of trained_models; None without any."""
    alike = models_alike(models, network, model_type, window_days)
    return registered_of(alike) if alike.height else None


def registered_champion(
    models: pl.DataFrame, *, network: str, model_type: str, window_days: int
) -> RegisteredModel | None:
    """Find the model that was promoted last among rows of trained_models; None without any."""
    alike = models_alike(models, network, model_type, window_days)
    promoted = alike.filter(pl.col("promoted_at").is_not_null())
    last = promoted.sort("promoted_at", descending=True, maintain_order=True)
    return registered_of(last) if last.height else None


def registered_by_id(models: pl.DataFrame, model_id: str) -> RegisteredModel | None:
    """Find a model by its id among rows of trained_models, of equal ones the newest; else None."""
    found = models.filter(model_id=model_id).sort("created_at", descending=True)
    return registered_of(found) if found.height else None


def latest_ids(
    models: pl.DataFrame, *, network: str, model_type: str, window_days: int
) -> tuple[str, ...]:
    """Ids of the models of a kind, the highest version first, equal models once."""
    alike = models_alike(models, network, model_type, window_days)
    return tuple(alike["model_id"].unique(maintain_order=True))


def next_version(
    models: pl.DataFrame,
    *,
    network: str,
    model_type: str = ModelType.ALERT_SCORER,
    window_days: int,
) -> str:
    """Return the version after the highest of its kind: the minor number plus one, else 1.0.0."""
    alike = models_alike(models, network, model_type, window_days)
    if alike.is_empty():
        return FIRST_VERSION
    highest = alike.row(0, named=True)
    return f"{highest['version_major']}.{highest['version_minor'] + 1}.0"


def one_row_per_model(models: pl.DataFrame) -> pl.DataFrame:
    """Keep one row of each model id, that of its first run, newest models first.

    An id names one model, whichever runs made it: `promoted_at` is its last promotion by any of
    them, and the added columns ``n_runs`` and ``run_ids`` (oldest first) name them.

    Parameters
    ----------
    models : DataFrame
        Rows of trained_models, in any order.
    """
    rows = models.sort("created_at", "run_id")
    per_model = rows.group_by("model_id").agg(
        pl.col("promoted_at").max(), n_runs=pl.len(), run_ids=pl.col("run_id")
    )
    first = rows.unique("model_id", keep="first", maintain_order=True).drop("promoted_at")
    joined = first.join(per_model, on="model_id", how="left", maintain_order="left")
    return joined.select(*models.columns, "n_runs", "run_ids").reverse()


def roles(models: pl.DataFrame, decisions: pl.DataFrame) -> pl.Series:
    """Return the role of every model: champion, former champion, proposed, rejected, challenger.

    A proposal lapses when another model becomes the champion of its kind.

    Parameters
    ----------
    models : DataFrame
        All models, as from `one_row_per_model`.
    decisions : DataFrame
        All rows of promotions, in any order.
    """
    promoted, kind = pl.col("promoted_at"), ("network", "model_type", "window_days")
    last = decisions.sort("decided_at").group_by("model_id").agg(
        pl.col("decision").last(), pl.col("decided_at").last()
    )  # fmt: skip
    crowned = promoted.max().over(kind)
    role = (
        pl.when(promoted == crowned)
        .then(pl.lit("champion"))
        .when(pl.col("decision") == PromotionVerdict.REJECTED)
        .then(pl.lit("rejected"))
        .when(promoted.is_not_null())
        .then(pl.lit("former champion"))
        .when(
            pl.col("decision") == PromotionVerdict.PROPOSED,
            crowned.is_null() | (pl.col("decided_at") > crowned),
        )
        .then(pl.lit("proposed"))
        .otherwise(pl.lit("challenger"))
    )
    joined = models.join(last, on="model_id", how="left", maintain_order="left")
    return joined.select(role=role).to_series()


def models_alike(
    models: pl.DataFrame, network: str, model_type: str, window_days: int | None
) -> pl.DataFrame:
    """Return the rows of a network, model type and window (None: any), highest version first."""
    alike = models.filter(pl.col("network") == network, pl.col("model_type") == model_type)
    if window_days is not None:
        alike = alike.filter(pl.col("window_days") == window_days)
    return alike.sort(*VERSION_PARTS, "created_at", descending=True, maintain_order=True)


def registered_of(models: pl.DataFrame) -> RegisteredModel:
    """Read the first row."""
    row = models.row(0, named=True)
    return RegisteredModel(
        model_id=row["model_id"],
        version=row["version"],
        run_id=row["run_id"],
        training_start=row["training_start_date"],
        training_end=row["training_end_date"],
        folder=Path(row["model_path"]),
        model_sha256=row["model_sha256"],
        metadata_sha256=row["metadata_sha256"],
    )
