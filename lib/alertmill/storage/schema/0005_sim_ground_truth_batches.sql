-- What the simulator planted. No feature may read it.
CREATE TABLE IF NOT EXISTS sim_ground_truth_batches (
    address String,
    scheme_id String,
    typology LowCardinality(String),
    role LowCardinality(String),
    start_ts UInt64,                            -- ms, UTC
    end_ts UInt64,
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (address, scheme_id)
SETTINGS non_replicated_deduplication_window = 1000
