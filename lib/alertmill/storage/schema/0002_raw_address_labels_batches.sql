-- Append-only history: what was said of an address, and when it became known.
CREATE TABLE IF NOT EXISTS raw_address_labels_batches (
    network LowCardinality(String),
    address String,
    label String,
    network_type LowCardinality(String),
    address_type LowCardinality(String) DEFAULT 'unknown',
    address_subtype LowCardinality(String),
    risk_level LowCardinality(String),          -- empty: the source gives none, which is not "medium"
    confidence_score Float32 DEFAULT 0.5,
    trust_level LowCardinality(String),
    source LowCardinality(String),
    known_at UInt64,                            -- ms, UTC; 0 with known_at_source 'assumed'
    revoked_at Nullable(UInt64),                -- ms, UTC
    known_at_source LowCardinality(String),     -- upstream, first_delivery, assumed
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (network, address, label, source, known_at)
SETTINGS non_replicated_deduplication_window = 1000
