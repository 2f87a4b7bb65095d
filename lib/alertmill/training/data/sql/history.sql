-- What was known of an alert's address on the days before, whichever range is extracted: one row per
-- (processing_date, address, typology_type). Where the database lacks a snapshot that is looked back
-- on, the values are missing: a count over fewer days would look like a calmer address.
WITH
    held AS (
        SELECT DISTINCT processing_date AS day FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date >= {start:Date} - greatest({h:UInt16}, {w:UInt16})
            AND processing_date < {end:Date}
    ),
    covered AS (
        SELECT day + offset AS processing_date FROM held ARRAY JOIN range(1, {h:UInt16} + 1) AS offset
        GROUP BY processing_date HAVING count() = {h:UInt16}
    ),
    alerts AS (
        SELECT
            processing_date, address, typology_type::String AS typology, toUInt16(processing_date) AS day,
            indexOf({severities:Array(String)}, severity::String) - 1 AS severity_level,
            toFloat64(alert_confidence_score) AS confidence, toFloat64(volume_usd) AS usd
        FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} - {h:UInt16} AND {end:Date}
    ),
    with_past AS (
        SELECT
            processing_date, address, typology,
            count() OVER past AS alerts, count() OVER past_same_typology AS same_typology_alerts,
            uniqExact(day) OVER past AS alert_days, uniqExact(typology) OVER past AS typologies,
            if(alerts > 0, day - max(day) OVER past, NULL) AS last_days_ago,
            if(alerts > 0, day - min(day) OVER past, NULL) AS first_days_ago,
            maxOrNull(severity_level) OVER past AS severity_level,
            maxOrNull(confidence) OVER past AS confidence, maxOrNull(usd) OVER past AS usd
        FROM alerts
        WINDOW
            past AS (PARTITION BY address ORDER BY day RANGE BETWEEN {h:UInt16} PRECEDING AND 1 PRECEDING),
            past_same_typology AS (PARTITION BY address, typology ORDER BY day
                RANGE BETWEEN {h:UInt16} PRECEDING AND 1 PRECEDING)
    ),
    rows AS (
        SELECT
            DISTINCT *, processing_date IN (SELECT processing_date FROM covered) AS is_covered,
            processing_date - {w:UInt16} IN (SELECT day FROM held) AS is_window_covered
        FROM with_past WHERE processing_date >= {start:Date}
    ),
    -- The last window that shares no transfer with this one. Alerted addresses are found by a hash, faster than
    -- by text; what is found by mistake is joined to nothing.
    window_before AS (
        SELECT
            processing_date + {w:UInt16} AS day, address, toNullable(toFloat64(total_volume_usd)) AS usd,
            toNullable(toFloat64(tx_total_count)) AS tx_count,
            toNullable(toFloat64(unique_counterparties)) AS counterparties,
            toNullable(toFloat64(pagerank)) AS pagerank
        FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} - {w:UInt16} AND {end:Date} - {w:UInt16}
            AND cityHash64(day, address) IN (
                SELECT cityHash64(processing_date, address) FROM raw_alerts
                WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date})
    )
SELECT
    toDate32(r.processing_date) AS processing_date, r.address AS address, r.typology AS typology_type,
    if(is_covered, r.alerts, NULL) AS past_alerts,
    if(is_covered, r.alert_days, NULL) AS past_alert_days,
    if(is_covered, r.typologies, NULL) AS past_typologies,
    if(is_covered, r.same_typology_alerts, NULL) AS past_same_typology_alerts,
    if(is_covered, r.last_days_ago, NULL) AS past_days_since_alert,
    if(is_covered, r.first_days_ago, NULL) AS past_days_since_first_alert,
    if(is_covered, r.severity_level, NULL) AS past_severity_level,
    if(is_covered, r.confidence, NULL) AS past_confidence,
    if(is_covered, r.usd, NULL) AS past_alert_volume_usd,
    if(is_window_covered, ifNull(b.usd, 0), NULL) AS past_total_volume_usd,
    if(is_window_covered, ifNull(b.tx_count, 0), NULL) AS past_tx_total_count,
    if(is_window_covered, ifNull(b.counterparties, 0), NULL) AS past_unique_counterparties,
    if(is_window_covered, b.pagerank, NULL) AS past_pagerank
FROM rows AS r
LEFT JOIN window_before AS b ON b.day = r.processing_date AND b.address = r.address
ORDER BY processing_date, address, typology_type
