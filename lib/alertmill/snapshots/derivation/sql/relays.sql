-- Middles between a source and a sink: an address that passes on to the sink, within {max_ms},
-- {min_middle_keep} to 1.05 of what it had from the source; kept where at least {min_middles} lie between the
-- same two ends.
WITH
    quiet AS (
        SELECT address FROM legs GROUP BY address
        HAVING count() <= {max_legs:UInt32} AND uniqExact(counterparty) <= {max_counterparties:UInt32}
    ),
    flows AS (
        -- a Decimal divided by a Decimal overflows without a word
        SELECT address, counterparty, is_in, min(ts) AS first_ts, max(ts) AS last_ts, toFloat64(sum(usd_exact)) AS v
        FROM legs
        WHERE address IN quiet
        GROUP BY address, counterparty, is_in
    )
SELECT
    i.counterparty AS source, o.counterparty AS sink,
    arraySort(groupArray(i.address)) AS middles,
    arraySum(arraySort(groupArray(o.v))) AS usd,
    min(o.v / i.v) AS min_keep
FROM (SELECT * FROM flows WHERE is_in) AS i
INNER JOIN (SELECT * FROM flows WHERE NOT is_in) AS o ON o.address = i.address
WHERE i.counterparty != o.counterparty AND o.first_ts >= i.first_ts AND o.last_ts <= i.last_ts + {max_ms:UInt64}
    AND o.v >= {min_middle_keep:Float64} * i.v AND o.v <= 1.05 * i.v
GROUP BY source, sink
HAVING count() >= {min_middles:UInt32}
ORDER BY source, sink
SETTINGS max_threads = 1
