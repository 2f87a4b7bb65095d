-- The whole history: the target of a date is read from it as of that date.
SELECT
    network::String AS network, address, label, network_type::String AS network_type,
    address_type::String AS address_type, address_subtype::String AS address_subtype,
    risk_level::String AS risk_level, toFloat64(confidence_score) AS confidence_score,
    trust_level::String AS trust_level, source::String AS source, known_at, revoked_at,
    known_at_source::String AS known_at_source
FROM raw_address_labels
WHERE network = {network:String}
ORDER BY address, source, known_at, label, risk_level
