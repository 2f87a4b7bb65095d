"""How a feature is declared: its words, its range and its formula in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import polars as pl

from alertmill.training.data.columns import query_of, sources_of
from alertmill.training.data.queries import query_digest
from alertmill.training.data.rows import KEYS
from alertmill.training.features.catalogue import FeatureDefinition, FeatureGroup, Latest

Range = tuple[float | None, float | None]
"""Lowest and highest value; None for no limit."""

MOST_USD = 1e15
"""Several times what the whole world produces in a year: above it a price or an amount is wrong."""

BITS_OVER_NATS = 1.4427
"""1 / ln 2: a diversity reaches 1, but snapshots of the upstream system divide bits by nats."""

_NO_ADDRESS_ROW = "the address has no feature row on that day"
_FROM_0: Range = (0, None)
_RANGE_OF_UNIT: dict[str, Range] = {
    "of 1": (0, 1),
    "of 3": (0, 3),
    "USD": (0, MOST_USD),
    "bits": (0, 4.585),  # log2 of 24 hours, rounded up
    **dict.fromkeys(
        ("times", "days", "hours", "transfers", "addresses", "assets", "alerts", "clusters"),
        _FROM_0,
    ),
    **dict.fromkeys(("typologies", "indicators"), _FROM_0),
}


class Level(StrEnum):
    """The rows on which a formula is evaluated."""

    ADDRESS = "address"
    """The feature rows of a snapshot, one per address."""
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
    latest: Latest = Latest.END_OF_WINDOW
    """The latest that a feature of the group may see."""
    reads_labels_of_others: bool = False
    """True if labels of other addresses enter the columns that the features are made of."""

    def __call__(  # noqa: PLR0913 - the parts of a declaration, by name
        self,
        name: str,
        description: str,
        *,
        unit: str = "",
        formula: pl.Expr | None = None,
        missing: str = "",
        within: Range | None = None,
        latest: Latest | None = None,
        monotone: Literal[-1, 0, 1] = 0,
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
        within : tuple of float or None, optional
            Lowest and highest value; that of the unit unless given. A number without a unit has to
            say it.
        latest : Latest, optional
            Where it is not that of the group.
        monotone : int
            1 where a rise must never lower the score, -1 where it must never raise it.

        Raises
        ------
        KeyError
            If neither ``within`` nor the unit says the range.
        """
        expression = pl.col(name) if formula is None else formula
        reasons = [reason for reason in (missing, self.missing) if reason]
        lowest, highest = _RANGE_OF_UNIT[unit] if within is None else within
        definition = FeatureDefinition(
            name=name,
            group=self.group,
            description=description,
            unit=unit,
            lowest=lowest,
            highest=highest,
            sources=_sources_of(expression),
            formula=formula_of(expression),
            latest=latest or self.latest,
            reads_labels_of_others=self.reads_labels_of_others,
            monotone=monotone,
            missing_means=", or ".join(reasons) or "never missing",
        )
        return DeclaredFeature(definition, self.level, expression)

    def flag(
        self, name: str, description: str, *, formula: pl.Expr | None = None, missing: str = ""
    ) -> DeclaredFeature:
        """Declare a yes or no, as 1 and 0."""
        words = f"{description.removesuffix('.')}; 1 if so, else 0."
        return self(name, words, formula=formula, missing=missing, within=(0, 1))

    def code(
        self, name: str, description: str, *, categories: Iterable[str], missing: str = ""
    ) -> DeclaredFeature:
        """Declare a column of names, as the position of the name in ``categories``."""
        known = tuple(map(str, categories))
        reasons = [reason for reason in (missing, "the name is not one of those known") if reason]
        definition = FeatureDefinition(
            name=name,
            group=self.group,
            kind="categorical",
            description=description,
            categories=known,
            lowest=0,
            highest=len(known) - 1,
            sources=_sources_of(pl.col(name)),
            # The position of the name: `categories` holds what that depends on.
            formula=formula_of(pl.col(name)),
            latest=self.latest,
            reads_labels_of_others=self.reads_labels_of_others,
            missing_means=", or ".join(reasons),
        )
        return DeclaredFeature(definition, self.level, position(name, known))


def position(column: str, names: Iterable[str]) -> pl.Expr:
    """Return the position of a name among ``names``; null where it is none of them."""
    places = {str(name): float(place) for place, name in enumerate(names)}
    return (
        pl.col(column).cast(pl.String).replace_strict(places, default=None, return_dtype=pl.Float64)
    )


def ratio(numerator: str | pl.Expr, denominator: str | pl.Expr) -> pl.Expr:
    """Divide; null where the denominator is not positive."""
    above = pl.col(numerator) if isinstance(numerator, str) else numerator
    below = pl.col(denominator) if isinstance(denominator, str) else denominator
    return pl.when(below > 0).then(above / below)


def formula_of(expression: pl.Expr) -> str:
    """Return a formula as text, with the digests of the queries that make its columns.

    The text is that of polars, with every element of a list; a query counts without its comments
    and line breaks.
    """
    with pl.Config(fmt_table_cell_list_len=-1):
        text = str(expression)
    queries = {q for column in expression.meta.root_names() if (q := query_of(column))}
    return "; ".join([text, *(f"{query} {query_digest(query)}" for query in sorted(queries))])


def _sources_of(expression: pl.Expr) -> tuple[str, ...]:
    columns = set(expression.meta.root_names()) - set(KEYS)
    return tuple(sorted({source for column in columns for source in sources_of(column)}))
