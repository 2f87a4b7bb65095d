-- The rows of the batches that count, see 0020.
CREATE VIEW IF NOT EXISTS set_aside_rows AS
SELECT * EXCEPT batch_id FROM set_aside_rows_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'set_aside_rows')
