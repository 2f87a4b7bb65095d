-- This is 0022, in which a label that was delivered again with a revocation is one label: the revocation counts.
CREATE OR REPLACE VIEW raw_address_labels AS
SELECT * EXCEPT batch_id FROM raw_address_labels_batches
WHERE batch_id IN (SELECT batch_id FROM current_batches WHERE table = 'raw_address_labels')
ORDER BY revoked_at NULLS LAST
LIMIT 1 BY
    network, address, label, address_type, address_subtype, risk_level, confidence_score, trust_level, source,
    known_at, known_at_source
