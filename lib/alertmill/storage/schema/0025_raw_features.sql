-- The rows of the batches that count, see 0020.
CREATE VIEW IF NOT EXISTS raw_features AS
SELECT * EXCEPT batch_id FROM raw_features_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'raw_features')
