"""AM101, AM103, AM104, AM105: whether the features still are what the model knows."""

from __future__ import annotations

import polars as pl

from alertmill.checks.check import Verdict, issue, not_applicable, passed, tip
from alertmill.monitoring.comparison import COMPARED_SCHEMA, LEVEL, compare_features
from alertmill.monitoring.question import MonitoringQuestion
from alertmill.monitoring.watched import WEIGHT, Watched
from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.wording import counted, percent

LEAST_DISTANCE = 0.1
"""Below it a difference is beyond chance perhaps, and too small to matter: of a normal feature a
shift by a quarter of a standard deviation."""
BREAK_DISTANCE = 0.5
"""No slow drift moves half of all addresses past the others from one day to the next."""
LARGEST_SHARE = 0.25
"""Of what all features together contribute to the trees."""
MISSING_POINTS = 0.1
"""Change of the share of missing values from which it matters."""
UNKNOWN_SHARE = 0.01
"""Of the alerts, from which a category that was never seen matters."""
_THERE_OR_MISSING = {"kind": "categorical", "categories": ("there", "missing"), "monotone": 0}
"""What a feature becomes of which only this is compared."""
NOBODY_NOW = "the watched days hold no alert"
NO_TRAINING = "the training run of the model is gone, and with it its features"
NO_PAST = "there is no day before the watched ones to compare with"


class FeaturesMoved(MonitoringQuestion):
    """A model knows the world of its training."""

    code = "AM101"
    title = "features moved since the training"
    looks_at = (
        "every feature against all days up to the last validation day, one alert an address, Holm "
        f"over all features at {percent(LEVEL, 0)}; moved by a distance of {LEAST_DISTANCE} at "
        "least"
    )
    advice = (
        "See in the table which features moved and whether the world moved, or a source; train "
        "again if it is the world."
    )

    def ask(self, watched: Watched) -> Verdict:
        """Weigh the features that moved by what they contribute to the trees."""
        if reason := obstacle(watched.trained, watched.now, NO_TRAINING):
            return not_applicable(reason)
        moved = moved_features(watched)
        gain = watched.model.gain
        total = max(sum(gain.values()), 1e-12)
        shares = [gain.get(name, 0.0) / total for name in moved["feature"]]
        evidence = moved.select("feature", "group", "p_adjusted", "distance").with_columns(
            gain_share=pl.Series(shares, dtype=pl.Float64)
        )
        n = len(watched.model.catalogue.features)
        if evidence.is_empty():
            return passed(f"none of {counted(n, 'feature')} moved beyond chance, and enough")
        share = float(evidence["gain_share"].sum())
        told = (
            f"{moved.height} of {counted(n, 'feature')} moved, with {percent(share, 0)} of all gain"
        )
        return issue(told, evidence) if share > LARGEST_SHARE else tip(told, evidence)


class ColumnBroke(MonitoringQuestion):
    """All missing, another unit, another meaning: from one day to the next."""

    code = "AM103"
    title = "a column broke"
    looks_at = (
        "every feature against the days before, one alert an address, Holm over all features; "
        f"broken by a distance of {BREAK_DISTANCE} at least"
    )
    advice = (
        "Ask whoever delivers the column what changed, mend it and load the days again; do not "
        "train on them."
    )
    is_about_data = True

    def ask(self, watched: Watched) -> Verdict:
        """Look for what no drift can do in so few days."""
        if reason := obstacle(watched.past, watched.now, NO_PAST):
            return not_applicable(reason)
        found = compare_features(watched.past, watched.now, watched.model.catalogue)
        broken = found.filter(
            pl.col("p_adjusted") < LEVEL, pl.col("distance") >= BREAK_DISTANCE
        ).select(
            "feature",
            "distance",
            "median_before",
            "median_now",
            "missing_before",
            "missing_now",
        )
        n = counted(found.height, "feature")
        if broken.is_empty():
            return passed(f"none of {n} broke")
        return issue(f"{broken.height} of {n} broke: {_named(broken)}", broken)


class MissingValues(MonitoringQuestion):
    """What is missing more often than before is delivered late, or not at all."""

    code = "AM104"
    title = "missing values changed"
    looks_at = (
        "share of missing values of every feature against the days before, one alert an address; "
        f"changed by {100 * MISSING_POINTS:.0f} points at least, beyond chance (Holm)"
    )
    advice = "Ask whoever delivers the column; load the days again when it is complete."
    is_about_data = True

    def ask(self, watched: Watched) -> Verdict:
        """Compare the share of missing values of every feature."""
        if reason := obstacle(watched.past, watched.now, NO_PAST):
            return not_applicable(reason)
        found = missing_shares(watched)
        changed = found.filter(
            pl.col("p_adjusted") < LEVEL,
            (pl.col("missing_now") - pl.col("missing_before")).abs() >= MISSING_POINTS,
        )
        n = counted(found.height, "feature")
        if changed.is_empty():
            return passed(f"none of {n} is missing more or less often than before")
        more = changed.filter(pl.col("missing_now") > pl.col("missing_before"))
        told = f"{changed.height} of {n} changed: {_named(changed)}"
        return issue(told, changed) if more.height else tip(told, changed)


class UnknownCategories(MonitoringQuestion):
    """A category that was never seen counts as missing."""

    code = "AM105"
    title = "categories never seen in training"
    looks_at = (
        "alerts of the watched days with a category that the model does not know; "
        f"{percent(UNKNOWN_SHARE, 0)} of them at least"
    )
    advice = "See whether the source renamed a category; train again once there are enough of them."

    def ask(self, watched: Watched) -> Verdict:
        """Sum the alerts of the categories of each feature."""
        if watched.now.is_empty():
            return not_applicable(NOBODY_NOW)
        if watched.unknown.is_empty():
            return passed("the model knows every category")
        frequent = watched.unknown.filter(pl.col("share") >= UNKNOWN_SHARE)
        n = watched.unknown.height
        told = f"{counted(n, 'category')} {'is' if n == 1 else 'are'} unknown to the model"
        if frequent.is_empty():
            return passed(
                f"{told}, none with {percent(UNKNOWN_SHARE, 0)} of the alerts", watched.unknown
            )
        return tip(told, watched.unknown)


def feature_table(watched: Watched) -> pl.DataFrame:
    """Return how every feature stands against the training; no rows where one side is empty."""
    if watched.trained.is_empty() or watched.now.is_empty():
        return pl.DataFrame(schema=COMPARED_SCHEMA)
    return compare_features(watched.trained, watched.now, watched.model.catalogue)


def moved_features(watched: Watched) -> pl.DataFrame:
    """Return the features that moved since the training beyond chance, and enough to matter."""
    found = feature_table(watched)
    return found.filter(pl.col("p_adjusted") < LEVEL, pl.col("distance") >= LEAST_DISTANCE)


def missing_shares(watched: Watched) -> pl.DataFrame:
    """Return how often every feature is missing, before and now.

    Returns
    -------
    DataFrame
        Columns feature, p_adjusted (Holm), missing_before and missing_now; the surest first. Both
        sides must hold an address.
    """
    names = watched.model.catalogue.names
    flags = [pl.when(pl.col(name).is_null()).then(1.0).otherwise(0.0).alias(name) for name in names]
    as_codes = FeatureCatalogue(
        features=tuple(
            feature.model_copy(update=_THERE_OR_MISSING)
            for feature in watched.model.catalogue.features
        )
    )
    found = compare_features(
        watched.past.with_columns(flags), watched.now.with_columns(flags), as_codes
    )
    shares = pl.DataFrame(
        {
            "feature": names,
            "missing_before": [_missing(watched.past, name) for name in names],
            "missing_now": [_missing(watched.now, name) for name in names],
        }
    )
    return found.select("feature", "p_adjusted").join(shares, on="feature", maintain_order="left")


def _missing(side: pl.DataFrame, name: str) -> float:
    weight = side[WEIGHT]
    return float((weight * side[name].is_null()).sum()) / float(weight.sum())


def obstacle(before: pl.DataFrame, now: pl.DataFrame, without: str) -> str:
    """Return why two sides cannot be compared; empty where both hold an address."""
    if now.is_empty():
        return NOBODY_NOW
    return without if before.is_empty() else ""


def _named(features: pl.DataFrame) -> str:
    names = features["feature"].head(3).to_list()
    more = features.height - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
