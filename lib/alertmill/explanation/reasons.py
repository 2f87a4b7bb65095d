"""The strongest contributions of an alert in words, for the person who reviews it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from alertmill.explanation.contributions import Contributions, rows_of_alerts
from alertmill.training.data.rows import KEYS
from alertmill.training.models.model import AlertModel

N_REASONS = 3
_THOUSAND = 1000
_HUNDREDTH = 0.01


@dataclass(frozen=True)
class FeatureWords:
    """How to speak of a feature."""

    name: str
    description: str
    unit: str
    categories: tuple[str, ...] = ()
    """Meaning of codes 0, 1, 2 and so on; empty for numbers."""

    def of(self, value: float) -> str:
        """Return the value with its unit, or the category; ``unknown`` when missing."""
        if np.isnan(value):
            return "unknown"
        if self.categories:
            code = int(value)
            return self.categories[code] if 0 <= code < len(self.categories) else "other"
        return f"{_number(value)} {self.unit}".strip()


class DescribedFeature(Protocol):
    """What the feature catalogue says of a feature, as far as it is needed here."""

    @property
    def name(self) -> str:
        """Column of the feature matrix."""

    @property
    def group(self) -> str:
        """What it is about."""

    @property
    def description(self) -> str:
        """One sentence for an investigator."""

    @property
    def unit(self) -> str:
        """Unit of its values, empty for none."""

    @property
    def categories(self) -> Sequence[str]:
        """Meaning of codes 0, 1, 2 and so on; empty for numbers."""


def feature_words(features: Iterable[DescribedFeature]) -> tuple[FeatureWords, ...]:
    """Take names, descriptions, units and categories from the feature catalogue."""
    return tuple(
        FeatureWords(entry.name, entry.description, entry.unit, tuple(entry.categories))
        for entry in features
    )


def feature_groups(features: Iterable[DescribedFeature]) -> tuple[tuple[str, str], ...]:
    """Take the group of every feature from the catalogue, as (feature, group)."""
    return tuple((entry.name, str(entry.group)) for entry in features)


def numeric_only(names: Sequence[str], words: Sequence[FeatureWords]) -> list[str]:
    """Leave out the features that hold codes of categories."""
    codes = {entry.name for entry in words if entry.categories}
    return [name for name in names if name not in codes]


def describe(table: pl.DataFrame, words: Sequence[FeatureWords]) -> pl.DataFrame:
    """Add to a table with a column feature what each feature means: meaning and unit."""
    known = pl.DataFrame(
        [(entry.name, entry.description, entry.unit) for entry in words],
        schema={"feature": pl.String, "meaning": pl.String, "unit": pl.String},
        orient="row",
    )
    return table.join(known, on="feature", how="left", maintain_order="left")


def reasons(
    contributions: Contributions, words: Sequence[FeatureWords], *, n: int = N_REASONS
) -> pl.DataFrame:
    """Return what raised and what lowered the score of each alert most.

    Returns
    -------
    DataFrame
        Keys, then raised and lowered: at most ``n`` features each, the strongest first, as
        ``feature = value``, separated by semicolons; empty when nothing did.
    """
    by_name = {entry.name: entry for entry in words}
    spoken = [by_name.get(name, FeatureWords(name, "", "")) for name in contributions.names]
    order = np.argsort(-contributions.values, axis=1, kind="stable")
    raised = [_say(contributions, spoken, row, order[row, :n], sign=1) for row in range(len(order))]
    lowered = [
        _say(contributions, spoken, row, order[row, ::-1][:n], sign=-1) for row in range(len(order))
    ]
    return contributions.keys.with_columns(
        raised=pl.Series(raised, dtype=pl.String), lowered=pl.Series(lowered, dtype=pl.String)
    )


def explain_alerts(
    model: AlertModel,
    features: pl.DataFrame,
    alerts: pl.DataFrame,
    words: Sequence[FeatureWords],
) -> pl.DataFrame:
    """Add the reasons in words to some alerts.

    Parameters
    ----------
    model : AlertModel
        The model that scored them.
    features : DataFrame
        Keys, then the features of the model; may hold more alerts.
    alerts : DataFrame
        Keys and any other columns.
    words : sequence of FeatureWords
        How to speak of the features.

    Returns
    -------
    DataFrame
        The rows of ``alerts`` with the columns raised and lowered.

    Raises
    ------
    UnknownNameError
        If an alert has no row in ``features``.
    """
    rows = rows_of_alerts(features, alerts)
    said = reasons(Contributions.of(model, rows), words)
    return alerts.join(said, on=KEYS, how="left", maintain_order="left")


def _say(
    contributions: Contributions,
    words: Sequence[FeatureWords],
    row: int,
    places: np.ndarray,
    *,
    sign: int,
) -> str:
    return "; ".join(
        f"{words[place].name} = {words[place].of(contributions.features[row, place])}"
        for place in places
        if sign * contributions.values[row, place] > 0
    )


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004 - whole numbers are exact below
        return f"{int(value):,}"
    if abs(value) >= _THOUSAND:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= _HUNDREDTH else f"{value:.2g}"
