-- Per address: median hours from an out leg back to the last in leg, and the most distinct recipients
-- within any 24 hours. A recipient counts from a payment until 24 hours after it: +1 where such a stretch
-- begins, -1 where it ends, and the running sum is the number of recipients at that time.
WITH
    held AS (
        SELECT address, quantileExactOrNullIf(0.5)(ts - last_in, NOT is_in AND last_in > 0) / 3600000 AS hours
        FROM (
            SELECT address, ts, is_in, maxIf(ts, is_in) OVER (PARTITION BY address ORDER BY ts) AS last_in
            FROM legs
        )
        GROUP BY address
    ),
    paid AS (
        SELECT
            address, ts,
            lagInFrame(ts, 1, 0) OVER recipient AS before,
            leadInFrame(ts, 1, 18446744073709551615) OVER recipient AS after
        FROM legs WHERE NOT is_in
        WINDOW recipient AS (PARTITION BY address, counterparty ORDER BY ts, transfer
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ),
    steps AS (
        SELECT address, ts AS at, 1 AS step FROM paid WHERE before = 0 OR ts - before >= 86400000
        UNION ALL
        SELECT address, ts + 86400000 AS at, -1 AS step FROM paid WHERE after - ts >= 86400000
    ),
    running AS (
        SELECT address, sum(step) OVER (
            PARTITION BY address ORDER BY at, step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS recipients
        FROM steps
    )
SELECT
    held.address AS address,
    held.hours AS median_hold_hours,
    greatest(most.recipients, 0) AS max_recipients_24h
FROM held
LEFT JOIN (SELECT address, max(recipients) AS recipients FROM running GROUP BY address) AS most
    ON most.address = held.address
ORDER BY address
SETTINGS max_threads = 1
