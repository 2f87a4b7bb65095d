-- A view keeps the columns that its table had when it was made: this is 0025 over those of 0030.
CREATE OR REPLACE VIEW raw_features AS
SELECT * EXCEPT batch_id FROM raw_features_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'raw_features')
