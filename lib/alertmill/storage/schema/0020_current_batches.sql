-- Which batch of each slot counts: the last one that is complete. A snapshot's slot is its table, window
-- and day; elsewhere it is the source. The order is that of the sequence, not of the clock.
CREATE VIEW IF NOT EXISTS current_batches AS
SELECT table, network, window_days, processing_date, source_uri, source_sha256, batch_id, rows, content_hash
FROM ingestion_ledger
WHERE state = 'complete'
ORDER BY sequence DESC, batch_id DESC
LIMIT 1 BY table, network, window_days, processing_date, if(isNull(processing_date), source_uri, '')
