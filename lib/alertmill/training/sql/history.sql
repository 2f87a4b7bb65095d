-- What was known of an alert's address on the days before, whichever range is extracted: one row per
-- (processing_date, address, typology_type). Where the database lacks a snapshot that is looked back
-- on, the values are missing: a count over fewer days would look like a calmer address.
WITH
    alerted AS (
        SELECT DISTINCT processing_date, address, typology_type::String AS typology FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    held AS (
        SELECT DISTINCT processing_date AS day FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date >= {start:Date} - greatest({h:UInt16}, {w:UInt16})
            AND processing_date < {end:Date}
    ),
    covered AS (
        SELECT day + offset AS processing_date FROM held ARRAY JOIN range(1, {h:UInt16} + 1) AS offset
        GROUP BY processing_date HAVING count() = {h:UInt16}
    ),
    past AS (
        SELECT
            processing_date + offset AS day, address, offset AS days_ago, typology_type::String AS typology,
            indexOf({severities:Array(String)}, severity::String) - 1 AS severity_level,
            toFloat64(alert_confidence_score) AS confidence, toFloat64(volume_usd) AS usd
        FROM raw_alerts ARRAY JOIN range(1, {h:UInt16} + 1) AS offset
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} - {h:UInt16} AND {end:Date} - 1
            AND (day, address) IN (SELECT processing_date, address FROM alerted)
    ),
    by_address AS (
        SELECT
            day, address, groupArray(typology) AS typologies, uniqExact(days_ago) AS alert_days,
            min(days_ago) AS last_days_ago, max(days_ago) AS first_days_ago,
            maxOrNull(severity_level) AS severity_level, maxOrNull(confidence) AS confidence, maxOrNull(usd) AS usd
        FROM past GROUP BY day, address
    ),
    -- the last window that shares no transfer with this one
    window_before AS (
        SELECT
            processing_date + {w:UInt16} AS day, address, toNullable(toFloat64(total_volume_usd)) AS usd,
            toNullable(toFloat64(tx_total_count)) AS tx_count,
            toNullable(toFloat64(unique_counterparties)) AS counterparties,
            toNullable(toFloat64(pagerank)) AS pagerank
        FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} - {w:UInt16} AND {end:Date} - {w:UInt16}
            AND (day, address) IN (SELECT processing_date, address FROM alerted)
    ),
    rows AS (
        SELECT
            processing_date, address, typology,
            processing_date IN (SELECT processing_date FROM covered) AS is_covered,
            processing_date - {w:UInt16} IN (SELECT day FROM held) AS is_window_covered
        FROM alerted
    )
SELECT
    toDate32(t.processing_date) AS processing_date, t.address AS address, t.typology AS typology_type,
    if(is_covered, length(a.typologies), NULL) AS past_alerts,
    if(is_covered, a.alert_days, NULL) AS past_alert_days,
    if(is_covered, length(arrayDistinct(a.typologies)), NULL) AS past_typologies,
    if(is_covered, countEqual(a.typologies, t.typology), NULL) AS past_same_typology_alerts,
    if(is_covered AND notEmpty(a.typologies), a.last_days_ago, NULL) AS past_days_since_alert,
    if(is_covered AND notEmpty(a.typologies), a.first_days_ago, NULL) AS past_days_since_first_alert,
    if(is_covered, a.severity_level, NULL) AS past_severity_level,
    if(is_covered, a.confidence, NULL) AS past_confidence,
    if(is_covered, a.usd, NULL) AS past_alert_volume_usd,
    if(is_window_covered, ifNull(b.usd, 0), NULL) AS past_total_volume_usd,
    if(is_window_covered, ifNull(b.tx_count, 0), NULL) AS past_tx_total_count,
    if(is_window_covered, ifNull(b.counterparties, 0), NULL) AS past_unique_counterparties,
    if(is_window_covered, b.pagerank, NULL) AS past_pagerank
FROM rows AS t
LEFT JOIN by_address AS a ON a.day = t.processing_date AND a.address = t.address
LEFT JOIN window_before AS b ON b.day = t.processing_date AND b.address = t.address
ORDER BY processing_date, address, typology_type
