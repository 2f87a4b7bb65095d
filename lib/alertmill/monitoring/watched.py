"""What a monitoring looks at: one alert of each address, and what is known of its outcome.

An address alerts on many days, and often several times a day, and its alerts are alike. So each
side of a comparison holds one alert of each address, drawn at random, with the number of days on
which the address alerted as its weight: a frequent address is seen on more days, and without the
weight a quiet day would differ from the training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Self

import polars as pl
from pydantic import Field

from alertmill.evaluation.drift import one_alert_per_address
from alertmill.evaluation.reports import MetricValue
from alertmill.files import write_model, write_parquet
from alertmill.frozen_model import FrozenModel
from alertmill.tables.labels import LabelArrival
from alertmill.training.data.rows import KEYS
from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.vocabulary import ModelType

WEIGHT = "n_days"
"""Column with the days on which an address alerted: how much it counts."""
ABOUT_FILE = "about.json"
_FOLDER = "watched"
DAYS_SCHEMA = {
    "processing_date": pl.Date,
    "n_alerts": pl.Int64,
    "n_addresses": pl.Int64,
    "is_watched": pl.Boolean,
}
UNKNOWN_COUNTS = {
    "feature": pl.String,
    "category": pl.String,
    "n_alerts": pl.Int64,
    "share": pl.Float64,
}
OUTCOME_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "processing_date": pl.Date,
    "address": pl.String,
    "alert_id": pl.String,
    "score": pl.Float64,
    "is_in_queue": pl.Boolean,
    "is_sampled": pl.Boolean,
    "review_probability": pl.Float64,
    "y": pl.Int8,
    "y_decided": pl.Int8,
}
ARRIVAL_SCHEMA = dict.fromkeys(("days", "known_share", "low", "high"), pl.Float64)


class WatchedModel(FrozenModel):
    """The model that is watched, and what its training promised."""

    model_id: str
    version: str
    run_id: str
    model_type: ModelType
    trained_until: date | None = Field(description="None: its training run is gone.")
    promised_from: date | None = Field(
        description="First day that its training did not measure; outcomes count from then on."
    )
    promises: tuple[MetricValue, ...] = Field(description="Of all test addresses.")
    bias_tolerance: float = Field(description="Calibration bias that the training allows.")
    label_strategy: str
    catalogue: FeatureCatalogue
    gain: dict[str, float] = Field(description="What each feature contributes to the trees.")

    def promise(self, metric: str) -> MetricValue | None:
        """Return what the training measured of a metric; None if it measured nothing."""
        return next((one for one in self.promises if one.metric == metric), None)


class WatchedRange(FrozenModel):
    """Which days are watched, and where the draws begin."""

    first: date
    last: date
    seed: int
    missing_days: tuple[date, ...] = Field((), description="Days of the range without a snapshot.")


class _About(FrozenModel):
    model: WatchedModel
    days: WatchedRange


def no_arrival() -> LabelArrival:
    """Return what is known of the arrival of labels where there is no alert."""
    return LabelArrival(pl.DataFrame(schema=ARRIVAL_SCHEMA), 0, 0)


@dataclass(frozen=True)
class Watched:
    """Everything that the questions are asked of; see `representatives` for its sides."""

    model: WatchedModel
    range: WatchedRange
    trained: pl.DataFrame
    """One alert of each address of the training: address, n_days and the features."""
    past: pl.DataFrame
    """The same of the days before the watched ones."""
    now: pl.DataFrame
    """The same of the watched days."""
    trained_scores: pl.DataFrame
    """One alert of each address of the test, which the model was not fitted on: address, n_days
    and score."""
    now_scores: pl.DataFrame
    days: pl.DataFrame
    """Columns of `DAYS_SCHEMA`; one row a day, the watched ones last."""
    unknown: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNKNOWN_COUNTS))
    """Categories of the watched days that the model does not know."""
    outcomes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OUTCOME_SCHEMA))
    """Alerts that the model has scored since its training, with what is known of them: y by the
    label strategy of its training, y_decided by reviewers."""
    trained_arrival: LabelArrival = field(default_factory=no_arrival)
    """How long labels took in the training."""
    now_arrival: LabelArrival = field(default_factory=no_arrival)
    """How long they have taken since."""

    def save(self, folder: Path) -> None:
        """Write everything into the folder of a monitoring run."""
        here = folder / _FOLDER
        frames = {
            "trained": self.trained,
            "past": self.past,
            "now": self.now,
            "trained_scores": self.trained_scores,
            "now_scores": self.now_scores,
            "days": self.days,
            "unknown": self.unknown,
            "outcomes": self.outcomes,
            "trained_arrival": _with_sizes(self.trained_arrival),
            "now_arrival": _with_sizes(self.now_arrival),
        }
        for name, frame in frames.items():
            write_parquet(here / f"{name}.parquet", frame)
        write_model(here / ABOUT_FILE, _About(model=self.model, days=self.range))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        here = folder / _FOLDER
        about = _About.model_validate_json((here / ABOUT_FILE).read_bytes())

        def frame(name: str) -> pl.DataFrame:
            return pl.read_parquet(here / f"{name}.parquet")

        return cls(
            about.model,
            about.days,
            trained=frame("trained"),
            past=frame("past"),
            now=frame("now"),
            trained_scores=frame("trained_scores"),
            now_scores=frame("now_scores"),
            days=frame("days"),
            unknown=frame("unknown"),
            outcomes=frame("outcomes"),
            trained_arrival=_arrival_of(frame("trained_arrival")),
            now_arrival=_arrival_of(frame("now_arrival")),
        )


def representatives(rows: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Draw one alert of each address, and count the days on which the address alerted.

    First one alert of each day is drawn, then one of the days, so that a busy day of an address
    counts as much as any other.

    Parameters
    ----------
    rows : DataFrame
        Keys, and the values to keep.
    seed : int
        Of the draw; the order of the rows does not matter.

    Returns
    -------
    DataFrame
        Columns address, n_days and the values.
    """
    n_days = rows.group_by("address").agg(
        pl.col("processing_date").n_unique().cast(pl.Float64).alias(WEIGHT)
    )
    days = rows.sort("processing_date").partition_by("processing_date", maintain_order=True)
    a_day = pl.concat([rows.clear(), *(one_alert_per_address(day, seed=seed) for day in days)])
    drawn = one_alert_per_address(a_day, seed=seed).join(
        n_days, on="address", how="left", maintain_order="left"
    )
    values = [name for name in rows.columns if name not in KEYS]
    return drawn.select("address", WEIGHT, *values)


def _with_sizes(arrival: LabelArrival) -> pl.DataFrame:
    sizes: Mapping[str, int] = {
        "n_addresses": arrival.n_addresses,
        "n_of_unknown_age": arrival.n_of_unknown_age,
    }
    return arrival.curve.with_columns(pl.lit(n).alias(name) for name, n in sizes.items())


def _arrival_of(frame: pl.DataFrame) -> LabelArrival:
    n_addresses, n_unknown = (
        int(frame[name][0]) if frame.height else 0 for name in ("n_addresses", "n_of_unknown_age")
    )
    return LabelArrival(frame.select(list(ARRIVAL_SCHEMA)), n_addresses, n_unknown)
