"""The feature matrix: what was known of each alert on its own day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from alertmill.errors import DuplicateRowsError, MissingColumnsError
from alertmill.training.data.columns import (
    ALERT_COLUMNS,
    CLUSTER_COLUMNS,
    FLOW_COLUMNS,
    HISTORY_COLUMNS,
    RANK_OF,
    RANKED_COLUMNS,
)
from alertmill.training.data.rows import KEYS
from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.training.features.declarations import (
    DECLARED,
    DeclaredFeature,
    Level,
    build_catalogue,
)
from alertmill.training.features.refusals import refuse
from alertmill.training.labels.labelling import LabelStrategy, label_alerts
from alertmill.training.labels.targets import end_of_knowledge

if TYPE_CHECKING:
    import pandas as pd

    from alertmill.training.data.extracted import TrainingData

_ADDRESS_KEYS = KEYS[:2]
_HISTORY_KEYS = (*_ADDRESS_KEYS, "typology_type")
_RANK_COLUMNS = tuple(f"{RANK_OF}{column}" for column in RANKED_COLUMNS)


@dataclass(frozen=True)
class FeatureSet:
    """A feature matrix and what its columns mean."""

    features: pl.DataFrame
    """Keys, then one Float64 column per feature; sorted by the keys; missing is null."""
    catalogue: FeatureCatalogue
    refused: pl.DataFrame
    """Columns feature, reason and n_alerts: values outside of the declared range, now null."""


class FeatureBuilder:
    """Builds point-in-time features.

    A row is made of the alert, of what the extract holds for its address, its clusters and its past
    under the same keys, and of nothing else: ranks and history come from the database, made over
    all of the snapshot and the days before. So a row is the same whichever other alerts are built
    along, and no later row or label enters it.
    """

    def build(self, data: TrainingData) -> FeatureSet:
        """Build one row per alert.

        Raises
        ------
        MissingColumnsError
            If a frame lacks a column that a feature is made of.
        DuplicateRowsError
            If a frame holds a key twice.
        """
        _check_frames(data)
        by_level = {
            Level.ADDRESS: _address_rows(data),
            Level.ALERT: _alert_rows(data),
        }
        keys = by_level[Level.ALERT].select(KEYS)
        evaluated = {
            level: rows.select(
                *(_ADDRESS_KEYS if level is Level.ADDRESS else KEYS),
                *(d.expression.cast(pl.Float64).alias(d.definition.name) for d in _of(level)),
            )
            for level, rows in by_level.items()
        }
        catalogue = build_catalogue()
        joined = (
            keys.join(evaluated[Level.ALERT], on=KEYS, how="left", maintain_order="left")
            .join(evaluated[Level.ADDRESS], on=_ADDRESS_KEYS, how="left", maintain_order="left")
            .select(*KEYS, *catalogue.names)
        )
        features, refused = refuse(joined, catalogue.features)
        return FeatureSet(features=features, catalogue=catalogue, refused=refused)

    def build_training_features(
        self, data: TrainingData, *, strategy: LabelStrategy | None = None
    ) -> tuple[pd.DataFrame, pd.Series]:
        """Build the features and labels of all labelled alerts, for use by hand.

        Parameters
        ----------
        data : TrainingData
            As `FeatureExtractor` gives it.
        strategy : LabelStrategy, optional
            `AddressLabelStrategy` unless given.

        Returns
        -------
        DataFrame, Series
            Features as float64, missing as nan, and labels as 0 and 1 by what is known at the end
            of the data. Both are indexed by processing_date, address and alert_id, by which
            `ModelTrainer.train` splits them.
        """
        import pandas as pd

        features = self.build(data).features
        targets = label_alerts(
            features,
            data.address_labels,
            known_before=end_of_knowledge(
                pl.concat([data.snapshots["processing_date"], data.alerts["processing_date"]]),
                data.address_labels,
                data.dispositions,
            ),
            dispositions=data.dispositions if data.dispositions.width else None,
            strategy=strategy,
        )
        is_labelled = targets["y"].is_not_null()
        rows, y = features.filter(is_labelled), targets.filter(is_labelled)["y"]
        index = pd.MultiIndex.from_frame(rows.select(KEYS).to_pandas())
        X = rows.drop(KEYS)
        return (
            pd.DataFrame(X.to_numpy(), columns=X.columns, index=index),
            pd.Series(y.to_numpy(), index=index, name="y"),
        )


def _address_rows(data: TrainingData) -> pl.DataFrame:
    ranks = data.address_ranks.select(*_ADDRESS_KEYS, *_RANK_COLUMNS)
    return _with_numbers(
        data.address_features.join(ranks, on=_ADDRESS_KEYS, how="left", maintain_order="left")
    )


def _alert_rows(data: TrainingData) -> pl.DataFrame:
    """Put everything known of an alert on its day and before into one row, sorted by the keys."""
    beside: list[tuple[pl.DataFrame, Sequence[str], Sequence[str]]] = [
        (data.history, _HISTORY_KEYS, HISTORY_COLUMNS),
        (data.address_features, _ADDRESS_KEYS, _address_columns()),
        (data.flows, _ADDRESS_KEYS, FLOW_COLUMNS),
        (data.alert_clusters, KEYS, CLUSTER_COLUMNS),
    ]
    rows = data.alerts.select(*KEYS, *ALERT_COLUMNS).sort(KEYS)
    for frame, keys, columns in beside:
        rows = rows.join(
            frame.select(*keys, *columns), on=list(keys), how="left", maintain_order="left"
        )
    return _with_numbers(rows)


def _with_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns((cs.numeric() | cs.boolean()).cast(pl.Float64))


def _of(level: Level) -> list[DeclaredFeature]:
    return [declared for declared in DECLARED if declared.level is level]


def _check_frames(data: TrainingData) -> None:
    needed: list[tuple[str, pl.DataFrame, Sequence[str], Sequence[str]]] = [
        ("alerts", data.alerts, KEYS, ALERT_COLUMNS),
        ("address_features", data.address_features, _ADDRESS_KEYS, _address_columns()),
        ("address_ranks", data.address_ranks, _ADDRESS_KEYS, _RANK_COLUMNS),
        ("history", data.history, _HISTORY_KEYS, HISTORY_COLUMNS),
        ("flows", data.flows, _ADDRESS_KEYS, FLOW_COLUMNS),
        ("alert_clusters", data.alert_clusters, KEYS, CLUSTER_COLUMNS),
    ]
    for table, frame, keys, columns in needed:
        missing = {*keys, *columns} - set(frame.columns)
        if missing:
            raise MissingColumnsError.of(table, missing, frame.columns)
        _check_unique(table, frame, keys)


def _address_columns() -> list[str]:
    """Columns of raw_features that a formula names."""
    roots = {root for declared in DECLARED for root in declared.expression.meta.root_names()}
    beside = {*ALERT_COLUMNS, *FLOW_COLUMNS, *CLUSTER_COLUMNS, *HISTORY_COLUMNS, *_RANK_COLUMNS}
    return sorted(roots - beside - set(KEYS))


def _check_unique(table: str, frame: pl.DataFrame, keys: Sequence[str]) -> None:
    repeated = frame.group_by(keys).len().filter(pl.col("len") > 1).sort(keys)
    if not repeated.is_empty():
        raise DuplicateRowsError.of(
            table, keys, n_keys=repeated.height, example=repeated.select(keys).row(0)
        )
