-- Every decision on which model is the champion, in the order in which they were made; nothing is ever overwritten.
-- The champion of a network, model type and window is the model of the last decision "promoted".
CREATE TABLE IF NOT EXISTS promotions (
    decided_at DateTime64(3, 'UTC'),
    network LowCardinality(String),
    model_type LowCardinality(String),
    window_days UInt16,
    model_id String,
    run_id String,
    replaced_model_id String,
    decision LowCardinality(String),
    actor LowCardinality(String),
    reason String,
    evidence_json String
) ENGINE = MergeTree
ORDER BY (network, model_type, window_days, decided_at)
SETTINGS non_replicated_deduplication_window = 1000
