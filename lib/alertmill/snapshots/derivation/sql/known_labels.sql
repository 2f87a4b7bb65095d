-- What was known of addresses before t1: per (address, source) the last word that is not revoked by then;
-- conflicts by trust, confidence, then the riskier level. A label whose known_at is only assumed would
-- leak from the future and is left out.
CREATE OR REPLACE TEMPORARY TABLE known_labels ENGINE = Memory AS
WITH
    ['official', 'verified', 'community', 'unverified', 'blacklisted'] AS trust,
    ['critical', 'high', 'medium', 'low'] AS risk
SELECT address, address_type::String AS address_type, toBool(risk_level::String IN ('high', 'critical')) AS is_risky
FROM (
    SELECT * FROM raw_address_labels
    WHERE network = {network:String} AND known_at < {t1:UInt64} AND known_at_source != 'assumed'
        AND (revoked_at IS NULL OR revoked_at >= {t1:UInt64})
    ORDER BY address, source, known_at DESC, label, address_type, risk_level
    LIMIT 1 BY address, source
)
ORDER BY
    address,
    has(trust, trust_level) DESC, indexOf(trust, trust_level),
    confidence_score DESC,
    has(risk, risk_level) DESC, indexOf(risk, risk_level),
    source
LIMIT 1 BY address
SETTINGS max_threads = 1
