"""Derive the raw_* rows of a daily snapshot from the transfers and labels known by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from alertmill.dates import check_range
from alertmill.snapshots.derivation.addresses import describe_addresses
from alertmill.snapshots.derivation.alerts import raise_alerts
from alertmill.snapshots.derivation.clusters import (
    RELATED_USD,
    SERVICE_DEGREE,
    build_clusters,
)
from alertmill.snapshots.derivation.statements import statement
from alertmill.snapshots.derivation.sums import check_sums
from alertmill.snapshots.derivation.window import Window
from alertmill.snapshots.sources import DERIVED
from alertmill.storage import Client, execute, fetch
from alertmill.storage.batches import Batch, open_batch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network

_TABLES = ("raw_money_flows", "raw_features", "raw_alerts", "raw_clusters")


@dataclass(frozen=True)
class DerivedSnapshot:
    """Rows of one snapshot; all 0 when no transfer lies in its window."""

    processing_date: date
    n_addresses: int
    n_flows: int
    n_alerts: int
    n_clusters: int


def derive_snapshots(
    client: Client,
    *,
    network: Network,
    start_date: date,
    end_date: date,
    window_days: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[DerivedSnapshot]:
    """Derive the snapshots of every day of a range, both ends inclusive.

    Raises
    ------
    DateRangeError
        If the range ends before it starts, or goes beyond the dates that a snapshot can have.
    """
    check_range(start_date, end_date)
    n_days = (end_date - start_date).days + 1
    derived = []
    for number in range(n_days):
        day = start_date + timedelta(days=number)
        derived.append(
            derive_snapshot(client, network=network, processing_date=day, window_days=window_days)
        )
        if progress:
            progress(number + 1, n_days)
    return derived


def derive_snapshot(
    client: Client, *, network: Network, processing_date: date, window_days: int
) -> DerivedSnapshot:
    """Derive one snapshot, replacing what the tables held of it.

    Sees transfers of the window, the first and last transfers of its addresses before it, and
    labels known before the window's end. Deriving again gives the same rows.

    Raises
    ------
    ContractError
        If amounts of the window add up to more than the tables can hold.
    """
    window = Window(network, processing_date, window_days)
    delivery = Delivery(
        network=network,
        source_uri=DERIVED,
        window_days=window_days,
        processing_date=processing_date,
    )
    make_temporary_tables(client, window)
    check_sums(client)
    with open_batch(client, delivery, _TABLES) as batch:
        if fetch(client, "SELECT count() > 0 AS found FROM legs")["found"][0]:
            _fill(client, window, batch)
        counts = batch.commit()
    return DerivedSnapshot(
        processing_date=processing_date,
        n_addresses=counts["raw_features"],
        n_flows=counts["raw_money_flows"],
        n_alerts=counts["raw_alerts"],
        n_clusters=counts["raw_clusters"],
    )


def make_temporary_tables(client: Client, window: Window) -> None:
    """Make what all of a snapshot is read from: the legs of the window, its pairs, known labels."""
    for name in ("conflicts", "superseded", "legs", "pairs", "known_labels"):
        execute(client, statement(name), window.bound)


def _cluster_links(client: Client, alerts: pl.DataFrame) -> pl.DataFrame:
    """Pairs of alerted addresses that exchanged enough; exchanges and services join nobody."""
    joining = fetch(
        client,
        """
        WITH excluded AS (
            SELECT address FROM known_labels WHERE address_type = 'exchange'
            UNION ALL
            SELECT address FROM pairs GROUP BY address HAVING count() > {most:UInt32}
        )
        SELECT address, counterparty FROM pairs
        WHERE greatest(v_in, v_out) >= {usd:Float64} AND address < counterparty
            AND address NOT IN excluded AND counterparty NOT IN excluded
        ORDER BY address, counterparty
        """,
        {"most": SERVICE_DEGREE, "usd": RELATED_USD},
    )
    alerted = alerts.select("address").unique()
    return joining.join(alerted, on="address", how="semi").join(
        alerted.rename({"address": "counterparty"}), on="counterparty", how="semi"
    )


def _fill(client: Client, window: Window, batch: Batch) -> None:
    """Send the rows of the snapshot, from the legs, pairs and labels of the window."""
    wide, patterns = describe_addresses(client, window)
    alerts = raise_alerts(wide, patterns, window)
    times = wide.select("address", "first_activity_timestamp", "last_activity_timestamp")
    clusters = build_clusters(alerts, _cluster_links(client, alerts), times, window)
    n_flows = fetch(client, "SELECT countIf(v_out > 0) AS n FROM pairs")["n"][0]
    batch.insert_selected(
        "raw_money_flows", statement("money_flows"), window.bound, expected=n_flows
    )
    columns = [name for name in _columns(client, "raw_features") if name not in _KEYS_AND_CLOCK]
    snapshot = {
        "raw_features": wide.select(columns),
        "raw_alerts": alerts,
        "raw_clusters": clusters,
    }
    for table, frame in snapshot.items():
        batch.insert(table, _of_snapshot(frame, window))


def _of_snapshot(frame: pl.DataFrame, window: Window) -> pl.DataFrame:
    return frame.with_columns(
        window_days=pl.lit(window.window_days, pl.UInt16),
        processing_date=pl.lit(window.processing_date),
    )


_KEYS_AND_CLOCK = ("window_days", "processing_date", "created_at")


def _columns(client: Client, table: str) -> list[str]:
    described = fetch(
        client,
        """
        SELECT name FROM system.columns
        WHERE database = currentDatabase() AND table = {table:String} ORDER BY position
        """,
        {"table": table},
    )
    return described["name"].to_list()
