-- What the rows come from: every complete batch of transfers, labels and dispositions, and of the snapshots those that count. A
-- snapshot that was derived here was made of the transfers and labels whose batches were complete before its own.
SELECT
    table::String AS table, batch_id, window_days, toDate32(processing_date) AS processing_date, source_uri,
    source_sha256, rows, content_hash, finished_at, sequence,
    ((table, batch_id) IN (SELECT table, batch_id FROM current_batches))::Bool AS is_current
FROM finished_batches
WHERE state = 'complete' AND network = {network:String}
    AND (table IN ('transfers', 'raw_address_labels', 'alert_dispositions')
        OR (table IN ('raw_alerts', 'raw_features', 'raw_clusters', 'raw_money_flows')
            AND is_current AND window_days = {w:UInt16}
            AND processing_date BETWEEN {start:Date} - greatest({h:UInt16}, {w:UInt16}) AND {end:Date}))
ORDER BY table, processing_date, source_uri, sequence, batch_id
