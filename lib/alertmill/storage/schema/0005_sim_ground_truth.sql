-- What the simulator planted. No feature may read it.
CREATE TABLE IF NOT EXISTS sim_ground_truth (
    address String,
    scheme_id String,
    typology LowCardinality(String),
    role LowCardinality(String),
    start_ts UInt64,                            -- ms, UTC
    end_ts UInt64
) ENGINE = MergeTree
ORDER BY (address, scheme_id)
SETTINGS non_replicated_deduplication_window = 1000
