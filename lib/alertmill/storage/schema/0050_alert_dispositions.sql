-- The rows of the batches that count, see 0037; a decision that was delivered again counts since it was known first.
CREATE VIEW IF NOT EXISTS alert_dispositions AS
SELECT * EXCEPT batch_id FROM alert_dispositions_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'alert_dispositions')
ORDER BY known_at
LIMIT 1 BY window_days, processing_date, address, alert_id, decision, decided_at, reviewer
