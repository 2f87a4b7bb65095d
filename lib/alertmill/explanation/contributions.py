"""What each feature adds to the log-odds of each alert (TreeSHAP, exact)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from alertmill.errors import UnknownNameError
from alertmill.training.data.inputs import to_matrix
from alertmill.training.data.rows import KEYS
from alertmill.training.models.model import AlertModel

MAX_ALERTS = 2000
CONTRIBUTIONS_FILE = "contributions.parquet"
_BASE = "base_log_odds"


@dataclass(frozen=True)
class Contributions:
    """Row i of every member is the same alert; column j of both matrices the same feature."""

    keys: pl.DataFrame
    """processing_date, address, alert_id."""
    names: tuple[str, ...]
    values: np.ndarray
    """Contribution of each feature to the log-odds, shape (n_alerts, n_features)."""
    features: np.ndarray
    """The features themselves, nan where missing."""
    base: float
    """Log-odds of an alert of which nothing is known."""
    categorical: frozenset[str] = frozenset()
    """Features whose values are codes, which have no direction."""

    @classmethod
    def of(cls, model: AlertModel, features: pl.DataFrame) -> Self:
        """Explain the score before calibration, which only stretches it.

        Parameters
        ----------
        model : AlertModel
            The model to explain.
        features : DataFrame
            Keys, then at least the features of the model.
        """
        values = model.contributions(features)
        return cls(
            keys=features.select(KEYS),
            names=model.feature_names,
            values=values[:, :-1],
            features=to_matrix(features, model.feature_names),
            base=float(values[0, -1]) if len(values) else 0.0,
            categorical=frozenset(model.categorical_features),
        )

    @classmethod
    def of_table(cls, table: pl.DataFrame, model: AlertModel, features: pl.DataFrame) -> Self:
        """Read what `as_table` has written.

        Parameters
        ----------
        table : DataFrame
            Keys, one column per feature of the model with its contribution, and base_log_odds.
        model : AlertModel
            The model that is explained.
        features : DataFrame
            Keys, then at least the features of the model.

        Raises
        ------
        UnknownNameError
            If an alert of the table has no row in ``features``.
        """
        rows = rows_of_alerts(features, table).sort(KEYS)
        ordered = table.sort(KEYS)
        return cls(
            keys=ordered.select(KEYS),
            names=model.feature_names,
            values=ordered.select(model.feature_names).to_numpy(),
            features=to_matrix(rows, model.feature_names),
            base=float(ordered[_BASE][0]) if ordered.height else 0.0,
            categorical=frozenset(model.categorical_features),
        )

    def as_table(self) -> pl.DataFrame:
        """Return keys, one column per feature with its contribution, and base_log_odds."""
        values = pl.DataFrame(self.values, schema=list(self.names), orient="row")
        return pl.concat([self.keys, values], how="horizontal").with_columns(
            pl.lit(self.base).alias(_BASE)
        )

    @cached_property
    def log_odds(self) -> np.ndarray:
        """Log-odds of the score before calibration, shape (n_alerts,)."""
        return np.asarray(self.base + self.values.sum(axis=1))

    @cached_property
    def strongest(self) -> list[str]:
        """Features by mean absolute contribution, falling; equal ones by name."""
        return contribution_table(self)["feature"].to_list()

    def column(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return values and contributions of one feature.

        Raises
        ------
        UnknownNameError
            If the model has no such feature.
        """
        if name not in self.names:
            raise UnknownNameError.in_argument("name", [name], self.names)
        place = self.names.index(name)
        return self.features[:, place], self.values[:, place]

    def take(self, rows: np.ndarray) -> Self:
        """Alerts at these positions."""
        return replace(
            self,
            keys=self.keys[rows],
            values=self.values[rows],
            features=self.features[rows],
        )

    def position_of(self, alert_id: str) -> int:
        """Return the row of an alert.

        Raises
        ------
        UnknownNameError
            If the alert is not among those that are explained.
        """
        ids = self.keys["alert_id"]
        position = ids.index_of(alert_id) if isinstance(alert_id, str) else None
        if position is None:
            raise UnknownNameError(
                f"the alert {alert_id!r} is not among the {len(ids)} explained alerts; expected an "
                "alert_id of their keys. Explain the alert first, with explain_some."
            )
        return int(position)


def sample_alerts(
    features: pl.DataFrame, predictions: pl.DataFrame, *, n: int = MAX_ALERTS, seed: int = 7
) -> pl.DataFrame:
    """Feature rows of test alerts, at most ``n``, drawn at random and in the order of the keys."""
    test = predictions.filter(pl.col("split").cast(pl.String) == "test").select(KEYS)
    rows = features.join(test, on=KEYS, how="semi").sort(KEYS)
    if rows.height <= n:
        return rows
    chosen = np.sort(np.random.default_rng(seed).choice(rows.height, n, replace=False))
    return rows[chosen]


def explain_some(model: AlertModel, features: pl.DataFrame, alerts: pl.DataFrame) -> Contributions:
    """Explain the alerts whose keys ``alerts`` holds, in the order of ``features``.

    Raises
    ------
    UnknownNameError
        If an alert has no row in ``features``.
    """
    return Contributions.of(model, rows_of_alerts(features, alerts))


def rows_of_alerts(features: pl.DataFrame, alerts: pl.DataFrame) -> pl.DataFrame:
    """Return the feature rows of some alerts, in the order of ``features``.

    Raises
    ------
    UnknownNameError
        If an alert has no row in ``features``.
    """
    unknown = alerts.join(features, on=KEYS, how="anti")
    if not unknown.is_empty():
        first = unknown["alert_id"][0]
        raise UnknownNameError(
            f"{unknown.height} of {alerts.height} alerts have no row of features, the first is "
            f"{first!r}; expected alerts of the same run as the features."
        )
    return features.join(alerts.select(KEYS), on=KEYS, how="semi")


def contribution_table(contributions: Contributions) -> pl.DataFrame:
    """How much every feature moves the scores, the strongest first.

    Returns
    -------
    DataFrame
        Columns feature, mean_abs (mean absolute contribution in log-odds), share (of the sum over
        features), direction (rank correlation of value and contribution: above 0, high values
        raise the score; null where the feature does not vary or holds codes of categories).
    """
    mean_abs = np.abs(contributions.values).mean(axis=0)
    table = pl.DataFrame(
        {
            "feature": contributions.names,
            "mean_abs": mean_abs,
            "share": mean_abs / max(mean_abs.sum(), 1e-300),
            "direction": [_direction(contributions, name) for name in contributions.names],
        },
        schema_overrides={"direction": pl.Float64},
    )
    return table.sort("mean_abs", "feature", descending=[True, False])


def group_table(table: pl.DataFrame, groups: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Sum the shares of a contribution table over the groups of its features.

    Parameters
    ----------
    table : DataFrame
        From `contribution_table`.
    groups : sequence of (feature, group)
        Group of each feature.

    Returns
    -------
    DataFrame
        Columns group, n_features, share; the largest share first.
    """
    named = pl.DataFrame(
        list(groups), schema={"feature": pl.String, "group": pl.String}, orient="row"
    )
    return (
        table.join(named, on="feature", how="inner")
        .group_by("group")
        .agg(n_features=pl.len().cast(pl.Int64), share=pl.col("share").sum())
        .sort("share", "group", descending=[True, False])
    )


def _direction(contributions: Contributions, name: str) -> float | None:
    from scipy.stats import rankdata

    if name in contributions.categorical:
        return None
    feature, contribution = contributions.column(name)
    known = ~np.isnan(feature)
    if known.sum() < 2 or np.ptp(feature[known]) == 0 or np.ptp(contribution[known]) == 0:  # noqa: PLR2004 - a correlation needs two points
        return None
    ranks = np.corrcoef(rankdata(feature[known]), rankdata(contribution[known]))
    return float(ranks[0, 1])
