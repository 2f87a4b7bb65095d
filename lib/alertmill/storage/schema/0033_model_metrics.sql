-- What a run measured of its model: every metric on every population and segment, with its interval by address.
CREATE TABLE IF NOT EXISTS model_metrics (
    model_id String,
    run_id String,
    split LowCardinality(String),
    segment LowCardinality(String),
    metric LowCardinality(String),
    value Nullable(Float64),
    ci_low Nullable(Float64),
    ci_high Nullable(Float64),
    rows UInt64,
    addresses UInt32,
    positives UInt32
) ENGINE = MergeTree
ORDER BY (model_id, run_id, split, segment, metric)
SETTINGS non_replicated_deduplication_window = 1000
