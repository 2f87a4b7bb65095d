-- Append-only: what was loaded or derived when, from where, with which content.
CREATE TABLE IF NOT EXISTS ingestion_ledger (
    batch_id String,
    network LowCardinality(String),
    window_days UInt16,                         -- 0 where the content has no window
    processing_date Nullable(Date),
    table LowCardinality(String),
    source_uri String,
    source_sha256 String,
    rows UInt64,
    content_hash String,
    started_at DateTime64(3, 'UTC'),
    finished_at DateTime64(3, 'UTC'),
    state LowCardinality(String),               -- started, complete, unchanged, void
    sequence UInt64,                            -- order of those that are complete or unchanged; else 0
    code_version LowCardinality(String)
) ENGINE = MergeTree
ORDER BY (network, table, finished_at)
SETTINGS non_replicated_deduplication_window = 1000
