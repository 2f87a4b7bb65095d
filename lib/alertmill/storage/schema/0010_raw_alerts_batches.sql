CREATE TABLE IF NOT EXISTS raw_alerts_batches (
    window_days UInt16,
    processing_date Date,
    address String,
    alert_id String,
    typology_type LowCardinality(String),
    pattern_id String,
    pattern_type LowCardinality(String),
    suspected_address_type LowCardinality(String),
    suspected_address_subtype LowCardinality(String),
    severity LowCardinality(String),
    alert_confidence_score Float32,
    description String,
    evidence_json String,
    risk_indicators Array(LowCardinality(String)),
    volume_usd Decimal(38, 18),
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (window_days, processing_date, address, alert_id)
SETTINGS non_replicated_deduplication_window = 1000
