"""What was known of an alert's address at a point in time, as the target of training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl

from alertmill.errors import ConfigurationError, MissingColumnsError
from alertmill.training.rows import KEYS
from alertmill.vocabulary import RiskLevel, TrustLevel

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

ASSUMED = "assumed"
"""Value of known_at_source for a label of unknown age: a target always, a feature never."""

_LEAST_CONFIDENCE, _UNKNOWN_CONFIDENCE = 0.01, 0.5


class LabelStrategy(Protocol):
    """A way to read a truth about addresses from what sources said of them."""

    @property
    def name(self) -> str:
        """Kept with the model that was trained on it."""

    def label_addresses(
        self, address_labels: pl.DataFrame, *, known_before: datetime
    ) -> pl.DataFrame:
        """Give one row per labelled address: address, y (Int8), confidence (Float64, 0 to 1)."""


@dataclass(frozen=True)
class AddressLabelStrategy:
    """The risk level of an address's own label decides.

    Of every source the last word counts that was known and not revoked before the cut; where it
    gives no risk level, the source says nothing. Among sources the more trusted one decides, then
    the more confident one, then the riskier level. An address without a word stays unlabelled: not
    to know is not to clear.
    """

    name: str = "address_label"
    positive: tuple[RiskLevel, ...] = (RiskLevel.HIGH, RiskLevel.CRITICAL)
    negative: tuple[RiskLevel, ...] = (RiskLevel.LOW, RiskLevel.MEDIUM)

    def label_addresses(
        self, address_labels: pl.DataFrame, *, known_before: datetime
    ) -> pl.DataFrame:
        """Give one row per labelled address: address, y (Int8), confidence (Float64, 0 to 1)."""
        truth = dict.fromkeys(map(str, self.positive), 1) | dict.fromkeys(
            map(str, self.negative), 0
        )
        order = [
            _rank(TrustLevel, "trust_level"),
            -pl.col("confidence"),
            -_rank(RiskLevel, "level"),
        ]
        return (
            _known_labels(address_labels, known_before)
            .with_columns(
                level=pl.col("risk_level").cast(pl.String).str.to_lowercase(),
                confidence=pl.col("confidence_score")
                .cast(pl.Float64)
                .fill_nan(None)
                .fill_null(_UNKNOWN_CONFIDENCE)
                .clip(0, 1),
            )
            .sort("address", "source", -pl.col("known_at").cast(pl.Int64), *order)
            .unique(["address", "source"], keep="first", maintain_order=True)
            .with_columns(
                y=pl.col("level").replace_strict(truth, default=None, return_dtype=pl.Int8)
            )
            .drop_nulls("y")
            .sort("address", *order, "source")
            .unique("address", keep="first", maintain_order=True)
            .select("address", "y", "confidence")
        )


def label_alerts(
    alerts: pl.DataFrame,
    address_labels: pl.DataFrame,
    *,
    known_before: datetime,
    strategy: LabelStrategy | None = None,
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
    strategy : LabelStrategy, optional
        `AddressLabelStrategy` unless given.

    Returns
    -------
    DataFrame
        Same rows and order as ``alerts``: keys, y (Int8; null where nothing was known) and weight
        (confidence of the label, scaled to a mean of 1 over the labelled alerts; else 1).

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    ConfigurationError
        If ``known_before`` has no time zone.
    """
    if known_before.tzinfo is None:
        raise ConfigurationError(f"known_before is {known_before} without a time zone; give UTC.")
    _check_columns("alerts", alerts, KEYS)
    _check_columns("address_labels", address_labels, LABEL_COLUMNS)
    strategy = strategy or AddressLabelStrategy()
    labels = strategy.label_addresses(address_labels, known_before=known_before)
    confidence = pl.col("confidence").clip(lower_bound=_LEAST_CONFIDENCE)
    return (
        alerts.select(KEYS)
        .join(labels, on="address", how="left", validate="m:1", maintain_order="left")
        .select(*KEYS, "y", weight=(confidence / confidence.mean()).fill_null(1.0))
    )


def _known_labels(address_labels: pl.DataFrame, known_before: datetime) -> pl.DataFrame:
    cut = known_before.timestamp() * 1000
    revoked = pl.col("revoked_at").is_not_null() & (pl.col("revoked_at") < cut)
    known = (pl.col("known_at") < cut) | (pl.col("known_at_source").cast(pl.String) == ASSUMED)
    return address_labels.select(LABEL_COLUMNS).filter(known & ~revoked)


def _rank(levels: type[TrustLevel | RiskLevel], column: str) -> pl.Expr:
    """Place of a value in its enumeration; unknown values come last."""
    places = {str(level): place for place, level in enumerate(levels)}
    unknown = len(places) if levels is TrustLevel else -1
    return (
        pl.col(column)
        .cast(pl.String)
        .replace_strict(places, default=unknown, return_dtype=pl.Int64)
        .fill_null(unknown)
    )


def _check_columns(table: str, frame: pl.DataFrame, needed: tuple[str, ...]) -> None:
    missing = set(needed) - set(frame.columns)
    if missing:
        raise MissingColumnsError.of(table, missing, frame.columns)
