-- Chain transfers, as the snapshot folders deliver them; amount_usd is at the price of the transfer's time.
CREATE TABLE IF NOT EXISTS transfers_batches (
    tx_id String,
    event_index String DEFAULT '0',
    edge_index String DEFAULT '0',
    block_height UInt32,
    block_timestamp UInt64,                     -- ms, UTC
    from_address String,
    to_address String,
    asset_symbol LowCardinality(String),
    asset_contract LowCardinality(String) DEFAULT 'native',
    amount Decimal(38, 18),
    amount_usd Decimal(38, 18),
    fee Decimal(38, 18),
    _version UInt64 DEFAULT 0,                  -- of equal keys the highest counts
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (block_timestamp, tx_id, event_index, edge_index, asset_contract)
SETTINGS non_replicated_deduplication_window = 1000
