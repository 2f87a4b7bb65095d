-- Of the addresses that have an alert that day, found by a hash as in flows.sql; the column list follows the table.
SELECT toDate32(processing_date) AS processing_date, address, {columns}
FROM raw_features
WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    AND cityHash64(processing_date, address) IN (
        SELECT cityHash64(processing_date, address) FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date})
ORDER BY processing_date, address
