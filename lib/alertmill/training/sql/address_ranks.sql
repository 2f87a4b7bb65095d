-- Where an alerted address stands among all addresses of its snapshot: the share of them that lie below, ties
-- share their mean. Made here, so that an alert has its rank whichever others are extracted along.
SELECT * FROM (
    SELECT processing_date, address, {ranks}
    FROM (
        SELECT toDate32(processing_date) AS processing_date, address, {columns}
        FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    )
    WINDOW snapshot AS (PARTITION BY processing_date), {windows}
)
WHERE (processing_date, address) IN (
    SELECT toDate32(processing_date), address FROM raw_alerts
    WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date})
ORDER BY processing_date, address
