-- The rows of the batches that count, see 0020.
CREATE VIEW IF NOT EXISTS sim_ground_truth AS
SELECT * EXCEPT batch_id FROM sim_ground_truth_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'sim_ground_truth')
