-- Clusters with their members, for models that score clusters.
SELECT
    toDate32(processing_date) AS processing_date, cluster_id, cluster_type::String AS cluster_type,
    primary_alert_id, related_alert_ids, length(addresses_involved) AS n_addresses, total_alerts,
    severity_max::String AS severity_max, toFloat64(total_volume_usd) AS total_volume_usd,
    toFloat64(confidence_avg) AS confidence_avg
FROM raw_clusters
WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
ORDER BY processing_date, cluster_type, cluster_id
