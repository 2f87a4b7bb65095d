"""Features of amounts: their spread, concentration, passing on, and rank among others."""

from __future__ import annotations

import polars as pl

from alertmill.training.data.columns import RANK_OF, RANKED_COLUMNS
from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import (
    BITS_OVER_NATS,
    Declare,
    Level,
    ratio,
)

_amounts = Declare(FeatureGroup.STATISTICAL, Level.ADDRESS)
_MEAN_TX_USD = ratio("total_volume_usd", "tx_total_count")
_RANKED = {
    "total_volume_usd": "value moved",
    "tx_total_count": "number of transfers",
    "unique_counterparties": "number of counterparties",
    "max_tx_usd": "its largest transfer",
    "pass_through_ratio": "the share that is passed on",
    "near_threshold_count": "transfers just below a reporting threshold",
    "burst_factor": "the burst of its busiest day",
    "pagerank": "importance in the money flow",
    "age_days": "age",
}


def _rank_name(column: str) -> str:
    return f"{column.removesuffix('_usd').removesuffix('_count')}_rank"


FEATURES = (
    _amounts(
        "amount_cv",
        "Spread of the transfers' values against their mean.",
        unit="times",
        formula=ratio(pl.col("amount_variance").sqrt(), _MEAN_TX_USD),
        missing="it has one transfer only",
    ),
    _amounts(
        "amount_skewness",
        "Whether few transfers are far above the others.",
        within=(None, None),
        missing="it has fewer than 3 transfers, or all are equal",
    ),
    _amounts(
        "amount_kurtosis",
        "How far its most unusual transfers lie out; 0 is that of a bell curve.",
        within=(None, None),
        missing="it has fewer than 4 transfers, or all are equal",
    ),
    _amounts(
        "largest_to_mean",
        "Largest transfer against the mean one.",
        unit="times",
        formula=ratio("max_tx_usd", _MEAN_TX_USD),
    ),
    _amounts("volume_cv", "Spread of the value it moves a day against the mean.", unit="times"),
    _amounts(
        "structuring_score",
        "Share just below a reporting threshold of its transfers from 500 USD.",
        unit="of 1",
        missing="no transfer reaches 500 USD",
    ),
    _amounts(
        "near_threshold_count", "Transfers just below a reporting threshold.", unit="transfers"
    ),
    _amounts("small_transaction_ratio", "Share of its transfers below 100 USD.", unit="of 1"),
    _amounts(
        "amount_predictability",
        "How alike its transfers are in value.",
        unit="of 1",
        missing="it has one transfer only",
    ),
    _amounts(
        "round_amount_ratio", "Share of its transfers with a round native amount.", unit="of 1"
    ),
    _amounts(
        "denomination_ratio",
        "Share of its transfers with one of its three most frequent amounts.",
        unit="of 1",
    ),
    _amounts(
        "outlier_transactions",
        "Transfers larger than 99 % of all in the snapshot.",
        unit="transfers",
    ),
    # Negative in snapshots of the upstream system.
    _amounts(
        "counterparty_concentration",
        "How unequal its counterparties are in value.",
        unit="of 1",
        within=(-1, 1),
    ),
    _amounts(
        "flow_concentration", "How unequal its flows are in value.", unit="of 1", within=(-1, 1)
    ),
    _amounts("concentration_ratio", "Share of its largest counterparty in its value.", unit="of 1"),
    _amounts(
        "flow_diversity",
        "How evenly its value is spread over its counterparties.",
        unit="of 1",
        within=(0, BITS_OVER_NATS),
    ),
    _amounts(
        "max_out_share",
        "Share of its largest recipient in the value sent.",
        unit="of 1",
        missing="nothing went out",
    ),
    _amounts(
        "reciprocity_ratio",
        "Share of its value that went both ways with the same counterparty.",
        unit="of 1",
    ),
    _amounts(
        "flow_reciprocity_entropy",
        "How evenly its value is split between two-way counterparties and the others.",
        unit="of 1",
    ),
    _amounts(
        "counterparty_overlap_ratio",
        "Share of its counterparties with flows both ways.",
        unit="of 1",
    ),
    _amounts(
        "counterparty_stability",
        "How much its main counterparties stay the same over the window.",
        unit="of 1",
        missing="it is not active in two neighbouring quarters of the window",
    ),
    _amounts(
        "flow_asymmetry",
        "Received less sent, against both: -1 only sends, 1 only receives.",
        within=(-1, 1),
    ),
    _amounts(
        "pass_through_ratio",
        "Share of what comes in on a day that leaves on that day or the next.",
        unit="of 1",
        missing="nothing came in",
    ),
    _amounts(
        "median_hold_hours",
        "Hours from an outgoing transfer back to the last incoming one, median.",
        unit="hours",
        missing="nothing went out after something came in",
    ),
    # Scores without an upper end in snapshots of the upstream system.
    _amounts(
        "behavioral_anomaly_score", "How unusual its volume and rhythm are.", within=(0, None)
    ),
    _amounts(
        "global_anomaly_score",
        "How unusual it is in volume, rhythm and place in the network.",
        within=(0, None),
    ),
    _amounts(
        "outlier_score",
        "Share of the addresses of its snapshot that are no more unusual.",
        within=(0, None),
    ),
    *(
        _amounts(
            _rank_name(column),
            f"Share of the addresses of its snapshot that lie below in {_RANKED[column]}.",
            unit="of 1",
            formula=pl.col(f"{RANK_OF}{column}"),
            missing=f"{column} is missing" if column == "pass_through_ratio" else "",
        )
        for column in RANKED_COLUMNS
    ),
)
