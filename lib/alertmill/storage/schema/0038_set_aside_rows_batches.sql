-- Rows of a file that were not taken, because a policy of the load allowed to set them aside.
CREATE TABLE IF NOT EXISTS set_aside_rows_batches (
    file String,
    source_row UInt64,                          -- place in the file, from 0
    reason LowCardinality(String),              -- unpriced, amount, address
    column_name LowCardinality(String),
    found String,                               -- content of the cell, quoted and cut to 80 letters
    tx_id String,
    asset_symbol String,
    asset_contract String,
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (reason, file, source_row)
SETTINGS non_replicated_deduplication_window = 1000
