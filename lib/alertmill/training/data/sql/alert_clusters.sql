-- Clusters of each alert on its own day, without the alert itself; an alert in no cluster has no row.
WITH
    alerts AS (
        SELECT
            processing_date, address, alert_id, toFloat64(volume_usd) AS usd,
            toFloat64(alert_confidence_score) AS confidence,
            toFloat64(indexOf({severities:Array(String)}, severity::String) - 1) AS severity_level,
            -- a cluster counts the volume of an address once: what its alerts have at most
            max(usd) OVER (PARTITION BY processing_date, address) AS address_usd
        FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    members AS (
        SELECT
            processing_date, cluster_type::String AS type, cluster_id, arrayJoin(related_alert_ids) AS alert_id,
            total_alerts, toFloat64(total_volume_usd) AS total_usd, toFloat64(confidence_avg) AS confidence_avg,
            length(addresses_involved) AS n_addresses
        FROM raw_clusters
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    -- The one join there is. With more of them the planner may join two sides by the day alone, which
    -- takes the square of what a day holds.
    joined AS (
        SELECT
            a.processing_date AS processing_date, a.address AS address, a.alert_id AS alert_id, m.type AS type,
            -- The two most urgent levels of a cluster tell each member that of the others.
            arrayMap(level -> -level, groupArraySorted(2)(-a.severity_level) OVER
                (PARTITION BY m.processing_date, m.cluster_id)) AS levels,
            if(length(levels) > 1, if(a.severity_level = levels[1], levels[2], levels[1]), NULL) AS other_severity,
            m.total_alerts - 1 AS other_alerts,
            m.n_addresses - 1 AS other_addresses,
            greatest(m.total_usd - a.address_usd, 0) AS other_usd,
            if(m.total_alerts > 1, (m.confidence_avg * m.total_alerts - a.confidence) / (m.total_alerts - 1), NULL)
                AS other_confidence
        FROM alerts AS a
        INNER JOIN members AS m ON m.processing_date = a.processing_date AND m.alert_id = a.alert_id
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
