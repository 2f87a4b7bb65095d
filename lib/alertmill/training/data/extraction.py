"""Extract what a training run needs; filters, joins and aggregation happen in ClickHouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import polars as pl

from alertmill.dates import check_range
from alertmill.errors import (
    ConfigurationError,
    ContractError,
    DateRangeError,
    IncompleteResultError,
    NoAlertsError,
    OtherNetworkError,
    SnapshotsChangingError,
)
from alertmill.networks import configured_networks
from alertmill.snapshots.contracts import check_extract, find_broken_flows
from alertmill.snapshots.sources import check_one_kind
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import fetch_ledger_digest, fetch_networks
from alertmill.storage.queries import fetch_counted
from alertmill.storage.registry import fetch_trained_models
from alertmill.training.data.columns import HISTORY_DAYS, RANK_OF, RANKED_COLUMNS
from alertmill.training.data.extracted import ExtractedQuery, TrainingData
from alertmill.training.data.queries import query_text
from alertmill.vocabulary import Severity

_LABELS = "address_labels"
_CHECKED = {
    "alerts": "raw_alerts",
    "address_features": "raw_features",
    "clusters": "raw_clusters",
    _LABELS: "raw_address_labels",
}
"""Extracts that are held to the contract of a table."""
_COUNTED_HERE = "n_addresses"
"""Column of the clusters that their table does not have."""
_OTHERS = (
    "address_ranks",
    "history",
    "flows",
    "alert_clusters",
    "snapshots",
    "set_aside",
    "batches",
)
_NOT_EXTRACTED = ("window_days", "processing_date", "address", "created_at")
_READS = 3
_DATABASE_PREFIX = "risk_assessment_"


class FeatureExtractor:
    """Copies alerts and what surrounds them out of the database of one network.

    Parameters
    ----------
    client : Client
        Connected to the database.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def extract_training_data(
        self,
        start_date: date | str,
        end_date: date | str,
        window_days: int,
        *,
        network: str | None = None,
        with_dispositions: bool = False,
    ) -> TrainingData:
        """Extract the alerts of a range of days, their addresses, flows, clusters and all labels.

        Every extract is checked against a count that the server makes.

        Parameters
        ----------
        start_date, end_date : date or ISO string
            First and last processing date, both inclusive.
        window_days : int
            Length of the snapshots' window.
        network : str, optional
            Whose labels to read; without it, the network in the name of the database.
        with_dispositions : bool
            Extract what reviewers decided about the alerts, too.

        Raises
        ------
        ConfigurationError
            If neither ``network`` nor the name of the database says which network it is.
        OtherNetworkError
            If the database holds snapshots or labels of another network, and none of this.
        DateRangeError
            If the range ends before it starts, or one of its ends is no date that a snapshot can
            have.
        NoAlertsError
            If it holds no alerts; the message says which dates exist.
        MixedSourcesError
            If some of the snapshots were derived here and some delivered.
        IncompleteResultError
            If an extract arrived with other than the rows that the server counted and hashed.
        SnapshotsChangingError
            If snapshots were replaced during each of three attempts to read them.
        ContractError
            If alerts, the features of their addresses, clusters, labels or money flows break the
            contract of their table.
        """
        start, end = _as_date("start_date", start_date), _as_date("end_date", end_date)
        check_range(start, end)
        network = network or self._network_of_database()
        self._check_network(network)
        self._check_alerts(network, start, end, window_days)
        others = (*_OTHERS, "dispositions") if with_dispositions else _OTHERS
        return self._extract_range(
            network, start, end, window_days, checked=_CHECKED, others=others
        )

    def extract_scoring_data(self, day: date, window_days: int, *, network: str) -> TrainingData:
        """Extract the alerts of one day and what surrounds them, without labels.

        The features that `FeatureBuilder` makes of it are those of a training that holds the day.

        Parameters
        ----------
        day : date
            Processing date.
        window_days : int
            Length of the snapshots' window.
        network : str
            Of which the database is.

        Raises
        ------
        OtherNetworkError, NoAlertsError, MixedSourcesError, IncompleteResultError
            As `extract_training_data`.
        SnapshotsChangingError, ContractError
            As `extract_training_data`.
        """
        self._check_network(network)
        self._check_alerts(network, day, day, window_days)
        unlabelled = {name: table for name, table in _CHECKED.items() if name != _LABELS}
        return self._extract_range(network, day, day, window_days, checked=unlabelled)

    def _extract_range(
        self,
        network: str,
        start: date,
        end: date,
        window_days: int,
        *,
        checked: Mapping[str, str],
        others: Sequence[str] = _OTHERS,
    ) -> TrainingData:
        bound = {
            "w": window_days,
            "h": HISTORY_DAYS,
            "start": start,
            "end": end,
            "network": network,
            "severities": list(Severity),
        }
        extracts = self._read_consistently(bound, checked, others)
        return TrainingData(
            **{name: frame for name, (frame, _) in extracts.items()},
            trained_models=fetch_trained_models(self._client),
            queries=tuple(query for _, query in extracts.values()),
        )

    def _read_consistently(
        self, bound: dict[str, Any], checked: Mapping[str, str], others: Sequence[str]
    ) -> dict[str, tuple[pl.DataFrame, ExtractedQuery]]:
        """Read and check all frames, again if a snapshot was replaced meanwhile: they must fit."""
        for _ in range(_READS):
            before = fetch_ledger_digest(self._client)
            check_one_kind(
                self._client, window_days=bound["w"], start=bound["start"], end=bound["end"]
            )
            with ThreadPoolExecutor(1) as pool:
                try:
                    extracts = {name: self._extract(name, bound) for name in checked}
                    frames = {
                        checked[name]: frame.drop(_COUNTED_HERE, strict=False)
                        for name, (frame, _) in extracts.items()
                    }
                    # The contracts are held in Python while the database works on the rest.
                    checking = pool.submit(check_extract, frames)
                    extracts |= {name: self._extract(name, bound) for name in others}
                    broken_flows = find_broken_flows(self._client, bound)
                except IncompleteResultError:
                    if fetch_ledger_digest(self._client) == before:
                        raise
                    continue
            if fetch_ledger_digest(self._client) == before:
                checking.result()
                if broken_flows:
                    raise ContractError.of(broken_flows, source="the database")
                return extracts
        raise SnapshotsChangingError.of(_READS)

    def _extract(self, name: str, bound: dict[str, Any]) -> tuple[pl.DataFrame, ExtractedQuery]:
        sql = query_text(name)
        if name == "address_features":
            sql = sql.replace("{columns}", ", ".join(self._feature_columns()))
        if name == "address_ranks":
            sql = sql.replace("{columns}", ", ".join(map(_values, RANKED_COLUMNS)))
            sql = sql.replace("{joined}", ", ".join(map(_ranks, RANKED_COLUMNS)))
            sql = sql.replace("{ranks}", ", ".join(RANK_OF + c for c in RANKED_COLUMNS))
        frame, content_hash = fetch_counted(self._client, name, sql, bound)
        used = {key: value for key, value in bound.items() if f"{{{key}:" in sql}
        query = ExtractedQuery(
            name=name,
            sql=sql,
            parameters={k: v if isinstance(v, int | list) else str(v) for k, v in used.items()},
            n_rows=frame.height,
            content_hash=content_hash,
        )
        return frame, query

    def _feature_columns(self) -> list[str]:
        """Every column of raw_features as a type that Arrow and polars share."""
        described = fetch(
            self._client,
            """
            SELECT name, type FROM system.columns
            WHERE database = currentDatabase() AND table = 'raw_features'
            ORDER BY position
            """,
        )
        columns = zip(described["name"], described["type"], strict=True)
        return [_column(name, kind) for name, kind in columns if name not in _NOT_EXTRACTED]

    def _check_alerts(self, network: str, start: date, end: date, window_days: int) -> None:
        found = fetch(
            self._client,
            """
            SELECT
                window_days, toDate32(min(processing_date)) AS first,
                toDate32(max(processing_date)) AS last,
                countIf(processing_date BETWEEN {start:Date} AND {end:Date}) AS n
            FROM raw_alerts GROUP BY window_days ORDER BY window_days
            """,
            {"start": start, "end": end},
        )
        same = found.filter(window_days=window_days)
        if same.height and same["n"][0]:
            return
        raise NoAlertsError.of(
            network=network,
            window_days=window_days,
            start=start,
            end=end,
            found=(same["first"][0], same["last"][0]) if same.height else None,
            other_windows=found["window_days"],
        )

    def _check_network(self, network: str) -> None:
        """Refuse another network than the rows are of, where the ledger says of which they are."""
        held = fetch_networks(self._client)
        if held and network not in held:
            raise OtherNetworkError.of(network, held, database=str(self._client.database))

    def _network_of_database(self) -> str:
        database = fetch(self._client, "SELECT currentDatabase() AS name")["name"][0]
        network = database.removeprefix(_DATABASE_PREFIX)
        if network not in (known := configured_networks()):
            raise ConfigurationError(
                f"the name of the database {database!r} does not say whose labels to read; "
                f"give network, one of {', '.join(known)}."
            )
        return str(network)


def _as_date(name: str, day: date | str) -> date:
    if isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise DateRangeError.not_a_date(name, day) from None


def _values(column: str) -> str:
    """Return the values of a snapshot in the order of its rows, NaN where one is missing."""
    number = f"ifNull(toFloat64({column}), nan)"
    return f"groupArray(if(isFinite({number}), {number}, nan)) AS values_of_{column}"


def _ranks(column: str) -> str:
    return f"ranks_of(values_of_{column}) AS {RANK_OF}{column}"


def _column(name: str, kind: str) -> str:
    if "Decimal" in kind:
        return f"toFloat64({name}) AS {name}"
    if kind.startswith("LowCardinality"):
        return f"{name}::String AS {name}"
    return name
