-- The rows of the batches that count, see 0037: the newest scores of every day.
CREATE VIEW IF NOT EXISTS cluster_scores AS
SELECT * EXCEPT batch_id FROM cluster_scores_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'cluster_scores')
