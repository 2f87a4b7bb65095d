-- Clusters of each alert on its own day, without the alert itself; an alert in no cluster has no row.
WITH
    alerts AS (
        SELECT
            processing_date, address, alert_id, toFloat64(volume_usd) AS usd,
            toFloat64(alert_confidence_score) AS confidence,
            indexOf({severities:Array(String)}, severity::String) - 1 AS severity_level
        FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    volumes AS (
        -- a cluster counts the volume of an address once: what its alerts have at most
        SELECT processing_date, address, count() AS n_alerts, max(usd) AS usd FROM alerts
        GROUP BY processing_date, address
    ),
    members AS (
        SELECT
            processing_date, cluster_type::String AS type, cluster_id, arrayJoin(related_alert_ids) AS alert_id,
            total_alerts, toFloat64(total_volume_usd) AS total_usd, toFloat64(confidence_avg) AS confidence_avg,
            length(addresses_involved) AS n_addresses
        FROM raw_clusters
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    -- The two most urgent levels of a cluster tell each member that of the others.
    urgent AS (
        SELECT m.processing_date AS processing_date, m.cluster_id AS cluster_id,
            arrayReverseSort(groupArray(toFloat64(a.severity_level))) AS levels
        FROM members AS m
        INNER JOIN alerts AS a ON a.processing_date = m.processing_date AND a.alert_id = m.alert_id
        GROUP BY processing_date, cluster_id
    ),
    joined AS (
        SELECT
            a.processing_date AS processing_date, a.address AS address, a.alert_id AS alert_id, m.type AS type,
            if(length(u.levels) > 1, if(a.severity_level = u.levels[1], u.levels[2], u.levels[1]), NULL)
                AS other_severity,
            m.total_alerts - 1 AS other_alerts,
            m.n_addresses - 1 AS other_addresses,
            greatest(m.total_usd - v.usd, 0) AS other_usd,
            if(m.total_alerts > 1, (m.confidence_avg * m.total_alerts - a.confidence) / (m.total_alerts - 1), NULL)
                AS other_confidence
        FROM alerts AS a
        INNER JOIN members AS m ON m.processing_date = a.processing_date AND m.alert_id = a.alert_id
        INNER JOIN urgent AS u ON u.processing_date = m.processing_date AND u.cluster_id = m.cluster_id
        INNER JOIN volumes AS v ON v.processing_date = a.processing_date AND v.address = a.address
    )
SELECT
    toDate32(processing_date) AS processing_date, address, alert_id,
    countIf(type = 'same_entity') AS same_entity_n_clusters,
    maxIf(other_alerts, type = 'same_entity') AS same_entity_other_alerts,
    maxIf(other_usd, type = 'same_entity') AS same_entity_other_volume_usd,
    maxOrNullIf(other_confidence, type = 'same_entity') AS same_entity_other_confidence,
    maxIf(other_addresses, type = 'same_entity') AS same_entity_other_addresses,
    maxOrNullIf(other_severity, type = 'same_entity') AS same_entity_other_severity,
    countIf(type = 'same_pattern') AS same_pattern_n_clusters,
    maxIf(other_alerts, type = 'same_pattern') AS same_pattern_other_alerts,
    maxIf(other_usd, type = 'same_pattern') AS same_pattern_other_volume_usd,
    maxOrNullIf(other_confidence, type = 'same_pattern') AS same_pattern_other_confidence,
    maxIf(other_addresses, type = 'same_pattern') AS same_pattern_other_addresses,
    maxOrNullIf(other_severity, type = 'same_pattern') AS same_pattern_other_severity,
    countIf(type = 'related_network') AS related_network_n_clusters,
    maxIf(other_alerts, type = 'related_network') AS related_network_other_alerts,
    maxIf(other_usd, type = 'related_network') AS related_network_other_volume_usd,
    maxOrNullIf(other_confidence, type = 'related_network') AS related_network_other_confidence,
    maxIf(other_addresses, type = 'related_network') AS related_network_other_addresses,
    maxOrNullIf(other_severity, type = 'related_network') AS related_network_other_severity
FROM joined
GROUP BY processing_date, address, alert_id
ORDER BY processing_date, address, alert_id
