-- One row per processing_date over the whole population; for exploration and the dates of the split.
WITH
    addresses AS (
        SELECT processing_date, count() AS n_addresses, sumForEach(hourly_activity) AS hourly,
            sumForEach(daily_activity) AS weekday
        FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
        GROUP BY processing_date
    ),
    flows AS (
        SELECT processing_date, count() AS n_flows, toFloat64(sum(amount_usd_sum)) AS total_usd
        FROM raw_money_flows
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
        GROUP BY processing_date
    ),
    alerts AS (
        SELECT processing_date, count() AS n_alerts, uniqExact(address) AS n_alerted_addresses
        FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
        GROUP BY processing_date
    )
SELECT
    toDate32(a.processing_date) AS processing_date, a.n_addresses AS n_addresses, f.n_flows AS n_flows,
    f.total_usd AS total_usd, l.n_alerts AS n_alerts, l.n_alerted_addresses AS n_alerted_addresses,
    a.hourly AS hourly, a.weekday AS weekday
FROM addresses AS a
LEFT JOIN flows AS f ON f.processing_date = a.processing_date
LEFT JOIN alerts AS l ON l.processing_date = a.processing_date
ORDER BY processing_date
