"""What was known of an alert's address at a point in time, as the target of training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, runtime_checkable

import polars as pl

from alertmill.errors import (
    ConfigurationError,
    DuplicateRowsError,
    LabelStrategyError,
    MissingColumnsError,
    WrongTypeError,
)
from alertmill.training.data.rows import KEYS
from alertmill.vocabulary import (
    LabelKnowledge,
    LabelStatus,
    ReviewDecision,
    RiskLevel,
    TrustLevel,
)

LABEL_COLUMNS = (
    "address",
    "source",
    "risk_level",
    "confidence_score",
    "trust_level",
    "known_at",
    "revoked_at",
    "known_at_source",
)
"""What is read of a label; known_at and revoked_at are milliseconds since 1970, UTC."""

DECISION_COLUMNS = ("address", "y", "confidence", "known_at", "is_conflicting")
"""What a strategy says of an address; see `LabelStrategy`."""

DISPOSITION_COLUMNS = (*KEYS, "decision", "decided_at", "known_at")
"""What is read of a decision about an alert; times are milliseconds since 1970, UTC."""

LABEL_STATUS = pl.Enum([status.value for status in LabelStatus])

ASSUMED = "assumed"
"""Value of known_at_source for a label of unknown age: a target always, a feature never."""

_MOMENT = pl.Datetime("us", "UTC")
_LEAST_CONFIDENCE, _UNKNOWN_CONFIDENCE = 0.01, 0.5


class LabelStrategy(Protocol):
    """A way to read a truth about addresses from what sources said of them."""

    def label_addresses(self, known_labels: pl.DataFrame) -> pl.DataFrame:
        """Return what was known of addresses at some point in time.

        Parameters
        ----------
        known_labels : DataFrame
            The history of labels as it was known then, every column of it: nothing that was known
            later, no label that was revoked already, no revocation that was still to come.

        Returns
        -------
        DataFrame
            One row per labelled address: address; y (1 positive, 0 negative); confidence (0 to 1,
            weighs the alert in training); known_at (milliseconds since 1970, null where the age of
            the label is not known); is_conflicting (whether sources disagreed). An address without
            a row, or with a null y, is unlabelled.
        """


@runtime_checkable
class AlertDecisionStrategy(LabelStrategy, Protocol):
    """A strategy for which what was decided about an alert itself comes before its address."""

    def decide_alerts(self, known_dispositions: pl.DataFrame) -> pl.DataFrame:
        """Return what was decided about alerts at some point in time.

        Parameters
        ----------
        known_dispositions : DataFrame
            The history of decisions as it was known then; see `DISPOSITION_COLUMNS`.

        Returns
        -------
        DataFrame
            One row per decided alert: the keys; y (1 positive, 0 negative); confidence (0 to 1) and
            known_at (milliseconds since 1970).
        """


@dataclass(frozen=True)
class AddressLabelStrategy:
    """The risk level of an address's own label decides; see `decide_by_last_words`.

    An address without a word stays unlabelled: not to know is not to clear.
    """

    positive: tuple[RiskLevel, ...] = (RiskLevel.HIGH, RiskLevel.CRITICAL)
    negative: tuple[RiskLevel, ...] = (RiskLevel.LOW, RiskLevel.MEDIUM)

    def label_addresses(self, known_labels: pl.DataFrame) -> pl.DataFrame:
        """Return what was known of addresses at some point in time."""
        truth = dict.fromkeys(map(str, self.positive), 1) | dict.fromkeys(
            map(str, self.negative), 0
        )
        level = pl.col("risk_level").cast(pl.String).str.to_lowercase()
        return decide_by_last_words(
            known_labels, y=level.replace_strict(truth, default=None, return_dtype=pl.Int8)
        )


@dataclass(frozen=True)
class DispositionStrategy(AddressLabelStrategy):
    """The last decision about an alert decides; without one, the label of its address.

    A confirmed alert is positive, a dismissed one negative. One that was reopened is as if nobody
    had decided. A decision outweighs every label of the address, whoever gave it: it is about this
    alert, by somebody who looked at it.
    """

    def decide_alerts(self, known_dispositions: pl.DataFrame) -> pl.DataFrame:
        """Return what was decided about alerts at some point in time."""
        truth = {str(ReviewDecision.CONFIRMED): 1, str(ReviewDecision.DISMISSED): 0}
        # Of two decisions of one moment the one that arrived later corrects the other; if they
        # arrived together, the positive one counts.
        last = known_dispositions.with_columns(
            y=pl.col("decision").replace_strict(truth, default=None, return_dtype=pl.Int8)
        ).sort("decided_at", "known_at", "y", descending=True, nulls_last=True)
        decided = last.unique(KEYS, keep="first", maintain_order=True).drop_nulls("y")
        return decided.select(*KEYS, "y", "known_at", confidence=pl.lit(1.0))


def decide_by_last_words(known_labels: pl.DataFrame, *, y: pl.Expr) -> pl.DataFrame:
    """Let sources speak, and decide between those that disagree.

    Of every source the last word counts; where ``y`` is null for it, the source says nothing.
    Among sources the more trusted one decides, then the more confident one, then the riskier level,
    then the positive. Where the others say otherwise, the decision is marked as conflicting.

    Parameters
    ----------
    known_labels : DataFrame
        Labels as a strategy gets them; see `LABEL_COLUMNS`.
    y : Expr
        What one label says, from its columns: 1, 0, or null for nothing.

    Returns
    -------
    DataFrame
        One row per labelled address; see `DECISION_COLUMNS`.
    """
    order = [
        _rank(TrustLevel, "trust_level"),
        -pl.col("confidence"),
        -_rank(RiskLevel, "risk_level"),
        -pl.col("y").fill_null(-1),
    ]
    confidence = pl.col("confidence_score").cast(pl.Float64).fill_nan(None)
    known_at = pl.col("known_at").cast(pl.Int64)
    return (
        known_labels.with_columns(
            confidence=confidence.fill_null(_UNKNOWN_CONFIDENCE).clip(0, 1),
            y=y.cast(pl.Int8),
            known_at=pl.when(~_has_unknown_age()).then(known_at),
            said_at=known_at.fill_null(0),
        )
        .sort("address", "source", -pl.col("said_at"), *order)
        .unique(["address", "source"], keep="first", maintain_order=True)
        .drop_nulls("y")
        .sort("address", *order, "source")
        .group_by("address", maintain_order=True)
        .agg(
            pl.first("y", "confidence", "known_at"),
            is_conflicting=pl.col("y").n_unique() > 1,
        )
    )


def label_alerts(  # noqa: PLR0913 - two histories, and how they are read
    alerts: pl.DataFrame,
    address_labels: pl.DataFrame,
    *,
    known_before: datetime,
    dispositions: pl.DataFrame | None = None,
    strategy: LabelStrategy | None = None,
    knowledge: LabelKnowledge = LabelKnowledge.END_OF_RANGE,
    maturity_days: int = 0,
) -> pl.DataFrame:
    """Label alerts by what was known of their address before a point in time.

    Parameters
    ----------
    alerts : DataFrame
        With the keys processing_date, address and alert_id.
    address_labels : DataFrame
        The whole history of labels of the network; see `LABEL_COLUMNS`.
    known_before : datetime
        With a time zone; a label counts if it was known earlier than this, and not revoked earlier.
        A label whose age is only assumed counts always.
    dispositions : DataFrame, optional
        The whole history of decisions about the alerts; see `DISPOSITION_COLUMNS`. Read by an
        `AlertDecisionStrategy` alone; one counts if it was known earlier than the cut.
    strategy : LabelStrategy, optional
        `AddressLabelStrategy` unless given.
    knowledge : LabelKnowledge
        Whether ``known_before`` is the cut of every alert, or each has its own:
        ``maturity_days`` after its processing date, though never later than ``known_before``.
    maturity_days : int
        An alert whose processing date is less than this before ``known_before`` is too young: it
        gets no label, unless the label is of unknown age.

    Returns
    -------
    DataFrame
        Same rows and order as ``alerts``: keys, y (Int8; null where there is nothing to learn
        from), weight (confidence of the label, scaled to a mean of 1 over the alerts with y; else
        1) and label_status (see `LabelStatus`).

    Raises
    ------
    MissingColumnsError
        If a column is missing, also in what the strategy returns.
    ConfigurationError
        If ``known_before`` has no time zone.
    LabelStrategyError, WrongTypeError, DuplicateRowsError
        If the strategy returns no frame, other values than 0 and 1, or an address twice.
    """
    if known_before.tzinfo is None:
        raise ConfigurationError(f"known_before is {known_before} without a time zone; give UTC.")
    _check_columns("alerts", alerts, KEYS)
    _check_columns("address_labels", address_labels, LABEL_COLUMNS)
    strategy = strategy or AddressLabelStrategy()
    cut = pl.lit(known_before, _MOMENT)
    if knowledge is LabelKnowledge.AS_OF:
        mature = pl.col("processing_date").cast(_MOMENT)
        cut = pl.min_horizontal(mature + timedelta(days=maturity_days), cut)
    keys = alerts.select(*KEYS, cut=cut)
    decisions = [
        _decide(strategy, address_labels, known_before=moment).with_columns(
            cut=pl.lit(moment, _MOMENT)
        )
        for moment in keys["cut"].unique().sort().to_list() or [known_before]
    ]
    decided = keys.join(
        pl.concat(decisions),
        on=["address", "cut"],
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    if isinstance(strategy, AlertDecisionStrategy) and dispositions is not None:
        decided = _with_decisions(decided, strategy, dispositions)
    return _as_targets(decided, too_young_from=known_before - timedelta(days=maturity_days))


def midnight(day: date) -> datetime:
    """Return the end of the snapshot of a processing date: its 00:00 UTC."""
    return datetime.combine(day, time.min, UTC)


def _decide(
    strategy: LabelStrategy, address_labels: pl.DataFrame, *, known_before: datetime
) -> pl.DataFrame:
    """Apply the strategy, and check what it returns."""
    name = type(strategy).__qualname__
    answer = strategy.label_addresses(_known_labels(address_labels, known_before))
    if not isinstance(answer, pl.DataFrame):
        raise LabelStrategyError.of(name, f"returned a {type(answer).__name__}")
    _check_columns(f"the answer of {name}", answer, DECISION_COLUMNS)
    labelled = answer.select(DECISION_COLUMNS).drop_nulls("y")
    if not labelled["y"].is_in([0, 1]).all():
        raise WrongTypeError.of(f"the answer of {name}", ["y"], expected="0, 1 or null")
    repeated = labelled.filter(pl.col("address").is_duplicated())["address"].unique().sort()
    if len(repeated):
        raise DuplicateRowsError.of(
            f"the answer of {name}", ["address"], n_keys=len(repeated), example=[repeated[0]]
        )
    return labelled.cast(
        {
            "y": pl.Int8,
            "confidence": pl.Float64,
            "known_at": pl.Int64,
            "is_conflicting": pl.Boolean,
        }
    )


def _with_decisions(
    decided: pl.DataFrame, strategy: AlertDecisionStrategy, dispositions: pl.DataFrame
) -> pl.DataFrame:
    """Put what was decided about alerts before what was known of their addresses."""
    _check_columns("dispositions", dispositions, DISPOSITION_COLUMNS)
    own = [
        strategy.decide_alerts(_known_dispositions(dispositions, moment)).select(
            *KEYS,
            cut=pl.lit(moment, _MOMENT),
            own_y=pl.col("y").cast(pl.Int8),
            own_confidence=pl.col("confidence").cast(pl.Float64),
            own_known_at=pl.col("known_at").cast(pl.Int64),
        )
        for moment in decided["cut"].unique().sort().to_list()
    ]
    if not own:
        return decided
    beside = decided.join(
        pl.concat(own), on=[*KEYS, "cut"], how="left", validate="m:1", maintain_order="left"
    )
    is_own = pl.col("own_y").is_not_null()
    is_against = pl.col("y").is_not_null() & (pl.col("y") != pl.col("own_y"))
    return beside.with_columns(
        pl.coalesce("own_y", "y").alias("y"),
        pl.coalesce("own_confidence", "confidence").alias("confidence"),
        pl.when(is_own).then("own_known_at").otherwise("known_at").alias("known_at"),
        pl.when(is_own).then(is_against).otherwise("is_conflicting").alias("is_conflicting"),
    ).drop("own_y", "own_confidence", "own_known_at")


def _known_dispositions(dispositions: pl.DataFrame, known_before: datetime) -> pl.DataFrame:
    """Return the history of decisions as it was then, so that no strategy can look ahead."""
    return dispositions.filter(pl.col("known_at") < known_before.timestamp() * 1000)


def _as_targets(decided: pl.DataFrame, *, too_young_from: datetime) -> pl.DataFrame:
    """Take the labels of young alerts away, weigh the rest, and say what became of each alert."""
    y = pl.col("y")
    snapshot_end = pl.col("processing_date").cast(_MOMENT)
    is_ageless = y.is_not_null() & pl.col("known_at").is_null()
    is_young = (snapshot_end > pl.lit(too_young_from)) & ~is_ageless
    status = (
        pl.when(is_young)
        .then(pl.lit(LabelStatus.TOO_YOUNG.value))
        .when(y.is_null())
        .then(pl.lit(LabelStatus.UNLABELLED.value))
        .when("is_conflicting")
        .then(pl.lit(LabelStatus.CONFLICTING.value))
        .otherwise(pl.lit(LabelStatus.LABELLED.value))
    )
    confidence = pl.col("confidence").clip(lower_bound=_LEAST_CONFIDENCE)
    used = pl.when(y.is_not_null() & ~is_young).then(confidence)
    return decided.select(
        *KEYS,
        y=pl.when(~is_young).then(y),
        weight=(used / used.mean()).fill_null(1.0),
        label_status=status.cast(LABEL_STATUS),
    )


def _known_labels(address_labels: pl.DataFrame, known_before: datetime) -> pl.DataFrame:
    """Return the history as it was then, so that no strategy can look ahead."""
    cut = known_before.timestamp() * 1000
    revoked = pl.col("revoked_at").is_not_null() & (pl.col("revoked_at") < cut)
    known = (pl.col("known_at") < cut) | _has_unknown_age()
    not_yet = pl.lit(None, address_labels.schema["revoked_at"])
    return address_labels.filter(known & ~revoked).with_columns(revoked_at=not_yet)


def _has_unknown_age() -> pl.Expr:
    assumed = pl.col("known_at_source").cast(pl.String) == ASSUMED
    return assumed.fill_null(value=False) | pl.col("known_at").is_null()


def _rank(levels: type[TrustLevel | RiskLevel], column: str) -> pl.Expr:
    """Place of a value in its enumeration; unknown values come last."""
    places = {str(level): place for place, level in enumerate(levels)}
    unknown = len(places) if levels is TrustLevel else -1
    return (
        pl.col(column)
        .cast(pl.String)
        .str.to_lowercase()
        .replace_strict(places, default=unknown, return_dtype=pl.Int64)
        .fill_null(unknown)
    )


def _check_columns(table: str, frame: pl.DataFrame, needed: tuple[str, ...]) -> None:
    missing = set(needed) - set(frame.columns)
    if missing:
        raise MissingColumnsError.of(table, missing, frame.columns)
