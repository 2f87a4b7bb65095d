-- This is 0020 without batches that were called void.
CREATE OR REPLACE VIEW current_batches AS
SELECT table, network, window_days, processing_date, source_uri, source_sha256, batch_id, rows, content_hash
FROM finished_batches
WHERE state = 'complete'
ORDER BY sequence DESC, batch_id DESC
LIMIT 1 BY table, network, window_days, processing_date, if(isNull(processing_date), source_uri, '')
