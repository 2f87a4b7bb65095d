"""What each input of a model means, kept with the model and compared before it scores.

A model knows categories as codes. The catalogue that made its features may change later: a category
inserted in the middle shifts the codes of all behind it, and a formula may be mended. So a model
keeps what its features meant, codes the names of categories by its own list, and is not compared
with a model whose features mean something else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, Self

import polars as pl

from alertmill.errors import MissingColumnsError, WrongTypeError
from alertmill.frozen_model import FrozenModel
from alertmill.training.data.inputs import text_columns
from alertmill.training.features.catalogue import FeatureCatalogue, FeatureDefinition
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.training.data.inputs import Frame

UNKNOWN_SCHEMA = {"feature": pl.String, "category": pl.String, "n_alerts": pl.Int64}
_MOST_NAMED = 3


class FeatureMeaning(FrozenModel):
    """What one column of the feature matrix meant when a model was trained."""

    name: str
    kind: Literal["numeric", "categorical"]
    unit: str
    categories: tuple[str, ...]
    """Names of the codes 0, 1, 2 and so on; empty for a number."""
    sources: tuple[str, ...]
    """table.column that the value is made of."""
    formula_sha256: str

    @classmethod
    def of(cls, definition: FeatureDefinition) -> Self:
        """Take from the catalogue what decides about values."""
        return cls(
            name=definition.name,
            kind=definition.kind,
            unit=definition.unit,
            categories=definition.categories,
            sources=definition.sources,
            formula_sha256=hashlib.sha256(definition.formula.encode()).hexdigest(),
        )

    def change_to(self, now: FeatureMeaning) -> str:
        """Return in words what another meaning of the same name changed; empty if nothing.

        Categories are no change: a model codes their names by its own list.
        """
        if self.kind != now.kind:
            return f"{self.name} was {self.kind} and is {now.kind}"
        if self.unit != now.unit:
            return f"the unit of {self.name} was {_unit(self.unit)} and is {_unit(now.unit)}"
        if self.sources != now.sources:
            return (
                f"{self.name} was made of {', '.join(self.sources)} and is made of "
                f"{', '.join(now.sources)}"
            )
        if self.formula_sha256 != now.formula_sha256:
            return f"the formula of {self.name} changed"
        return ""


class FeatureMeanings(FrozenModel):
    """What the inputs of a model mean, in the order of its features."""

    features: tuple[FeatureMeaning, ...]

    @classmethod
    def of(cls, catalogue: FeatureCatalogue, names: tuple[str, ...]) -> Self:
        """Take the meanings of a model's features from the catalogue that made them.

        Raises
        ------
        MissingColumnsError
            If a feature is not declared.
        """
        declared = {definition.name: definition for definition in catalogue.features}
        if undeclared := set(names) - set(declared):
            raise MissingColumnsError.of("the feature catalogue", undeclared, declared)
        return cls(features=tuple(FeatureMeaning.of(declared[name]) for name in names))

    @property
    def text(self) -> str:
        """JSON as it is stored."""
        return self.model_dump_json(indent=2) + "\n"

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Names of the codes of each categorical feature."""
        return {f.name: f.categories for f in self.features if f.kind == "categorical"}

    def changes_to(self, now: FeatureMeanings) -> list[str]:
        """Return in words what changed in the features that both have; empty if nothing."""
        by_name = {feature.name: feature for feature in now.features}
        shared = [f for f in self.features if f.name in by_name]
        return [change for f in shared if (change := f.change_to(by_name[f.name]))]

    def name_codes(self, X: pl.DataFrame) -> pl.DataFrame:
        """Replace codes of categories, made by these lists, by the names of the categories.

        Parameters
        ----------
        X : DataFrame
            With the categorical features as codes; missing is null. Other columns stay.

        Raises
        ------
        WrongTypeError
            If a code has no name.
        """
        return X.with_columns(
            _names_of(X[name], categories) for name, categories in self.categories.items()
        )

    def named_columns(self, X: Frame) -> pl.DataFrame:
        """Return the categorical features that a frame holds by the names of their categories."""
        return text_columns(X, self.categories)

    def code_names(self, X: pl.DataFrame) -> pl.DataFrame:
        """Replace names of categories by the codes of these lists, unknown names by null.

        Columns that hold codes already stay.
        """
        named = self.named_columns(X).columns
        return X.with_columns(_code(name, self.categories[name]) for name in named)

    def unknown_categories(self, X: pl.DataFrame) -> pl.DataFrame:
        """Count the names that these lists do not hold.

        Returns
        -------
        DataFrame
            Columns feature, category and n_alerts; the most frequent first.
        """
        named = self.named_columns(X)
        counts = [
            named.select(category=pl.col(name).cast(pl.String))
            .filter(pl.col("category").is_not_null() & ~pl.col("category").is_in(list(categories)))
            .group_by("category")
            .agg(n_alerts=pl.len().cast(pl.Int64))
            .select(feature=pl.lit(name), category="category", n_alerts="n_alerts")
            for name, categories in self.categories.items()
            if name in named.columns
        ]
        found = pl.concat([pl.DataFrame(schema=UNKNOWN_SCHEMA), *counts])
        return found.sort("n_alerts", "feature", "category", descending=[True, False, False])


def describe_changes(changes: list[str]) -> str:
    """Join changes of meaning to one clause: the first three, and how many more there are."""
    more = len(changes) - _MOST_NAMED
    rest = [f"{counted(more, 'more feature')} changed"] if more > 0 else []
    return "; ".join([*changes[:_MOST_NAMED], *rest])


def describe_unknown(unknown: pl.DataFrame) -> str:
    """Return in words which categories a model does not know; empty if it knows all.

    Parameters
    ----------
    unknown : DataFrame
        As `FeatureMeanings.unknown_categories` returns it.
    """
    if unknown.is_empty():
        return ""
    named = [
        f"{category} ({feature}, {counted(n_alerts, 'alert')})"
        for feature, category, n_alerts in unknown.head(_MOST_NAMED).iter_rows()
    ]
    more = unknown.height - len(named)
    rest = f" and {more} more" if more else ""
    return f"categories that it does not know count as missing: {', '.join(named)}{rest}"


def _names_of(codes: pl.Series, categories: tuple[str, ...]) -> pl.Series:
    is_wrong = ~codes.is_in([float(place) for place in range(len(categories))])
    if wrong := codes.filter(is_wrong & codes.is_not_null()).to_list():
        raise WrongTypeError(
            f"the category codes of {codes.name} hold {wrong[0]:g}; expected 0 to "
            f"{len(categories) - 1}, one for each category that its catalogue lists. Build the "
            "features again."
        )
    return pl.Series(codes.name, categories, dtype=pl.String).gather(codes.cast(pl.UInt32))


def _code(name: str, categories: tuple[str, ...]) -> pl.Expr:
    places = {category: float(place) for place, category in enumerate(categories)}
    text = pl.col(name).cast(pl.String)
    return text.replace_strict(places, default=None, return_dtype=pl.Float64)


def _unit(unit: str) -> str:
    return unit or "none"
