-- Where money that came into an address may have gone on: an in leg and a later out leg to somebody else
-- within {max_ms} that carries {min_keep} to 1 of it. Busy addresses are left out: there every pair would match.
WITH quiet AS (
    SELECT address FROM legs GROUP BY address
    HAVING count() <= {max_legs:UInt32} AND uniqExact(counterparty) <= {max_counterparties:UInt32}
)
SELECT
    i.transfer AS transfer_in, o.transfer AS transfer_out,
    i.counterparty AS source, i.address AS middle, o.counterparty AS sink,
    i.ts AS ts_in, o.ts AS ts_out, i.usd AS usd_in, o.usd AS usd_out
FROM (SELECT * FROM legs WHERE is_in AND usd >= {min_usd:Float64} AND address IN quiet) AS i
INNER JOIN (SELECT * FROM legs WHERE NOT is_in AND address IN quiet) AS o ON o.address = i.address
WHERE o.ts > i.ts AND o.ts - i.ts <= {max_ms:UInt64}
    AND o.usd <= i.usd AND o.usd >= {min_keep:Float64} * i.usd
ORDER BY transfer_in, transfer_out
SETTINGS max_threads = 1
