-- Entries of the batches that came to their end. A batch that was called void while it was written never counts,
-- whether it was before or after its writer called it complete.
CREATE VIEW IF NOT EXISTS finished_batches AS
SELECT * FROM ingestion_ledger
WHERE state IN ('complete', 'unchanged')
    AND batch_id NOT IN (SELECT batch_id FROM ingestion_ledger WHERE state = 'void')
