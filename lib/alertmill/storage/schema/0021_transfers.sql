-- The rows of the batches that count, see 0020.
CREATE VIEW IF NOT EXISTS transfers AS
SELECT * EXCEPT batch_id FROM transfers_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'transfers')
