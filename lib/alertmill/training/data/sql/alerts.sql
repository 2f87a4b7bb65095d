SELECT
    toDate32(processing_date) AS processing_date, address, alert_id,
    typology_type::String AS typology_type, pattern_id, pattern_type::String AS pattern_type,
    suspected_address_type::String AS suspected_address_type,
    severity::String AS severity, toFloat64(alert_confidence_score) AS alert_confidence_score,
    risk_indicators::Array(String) AS risk_indicators, toFloat64(volume_usd) AS volume_usd, description
FROM raw_alerts
WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
ORDER BY processing_date, address, alert_id
