"""How a feature is declared: its words and its formula in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from alertmill.training.catalogue import FeatureDefinition, FeatureGroup
from alertmill.training.declarations.columns import PAST, RANK_OF, table_of
from alertmill.training.rows import KEYS

_NO_ADDRESS_ROW = "the address has no feature row on that day"


class Level(StrEnum):
    """The rows on which a formula is evaluated."""

    ADDRESS = "address"
    """The feature rows of a snapshot, one per address: ranks count every address once."""
    ALERT = "alert"
    """The alerts, with everything that is known of them beside."""


@dataclass(frozen=True)
class DeclaredFeature:
    """A feature: what it means and how it is computed."""

    definition: FeatureDefinition
    level: Level
    expression: pl.Expr


@dataclass(frozen=True)
class Declare:
    """Declares the features of one group that are evaluated on the same rows."""

    group: FeatureGroup
    level: Level
    missing: str = _NO_ADDRESS_ROW
    """What a missing value means for every feature of the group."""

    def __call__(
        self,
        name: str,
        description: str,
        *,
        unit: str = "",
        formula: pl.Expr | None = None,
        missing: str = "",
    ) -> DeclaredFeature:
        """Declare a number.

        Parameters
        ----------
        name : str
            Name of the feature, and of the column that it is where no formula is given.
        description : str
            One sentence for an investigator.
        unit : str
            Of the values; empty for none.
        formula : Expr, optional
            In terms of the columns of the level's rows, all numbers as Float64.
        missing : str
            A further reason why the value can be missing.
        """
        expression = pl.col(name) if formula is None else formula
        reasons = [reason for reason in (missing, self.missing) if reason]
        definition = FeatureDefinition(
            name=name,
            group=self.group,
            description=description,
            unit=unit,
            sources=_sources_of(expression),
            missing_means=", or ".join(reasons) or "never missing",
        )
        return DeclaredFeature(definition, self.level, expression)

    def flag(self, name: str, description: str) -> DeclaredFeature:
        """Declare a column of yes and no, as 1 and 0."""
        return self(name, f"{description.removesuffix('.')}; 1 if so, else 0.")

    def code(self, name: str, description: str, *, categories: Iterable[str]) -> DeclaredFeature:
        """Declare a column of names, as the position of the name in ``categories``."""
        known = tuple(map(str, categories))
        definition = FeatureDefinition(
            name=name,
            group=self.group,
            kind="categorical",
            description=description,
            categories=known,
            sources=_sources_of(pl.col(name)),
            missing_means="the name is not one of the known categories",
        )
        return DeclaredFeature(definition, self.level, position(name, known))


def position(column: str, names: Iterable[str]) -> pl.Expr:
    """Give the position of a name among ``names``; null where it is none of them."""
    places = {str(name): float(place) for place, name in enumerate(names)}
    return (
        pl.col(column).cast(pl.String).replace_strict(places, default=None, return_dtype=pl.Float64)
    )


def ratio(numerator: str | pl.Expr, denominator: str | pl.Expr) -> pl.Expr:
    """Divide; null where the denominator is not positive."""
    above = pl.col(numerator) if isinstance(numerator, str) else numerator
    below = pl.col(denominator) if isinstance(denominator, str) else denominator
    return pl.when(below > 0).then(above / below)


def _sources_of(expression: pl.Expr) -> tuple[str, ...]:
    columns = sorted(set(expression.meta.root_names()) - set(KEYS))
    return tuple(
        f"{table_of(column)}.{column.removeprefix(PAST).removeprefix(RANK_OF)}"
        for column in columns
    )
