-- Append-only history: what reviewers decided about alerts, and when it became known. A correction is another row.
CREATE TABLE IF NOT EXISTS alert_dispositions_batches (
    window_days UInt16,
    processing_date Date,
    address String,
    alert_id String,                            -- of raw_alerts
    decision LowCardinality(String),            -- confirmed, dismissed, reopened
    decided_at UInt64,                          -- ms, UTC
    known_at UInt64,                            -- ms, UTC: since when it could be read here
    reviewer LowCardinality(String),
    note String,
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (window_days, processing_date, alert_id, decided_at)
SETTINGS non_replicated_deduplication_window = 1000
