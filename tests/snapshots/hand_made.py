"""Transfers and labels small enough to compute by hand, and what is derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from alertmill.snapshots.derivation import DerivedSnapshot, derive_snapshot
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network

DAY = date(2024, 1, 8)
"""Processing date, a Monday: a window of 7 days sees 2024-01-01 to 2024-01-07."""
TABLES = ("raw_features", "raw_money_flows", "raw_alerts", "raw_clusters")
_PRICE = 2_000.0


@dataclass(frozen=True)
class Transfer:
    """One payment; ``at`` as 2024-01-02 12:00, UTC."""

    at: str
    source: str
    sink: str
    usd: float
    asset: str = "ETH"


@dataclass(frozen=True)
class Label:
    """What was said of an address on a day."""

    address: str
    address_type: str
    risk_level: str
    known: date
    revoked: date | None = None
    known_at_source: str = "upstream"
    trust_level: str = "verified"
    source: str = "register"


def milliseconds(at: datetime | date) -> int:
    """Time since 1970, UTC; a date is its 00:00."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001 - UTC is set below
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


def store(client: Client, transfers: list[Transfer], labels: list[Label] | None = None) -> None:
    """Put transfers and labels into their tables."""
    load_transfers(client, frame_of(transfers), _delivery(transfers))
    if labels:
        store_labels(client, labels)


def frame_of(transfers: list[Transfer]) -> pl.DataFrame:
    """Return transfers with the columns of their table."""
    rows = [
        {
            "tx_id": f"tx{number:06d}",
            "event_index": "0",
            "edge_index": "0",
            "block_height": number,
            "block_timestamp": milliseconds(datetime.fromisoformat(transfer.at)),
            "from_address": transfer.source,
            "to_address": transfer.sink,
            "asset_symbol": transfer.asset,
            "asset_contract": transfer.asset.lower(),
            "amount": transfer.usd / _PRICE,
            "amount_usd": transfer.usd,
            "fee": 0.0,
        }
        for number, transfer in enumerate(transfers)
    ]
    return pl.DataFrame(rows)


def store_labels(client: Client, labels: list[Label]) -> None:
    """Add labels to what is known."""
    load_labels(client, label_frame(labels), _delivery(labels))


def label_frame(labels: list[Label]) -> pl.DataFrame:
    """Return labels with the columns of their table."""
    rows = [
        {
            "network": "ethereum",
            "address": label.address,
            "label": f"known_{label.address_type}",
            "network_type": "evm",
            "address_type": label.address_type,
            "address_subtype": "",
            "risk_level": label.risk_level,
            "confidence_score": 0.9,
            "trust_level": label.trust_level,
            "source": label.source,
            "known_at": milliseconds(label.known),
            "revoked_at": milliseconds(label.revoked) if label.revoked else None,
            "known_at_source": label.known_at_source,
        }
        for label in labels
    ]
    return pl.DataFrame(rows)


def derive(client: Client, *, day: date = DAY, window_days: int = 7) -> DerivedSnapshot:
    """Derive one snapshot."""
    return derive_snapshot(
        client, network=Network.ETHEREUM, processing_date=day, window_days=window_days
    )


def rows(client: Client, table: str) -> pl.DataFrame:
    """All rows of a snapshot table without the clock, in the order of their keys."""
    found = fetch(client, f"SELECT * EXCEPT created_at FROM {table} ORDER BY ALL")  # noqa: S608 - tables are named here
    return found.with_columns(pl.selectors.decimal().cast(pl.Float64))


def everything(client: Client) -> list[list[tuple[object, ...]]]:
    """Every row of every snapshot table, to compare."""
    return [rows(client, table).rows() for table in TABLES]


def features_of(client: Client, address: str) -> dict[str, object]:
    """Return the feature row of an address."""
    return rows(client, "raw_features").row(by_predicate=pl.col("address") == address, named=True)


def alerts_of(client: Client, typology: str) -> list[str]:
    """Addresses with an alert of a typology, sorted."""
    alerts = rows(client, "raw_alerts").filter(pl.col("typology_type") == typology)
    return sorted(alerts["address"].to_list())


def random_transfers(
    n: int = 1_500, *, n_addresses: int = 150, seed: int = 7, days: int = 21
) -> list[Transfer]:
    """Payments from a week before the window on, some addresses far busier than others."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, n_addresses + 1)
    ends = rng.choice(n_addresses, (n, 2), p=weight / weight.sum())
    minutes = np.sort(rng.integers(0, days * 24 * 60, n))
    usd = rng.lognormal(6, 1.5, n).round(2)
    start = datetime(2023, 12, 25, tzinfo=UTC)
    return [
        Transfer(
            (start + timedelta(minutes=int(minute))).replace(tzinfo=None).isoformat(),
            f"0x{source:03d}",
            f"0x{sink:03d}",
            float(amount),
            "ETH" if sink % 3 else "DAI",
        )
        for minute, (source, sink), amount in zip(minutes, ends, usd, strict=True)
    ]


def random_labels() -> list[Label]:
    """Labels of a dozen addresses of `random_transfers`, known before, in and after the window."""
    kinds = [("exchange", "low"), ("mixer", "critical"), ("scam", "high"), ("bridge", "medium")]
    first = date(2023, 12, 28)
    return [
        Label(f"0x{3 * number:03d}", *kinds[number % 4], first + timedelta(days=number))
        for number in range(16)
    ]


def _delivery(content: object) -> Delivery:
    return Delivery(Network.ETHEREUM, f"made by hand {content}")
