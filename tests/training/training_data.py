"""Extracted frames as the database would give them, small and drawn from a seed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import numpy as np
import polars as pl

from alertmill.training.data.columns import (
    CLUSTER_COLUMNS,
    FLOW_COLUMNS,
    HISTORY_COLUMNS,
    RANK_OF,
    RANKED_COLUMNS,
)
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.features.declarations import DECLARED

_LARGE = 100
FIRST_DAY = date(2024, 1, 1)
ADDRESS_DAY = ("processing_date", "address")
DATED = (
    "alerts",
    "address_features",
    "address_ranks",
    "history",
    "flows",
    "alert_clusters",
    "snapshots",
)
"""Frames of an extract that have a processing_date."""
ADDRESSED = tuple(name for name in DATED if name != "snapshots")
LABEL_SCHEMA = {
    "network": pl.String,
    "address": pl.String,
    "label": pl.String,
    "network_type": pl.String,
    "address_type": pl.String,
    "address_subtype": pl.String,
    "risk_level": pl.String,
    "confidence_score": pl.Float64,
    "trust_level": pl.String,
    "source": pl.String,
    "known_at": pl.UInt64,
    "revoked_at": pl.UInt64,
    "known_at_source": pl.String,
}


def milliseconds(day: date) -> int:
    """Start of the day, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def feature_columns() -> dict[str, str]:
    """Columns of raw_features and their types, as the schema declares them."""
    schema = resources.files("alertmill.storage.schema")
    created = (schema / "0011_raw_features_batches.sql").read_text()
    added = (schema / "0030_two_hop_exposure.sql").read_text()
    columns = dict(re.findall(r"^    (\w+) ([A-Z]\S.*?),?$", created, flags=re.MULTILINE))
    columns |= dict(re.findall(r"ADD COLUMN IF NOT EXISTS (\w+) (\S+)", added))
    for key in ("window_days", "batch_id", "created_at"):
        columns.pop(key)
    return columns


def make_label(address: str, **values: object) -> dict[str, object]:
    """Make one version of a label; high risk and known since the first day unless said."""
    return {
        "network": "ethereum",
        "address": address,
        "label": "case",
        "network_type": "evm",
        "address_type": "unknown",
        "address_subtype": "",
        "risk_level": "high",
        "confidence_score": 0.8,
        "trust_level": "verified",
        "source": "desk",
        "known_at": milliseconds(FIRST_DAY),
        "revoked_at": None,
        "known_at_source": "upstream",
    } | values


def make_labels(*rows: dict[str, object]) -> pl.DataFrame:
    """Put versions of labels into a frame."""
    return pl.DataFrame(list(rows), schema=LABEL_SCHEMA)


def make_alerts(*rows: tuple[int, str, str], **values: object) -> pl.DataFrame:
    """Make alerts given as (day from 0, address, alert_id)."""
    constant = {
        "typology_type": "PEEL_CHAIN",
        "suspected_address_type": "wallet",
        "severity": "medium",
        "alert_confidence_score": 0.7,
        "risk_indicators": ["pass_through"],
        "volume_usd": 1000.0,
        "pattern_id": "",
        "pattern_type": "",
        "description": "",
    } | values
    days, addresses, ids = zip(*rows, strict=True) if rows else ((), (), ())
    keys = pl.DataFrame(
        {
            "processing_date": [FIRST_DAY + timedelta(days=n) for n in days],
            "address": list(addresses),
            "alert_id": list(ids),
        },
        schema={"processing_date": pl.Date, "address": pl.String, "alert_id": pl.String},
    )
    return keys.with_columns(pl.lit(value).alias(name) for name, value in constant.items())


def make_data(
    *, n_days: int = 20, n_addresses: int = 15, share: float = 0.4, seed: int = 3
) -> TrainingData:
    """Make a range in which every address alerts on some days, at times twice."""
    rng = np.random.default_rng(seed)
    chosen = np.argwhere(rng.random((n_days, n_addresses, 2)) < [share, share / 4])
    rows = [(int(d), f"0x{a:04x}", f"alert-{d:03d}-{a:04d}-{n}") for d, a, n in chosen]
    n = len(rows)
    alerts = make_alerts(*rows).with_columns(
        typology_type=pl.Series(rng.choice(["PEEL_CHAIN", "STRUCTURING", "MOTIF_FANIN"], n)),
        severity=pl.Series(rng.choice(["low", "medium", "high", "critical"], n)),
        pattern_type=pl.Series(rng.choice(["", "cycle", "motif_fanin"], n)),
        alert_confidence_score=pl.Series(rng.random(n)),
        volume_usd=pl.Series(rng.lognormal(7, 1, n)),
    )
    address_days = alerts.select(ADDRESS_DAY).unique().sort(ADDRESS_DAY)
    in_cluster = rng.random(n) < 0.5
    return TrainingData(
        alerts=alerts,
        address_features=make_address_features(address_days, rng),
        address_ranks=_with_random(
            address_days, tuple(f"{RANK_OF}{column}" for column in RANKED_COLUMNS), rng
        ),
        history=_with_random(
            alerts.select(*ADDRESS_DAY, "typology_type").unique(maintain_order=True),
            HISTORY_COLUMNS,
            rng,
        ),
        flows=_with_random(address_days, FLOW_COLUMNS, rng).with_columns(
            pl.min_horizontal(f"flow_{side}_new_pairs", f"flow_{side}_pairs").alias(
                f"flow_{side}_new_pairs"
            )
            for side in ("in", "out")
        ),
        alert_clusters=_with_random(
            alerts.select(KEYS).filter(pl.Series(in_cluster)), CLUSTER_COLUMNS, rng
        ),
        clusters=make_clusters(alerts.filter(pl.Series(in_cluster))),
        snapshots=pl.DataFrame(
            {"processing_date": [FIRST_DAY + timedelta(days=day) for day in range(n_days)]}
        ),
        address_labels=make_labels(
            *(
                make_label(f"0x{a:04x}", risk_level=str(rng.choice(["low", "critical"])))
                for a in range(0, n_addresses, 2)
            )
        ),
        trained_models=pl.DataFrame(),
    )


def make_clusters(alerts: pl.DataFrame) -> pl.DataFrame:
    """Put the alerts of a day into clusters by severity; the first alert leads."""
    return (
        alerts.group_by("processing_date", "severity", maintain_order=True)
        .agg(
            primary_alert_id=pl.col("alert_id").first(),
            related_alert_ids="alert_id",
            n_addresses=pl.col("address").n_unique(),
            total_alerts=pl.len(),
            total_volume_usd=pl.col("volume_usd").sum(),
            confidence_avg=pl.col("alert_confidence_score").mean(),
        )
        .with_columns(
            cluster_id=pl.format("cluster-{}", pl.int_range(pl.len())),
            cluster_type=pl.lit("same_pattern"),
            severity_max="severity",
        )
        .drop("severity")
    )


def make_address_features(keys: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Draw every column of raw_features by its type, nullable ones with gaps."""
    end = pl.col("processing_date").cast(pl.Datetime("ms")).cast(pl.Int64)
    columns = [
        _draw(name, kind, keys.height, rng).alias(name)
        for name, kind in feature_columns().items()
        if name not in KEYS
    ]
    return keys.with_columns(columns).with_columns(
        degree_total=pl.col("degree_in") + pl.col("degree_out"),
        activity_span_days=pl.col("activity_days") + pl.col("activity_span_days"),
        first_activity_timestamp=(end - 5 * 86_400_000).cast(pl.UInt64),
        last_activity_timestamp=(end - 3_600_000).cast(pl.UInt64),
    )


def until(data: TrainingData, day: date) -> TrainingData:
    """Delete everything after a day, labels included."""
    is_kept = pl.col("processing_date") <= day
    return replace(
        data,
        **{name: getattr(data, name).filter(is_kept) for name in DATED},
        address_labels=data.address_labels.filter(pl.col("known_at") < milliseconds(day)),
    )


def _ranges() -> dict[str, tuple[float | None, float | None]]:
    """Range of every column of the extract that a feature shows as it is."""
    return {
        declared.expression.meta.root_names()[0]: (
            declared.definition.lowest,
            declared.definition.highest,
        )
        for declared in DECLARED
        if len(set(declared.expression.meta.root_names())) == 1
    }


def _number(name: str, n: int, rng: np.random.Generator) -> pl.Series:
    lowest, highest = _ranges().get(name, (0, None))
    if lowest is None or highest is None or highest > _LARGE:
        return pl.Series(rng.lognormal(1, 1, n))
    return pl.Series(rng.uniform(lowest, highest, n))


def _draw(name: str, kind: str, n: int, rng: np.random.Generator) -> pl.Series:
    if kind.startswith("Array"):
        length = 24
        return pl.Series(
            [row.tolist() for row in rng.poisson(2, (n, length))], dtype=pl.List(pl.UInt32)
        )
    if "String" in kind:
        return pl.Series(rng.choice(["ETH", "USDT", ""], n), dtype=pl.String)
    if kind == "Bool":
        return pl.Series(rng.random(n) < 0.2)
    if "UInt" in kind:
        return pl.Series(rng.poisson(6, n), dtype=pl.UInt32)
    values = _number(name, n, rng)
    gaps = pl.Series(rng.random(n) < 0.2)
    return pl.select(pl.when(~gaps).then(values)).to_series() if "Nullable" in kind else values


def _with_random(
    keys: pl.DataFrame, columns: tuple[str, ...], rng: np.random.Generator
) -> pl.DataFrame:
    return keys.with_columns(_number(name, keys.height, rng).alias(name) for name in columns)
