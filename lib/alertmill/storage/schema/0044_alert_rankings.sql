-- The rows of the batches that count, see 0037: the newest scores of every day.
CREATE VIEW IF NOT EXISTS alert_rankings AS
SELECT * EXCEPT batch_id FROM alert_rankings_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'alert_rankings')
