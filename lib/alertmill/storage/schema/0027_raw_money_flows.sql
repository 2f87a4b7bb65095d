-- The rows of the batches that count, see 0020.
CREATE VIEW IF NOT EXISTS raw_money_flows AS
SELECT * EXCEPT batch_id FROM raw_money_flows_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'raw_money_flows')
