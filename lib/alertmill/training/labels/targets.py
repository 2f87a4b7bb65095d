"""Target, weight and split of every alert of a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from alertmill.parameters import TrainingParameters
from alertmill.training.data.rows import KEYS
from alertmill.training.data.splits import TimeSplit, split_by_time
from alertmill.training.labels.labelling import LabelStrategy, label_alerts, midnight
from alertmill.training.labels.strategies import find_label_strategy

if TYPE_CHECKING:
    from alertmill.training.data.extracted import TrainingData

SPLITS = pl.Enum(["train", "embargo", "validation", "test"])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def build_targets(
    data: TrainingData,
    features: pl.DataFrame,
    parameters: TrainingParameters,
    *,
    strategy: LabelStrategy | None = None,
) -> pl.DataFrame:
    """Label every alert with what was known when it mattered, and put it into its split.

    A model that goes live on the first test day is trained on what was known before that day: such
    labels only have the alerts of training, validation and the embargoes. Test alerts have the
    labels known at the end of the data. With the label knowledge ``as_of``, an alert has the labels
    known `label_maturity_days` after its own day, if that comes earlier. Alerts that are younger
    than this when their labels are read have none.

    Parameters
    ----------
    data : TrainingData
        Its snapshots say which days exist, its address_labels what was known.
    features : DataFrame
        With the keys processing_date, address and alert_id.
    parameters : TrainingParameters
        Lengths of validation, test and embargo; how alerts are labelled.
    strategy : LabelStrategy, optional
        The one that the parameters name unless given.

    Returns
    -------
    DataFrame
        Same rows and order as ``features``: keys, y (Int8, null: unlabelled), weight, split (train,
        embargo, validation or test), is_new_address (no alert up to the last validation day) and
        label_status (see `LabelStatus`).

    Raises
    ------
    TooFewSnapshotsError
        If the range is too short for the split.
    UnknownNameError, LabelStrategyError
        If the parameters name no label strategy.
    """
    label = partial(
        label_alerts,
        address_labels=data.address_labels,
        dispositions=data.dispositions if data.dispositions.width else None,
        strategy=strategy or find_label_strategy(parameters.labels.strategy),
        knowledge=parameters.labels.knowledge,
        maturity_days=parameters.labels.maturity_days,
    )
    split = split_dates(data, parameters)
    keys = features.select(KEYS).with_columns(split=_split_of(split))
    is_test = pl.col("split") == "test"
    earlier = label(keys.filter(~is_test), known_before=midnight(split.test.first))
    later = label(
        keys.filter(is_test),
        known_before=end_of_knowledge(_days(data), data.address_labels, data.dispositions),
    )
    # The model that ships is fitted on all these days, those of the embargo among them included.
    seen = keys.filter(pl.col("processing_date") <= split.validation.last)["address"].unique()
    return keys.join(
        pl.concat([earlier, later]), on=KEYS, how="left", validate="1:1", maintain_order="left"
    ).select(
        *KEYS,
        "y",
        "weight",
        "split",
        "label_status",
        is_new_address=~pl.col("address").is_in(seen.implode()),
    )


def split_dates(data: TrainingData, parameters: TrainingParameters) -> TimeSplit:
    """Divide the days of the data, whether they have alerts or not.

    Raises
    ------
    TooFewSnapshotsError
        If the range is too short for the split.
    """
    return split_by_time(
        _days(data),
        validation_days=parameters.split.validation_days,
        test_days=parameters.split.test_days,
        embargo_days=parameters.embargo_days,
    )


def end_of_knowledge(
    processing_dates: pl.Series,
    address_labels: pl.DataFrame,
    dispositions: pl.DataFrame | None = None,
) -> datetime:
    """Return the time before which everything in the data was known.

    Parameters
    ----------
    processing_dates : Series
        Dates of the snapshots, at least one; a snapshot ends at its date's 00:00 UTC.
    address_labels : DataFrame
        With known_at in milliseconds since 1970, UTC.
    dispositions : DataFrame, optional
        The same of decisions about alerts; without columns if nobody reads them.

    Returns
    -------
    datetime
        The later one of the last snapshot's end and the millisecond after the last label, or the
        last decision.
    """
    last_snapshot = midnight(processing_dates.sort()[-1])
    known = address_labels["known_at"].cast(pl.Int64)
    if dispositions is not None and dispositions.width:
        known = pl.concat([known, dispositions["known_at"].cast(pl.Int64)])
    known = known.drop_nulls().sort()
    if known.is_empty():
        return last_snapshot
    return max(last_snapshot, _EPOCH + timedelta(milliseconds=int(known[-1]) + 1))


def _days(data: TrainingData) -> pl.Series:
    return pl.concat([data.snapshots["processing_date"], data.alerts["processing_date"]]).unique()


def _split_of(split: TimeSplit) -> pl.Expr:
    day = pl.col("processing_date")
    chain = pl.when(day <= split.train.last).then(pl.lit("train"))
    return (
        chain.when(day.is_between(split.validation.first, split.validation.last))
        .then(pl.lit("validation"))
        .when(day >= split.test.first)
        .then(pl.lit("test"))
        .otherwise(pl.lit("embargo"))
        .cast(SPLITS)
    )
