CREATE TABLE IF NOT EXISTS raw_money_flows_batches (
    window_days UInt16,
    processing_date Date,
    from_address String,
    to_address String,
    tx_count UInt64,
    amount_sum Decimal(38, 18),                 -- native units; meaningless over several assets
    amount_usd_sum Decimal(38, 18),
    first_seen_timestamp UInt64,                -- ms, UTC
    last_seen_timestamp UInt64,
    active_days UInt32,                         -- distinct UTC dates
    avg_tx_size_usd Decimal(38, 18),
    unique_assets UInt32,
    dominant_asset LowCardinality(String),
    hourly_pattern Array(UInt32),               -- 24 counts
    weekly_pattern Array(UInt32),               -- 7 counts, Monday first
    reciprocity_ratio Float32,                  -- smaller / larger direction in USD, 0 if one-way
    is_bidirectional Bool,
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (window_days, processing_date, from_address, to_address)
SETTINGS non_replicated_deduplication_window = 1000
