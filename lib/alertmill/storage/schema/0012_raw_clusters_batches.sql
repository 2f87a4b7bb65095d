CREATE TABLE IF NOT EXISTS raw_clusters_batches (
    window_days UInt16,
    processing_date Date,
    cluster_id String,
    cluster_type LowCardinality(String),
    primary_address String,
    pattern_id String,
    primary_alert_id String,
    related_alert_ids Array(String),
    addresses_involved Array(String),
    total_alerts UInt32,
    total_volume_usd Decimal(38, 18),           -- over the distinct addresses
    severity_max LowCardinality(String),
    confidence_avg Float32,
    earliest_alert_timestamp UInt64,            -- first leg behind the alerts, ms, UTC
    latest_alert_timestamp UInt64,              -- last leg behind the alerts, ms, UTC
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (window_days, processing_date, cluster_type, cluster_id)
SETTINGS non_replicated_deduplication_window = 1000
