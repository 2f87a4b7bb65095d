"""Features of the address in its window: with how many it trades, how much, what it looks like."""

from __future__ import annotations

import polars as pl

from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import (
    BITS_OVER_NATS,
    MOST_USD,
    Declare,
    Level,
    ratio,
)

_address = Declare(FeatureGroup.ADDRESS, Level.ADDRESS)
_NOTHING_IN, _NOTHING_OUT = "nothing came in", "nothing went out"

FEATURES = (
    _address("degree_in", "Distinct addresses that sent to it.", unit="addresses"),
    _address("degree_out", "Distinct addresses that it sent to.", unit="addresses"),
    _address(
        "unique_counterparties", "Distinct addresses on the other side of it.", unit="addresses"
    ),
    _address(
        "sender_share",
        "Share of senders among its senders and recipients: 1 collects, 0 distributes.",
        unit="of 1",
        formula=ratio("degree_in", "degree_total"),
    ),
    _address("total_in_usd", "Value received in the window.", unit="USD"),
    _address("total_out_usd", "Value sent in the window.", unit="USD"),
    _address("total_volume_usd", "Value received and sent in the window.", unit="USD"),
    _address(
        "net_flow_usd",
        "Value received less value sent.",
        unit="USD",
        within=(-MOST_USD, MOST_USD),
    ),
    _address(
        "avg_tx_in_usd", "Mean value of an incoming transfer.", unit="USD", missing=_NOTHING_IN
    ),
    _address(
        "avg_tx_out_usd", "Mean value of an outgoing transfer.", unit="USD", missing=_NOTHING_OUT
    ),
    _address(
        "median_tx_in_usd", "Median value of an incoming transfer.", unit="USD", missing=_NOTHING_IN
    ),
    _address(
        "median_tx_out_usd",
        "Median value of an outgoing transfer.",
        unit="USD",
        missing=_NOTHING_OUT,
    ),
    _address(
        "out_to_in_size",
        "Mean outgoing against mean incoming transfer: below 1 splits, above 1 merges.",
        unit="times",
        formula=ratio("avg_tx_out_usd", "avg_tx_in_usd"),
        missing="nothing came in or nothing went out",
    ),
    _address("max_tx_usd", "Largest single transfer.", unit="USD"),
    _address("min_tx_usd", "Smallest single transfer.", unit="USD"),
    _address(
        "volume_per_counterparty",
        "Value moved per address on the other side.",
        unit="USD",
        formula=ratio("total_volume_usd", "unique_counterparties"),
    ),
    _address("tx_in_count", "Incoming transfers.", unit="transfers"),
    _address("tx_out_count", "Outgoing transfers.", unit="transfers"),
    _address("tx_total_count", "Transfers, incoming and outgoing.", unit="transfers"),
    _address(
        "tx_per_counterparty",
        "Transfers per address on the other side.",
        unit="transfers",
        formula=ratio("tx_total_count", "unique_counterparties"),
    ),
    _address("unique_assets_in", "Distinct assets received.", unit="assets"),
    _address("unique_assets_out", "Distinct assets sent.", unit="assets"),
    _address(
        "asset_diversity_score",
        "How evenly its value is spread over assets.",
        unit="of 1",
        within=(0, BITS_OVER_NATS),
    ),
    _address.flag(
        "changes_asset",
        "Receives mainly one asset and sends mainly another.",
        formula=pl.when(pl.col("dominant_asset_in") != "", pl.col("dominant_asset_out") != "").then(
            pl.col("dominant_asset_in") != pl.col("dominant_asset_out")
        ),
        missing="nothing came in or nothing went out",
    ),
    _address("age_days", "Days since its first transfer ever.", unit="days"),
    _address(
        "silent_days",
        "Days without a transfer before the window.",
        unit="days",
        missing="it has no transfer before the window",
    ),
    _address.flag("is_hub_address", "Has many senders and many recipients."),
    _address.flag("is_high_volume_trader", "Moves large sums in very many transfers."),
    _address.flag("is_retail_active", "Makes many small transfers."),
    _address.flag("is_retail_inactive", "Makes few transfers, all of them small."),
    _address.flag("is_whale_inactive", "Moves large sums in few transfers."),
    _address.flag("is_whale", "Moves very large sums."),
    _address.flag("is_exchange_like", "Behaves like an exchange, whatever it is labelled."),
    _address.flag("is_mixer_like", "Behaves like a mixer, whatever it is labelled."),
    _address.flag("is_contract_like", "Behaves like a contract, whatever it is labelled."),
    _address.flag("is_new_address", "Had its first transfer ever in the window."),
    _address.flag("is_dormant_reactivated", "Woke up in the window after a long silence."),
)
