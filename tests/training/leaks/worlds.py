"""Small derived worlds, and the columns by which an earlier system leaked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from alertmill import pipeline
from alertmill.parameters import SplitParameters, TrainingParameters, TuningParameters
from alertmill.runs import Run
from alertmill.simulator import WorldParameters, simulate
from alertmill.snapshots.derivation import derive_snapshots
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureBuilder
from alertmill.training.leaks import Subject
from alertmill.vocabulary import RiskLevel

ADDRESS = "address"
_USUAL_LEVEL = 2.0
"""What the earlier system gave to addresses without a label."""


def make_world(seed: int, *, n_retail: int = 250) -> WorldParameters:
    """Seven weeks of so many people."""
    return WorldParameters(n_retail=n_retail, n_schemes=30, n_snapshots=48, seed=seed)


def parameters_of(world: WorldParameters) -> TrainingParameters:
    """Train on all of a world with little effort."""
    return TrainingParameters(
        network=world.network,
        start_date=world.first_snapshot,
        end_date=world.last_snapshot,
        split=SplitParameters(validation_days=8, test_days=8),
        tuning=TuningParameters(n_trials=2, n_random_trials=1, grid_points=1, cv_folds=2),
        n_bootstrap=200,
        n_threads=1,
    )


def derive_world(client: Client, world: WorldParameters) -> None:
    """Simulate into the database, and derive every snapshot."""
    simulated = simulate(world)
    load_transfers(client, simulated.transfers, Delivery(world.network, "tiny"))
    load_labels(client, simulated.labels, Delivery(world.network, "tiny"))
    derive_snapshots(
        client,
        network=world.network,
        start_date=world.first_snapshot,
        end_date=world.last_snapshot,
        window_days=world.window_days,
    )


def extracted_run(client: Client, world: WorldParameters, folder: Path) -> Run:
    """Extract a world into a run with its features and targets."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    run = Run.create(folder, parameters_of(world), key=f"seed-{world.seed}", now=now)
    pipeline.extract(run, client)
    pipeline.build_features(run)
    return run


Plant = Callable[[TrainingData, pl.DataFrame], pl.DataFrame]
"""Adds one column to built features."""


def subject_of(run: Run, plant: Plant) -> Subject:
    """Screen a run whose builder has a leak."""

    def build(data: TrainingData) -> pl.DataFrame:
        return plant(data, FeatureBuilder().build(data).features)

    data = TrainingData.load(run.path / "data")
    return Subject.of(
        build(data),
        run.targets,
        run.catalogue,
        data=data,
        build=build,
        limit=run.parameters.leak_screen.limit,
        n_folds=run.parameters.tuning.cv_folds,
        embargo_days=run.parameters.embargo_days,
        seed=run.parameters.seed,
    )


def nothing(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """Plant no leak."""
    del data
    return features


def _by_address(
    features: pl.DataFrame, values: pl.DataFrame, default: float | None
) -> pl.DataFrame:
    name = next(column for column in values.columns if column != ADDRESS)
    joined = features.join(values, on=ADDRESS, how="left", maintain_order="left")
    return joined if default is None else joined.with_columns(pl.col(name).fill_null(default))


def _levels(data: TrainingData) -> pl.DataFrame:
    level = pl.col("risk_level").replace_strict(
        {str(name): float(place) for place, name in enumerate(RiskLevel)}, default=None
    )
    return data.address_labels.sort("known_at").select(ADDRESS, "known_at", level=level)


def label_risk_level(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L1: the level that the target is made of."""
    last = _levels(data).group_by(ADDRESS).agg(label_risk_level=pl.col("level").last())
    return _by_address(features, last, _USUAL_LEVEL)


def label_confidence(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L2: how sure the source of the label is."""
    last = data.address_labels.group_by(ADDRESS).agg(
        label_confidence=pl.col("confidence_score").last()
    )
    return _by_address(features, last, 0.0)


def has_label(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L3: constant where the model learns, rare where it is used."""
    known = data.address_labels.select(ADDRESS).unique().with_columns(has_label=1.0)
    return _by_address(features, known, 0.0)


def first_level(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L4: the label of one end of the range on every alert."""
    first = _levels(data).group_by(ADDRESS).agg(address_grade=pl.col("level").first())
    return _by_address(features, first, _USUAL_LEVEL)


def backfilled_level(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L5: the level as of the day of the alert, of labels stamped with the day they are read."""
    stamped = data.alerts.select("processing_date", ADDRESS).unique()
    now = _levels(data).group_by(ADDRESS).agg(standing=pl.col("level").max())
    as_of = stamped.join(now, on=ADDRESS, how="inner")
    return features.join(
        as_of, on=["processing_date", ADDRESS], how="left", maintain_order="left"
    ).with_columns(pl.col("standing").fill_null(_USUAL_LEVEL))


def volume_of_all_days(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L6: the alerts of an address over the whole range."""
    counted = data.alerts.group_by(ADDRESS).agg(addr_volume_count=pl.len().cast(pl.Float64))
    return _by_address(features, counted, None)


def standardised_volume(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L7: scaled by mean and spread over all rows, later ones too."""
    del data
    volume = pl.col("alert_volume_usd")
    return features.with_columns(volume_zscore=(volume - volume.mean()) / volume.std())


def cluster_of_last_day(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L8: one cluster an address, that of the last day wins."""
    last = (
        data.alert_clusters.sort(KEYS)
        .group_by(ADDRESS)
        .agg(cluster_alerts=pl.col("related_network_other_alerts").last().cast(pl.Float64))
    )
    return _by_address(features, last, 0.0)


def flows_of_all_days(data: TrainingData, features: pl.DataFrame) -> pl.DataFrame:
    """L9: money flows summed over all dates, without the key of the day."""
    summed = data.flows.group_by(ADDRESS).agg(flow_total_usd=pl.col("flow_in_usd").sum())
    return _by_address(features, summed, None)


LEAKS: dict[str, tuple[Plant, str]] = {
    "L1": (label_risk_level, "label_risk_level"),
    "L2": (label_confidence, "label_confidence"),
    "L3": (has_label, "has_label"),
    "L4": (first_level, "address_grade"),
    "L5": (backfilled_level, "standing"),
    "L6": (volume_of_all_days, "addr_volume_count"),
    "L7": (standardised_volume, "volume_zscore"),
    "L8": (cluster_of_last_day, "cluster_alerts"),
    "L9": (flows_of_all_days, "flow_total_usd"),
}
"""Each leak and the name of its column."""
