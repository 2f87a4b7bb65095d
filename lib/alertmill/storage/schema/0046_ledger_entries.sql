-- Entries of the signed ledger that belong to this network: whoever rewrites the runs folder cannot reach this copy.
-- Nothing is ever overwritten; the digest of an entry stands for all entries before it.
CREATE TABLE IF NOT EXISTS ledger_entries (
    number UInt64,
    kind LowCardinality(String),
    path String,
    sha256 FixedString(64),
    entry_sha256 FixedString(64),
    key_id String,
    signed_at DateTime64(6, 'UTC'),
    recorded_at DateTime64(3, 'UTC') DEFAULT now64(3),
    envelope String
) ENGINE = MergeTree
ORDER BY number
SETTINGS non_replicated_deduplication_window = 1000
