-- Flows with OTHER addresses of known kind. The address's own label enters nowhere: where a neighbour b is
-- looked through, what b exchanged with the address itself is taken out of b's numbers first. Sums are
-- Decimal, so that taking out leaves exactly what would have been there without it.
WITH
    marked AS (
        SELECT
            p.address AS address, p.counterparty AS counterparty, p.in_exact AS in_exact, p.out_exact AS out_exact,
            p.v_exact AS v_exact, l.is_risky AS is_risky, l.address_type AS type
        FROM pairs AS p
        LEFT JOIN known_labels AS l ON l.address = p.counterparty
    ),
    one_hop AS (
        SELECT
            address,
            count() AS k,
            sum(v_exact) AS total,
            sum(in_exact) AS total_in_exact,
            sum(out_exact) AS total_out_exact,
            toFloat64(sum(in_exact)) AS total_in,
            toFloat64(sum(out_exact)) AS total_out,
            sumIf(v_exact, is_risky) AS risky,
            sumIf(in_exact, is_risky) AS risky_in,
            sumIf(out_exact, is_risky) AS risky_out,
            toFloat64(sumIf(in_exact, type = 'exchange')) AS exchange_in,
            toFloat64(sumIf(out_exact, type = 'exchange')) AS exchange_out,
            toFloat64(sumIf(in_exact, type = 'mixer')) AS mixer_in,
            toFloat64(sumIf(out_exact, type = 'mixer')) AS mixer_out,
            toFloat64(sumIf(in_exact, type = 'bridge')) AS bridge_in,
            toFloat64(sumIf(out_exact, type = 'bridge')) AS bridge_out,
            toFloat64(sumIf(in_exact, type IN ('defi', 'dex', 'lending'))) AS defi_in,
            toFloat64(sumIf(out_exact, type IN ('defi', 'dex', 'lending'))) AS defi_out,
            toFloat64(sumIf(out_exact, type = 'exchange' OR has({exchange_like:Array(String)}, counterparty)))
                AS out_to_exchange_usd
        FROM marked
        GROUP BY address
    ),
    two_hop AS (
        SELECT
            p.address AS address,
            arraySum(arraySort(groupArray(
                if(b.k <= {hub_degree:UInt32} AND b.total > p.v_exact,
                    p.v * toFloat64(b.risky - if(own.is_risky, p.v_exact, 0)) / toFloat64(b.total - p.v_exact), 0)
            ))) AS usd,
            -- Only what b received can have come from a risky address, and only what it sent gone to one.
            arraySum(arraySort(groupArray(
                if(b.k <= {hub_degree:UInt32} AND b.total_in_exact > p.out_exact,
                    p.v_in * toFloat64(b.risky_in - if(own.is_risky, p.out_exact, 0))
                        / toFloat64(b.total_in_exact - p.out_exact), 0)
            ))) AS usd_in,
            arraySum(arraySort(groupArray(
                if(b.k <= {hub_degree:UInt32} AND b.total_out_exact > p.in_exact,
                    p.v_out * toFloat64(b.risky_out - if(own.is_risky, p.in_exact, 0))
                        / toFloat64(b.total_out_exact - p.in_exact), 0)
            ))) AS usd_out
        FROM pairs AS p
        INNER JOIN one_hop AS b ON b.address = p.counterparty
        LEFT JOIN known_labels AS own ON own.address = p.address
        GROUP BY address
    )
SELECT
    o.address AS address,
    o.risky_in AS exposure_in_1hop_usd,
    o.risky_out AS exposure_out_1hop_usd,
    if(o.total_in > 0, toFloat64(o.risky_in) / o.total_in, 0) AS exposure_in_1hop_share,
    if(o.total_out > 0, toFloat64(o.risky_out) / o.total_out, 0) AS exposure_out_1hop_share,
    t.usd / toFloat64(o.total) AS exposure_2hop_share,
    if(o.total_in > 0, t.usd_in / o.total_in, 0) AS exposure_in_2hop_share,
    if(o.total_out > 0, t.usd_out / o.total_out, 0) AS exposure_out_2hop_share,
    if(o.total_in > 0, o.exchange_in / o.total_in, 0) AS exchange_in_share,
    if(o.total_out > 0, o.exchange_out / o.total_out, 0) AS exchange_out_share,
    if(o.total_in > 0, o.mixer_in / o.total_in, 0) AS mixer_in_share,
    if(o.total_out > 0, o.mixer_out / o.total_out, 0) AS mixer_out_share,
    if(o.total_in > 0, o.bridge_in / o.total_in, 0) AS bridge_in_share,
    if(o.total_out > 0, o.bridge_out / o.total_out, 0) AS bridge_out_share,
    if(o.total_in > 0, o.defi_in / o.total_in, 0) AS defi_in_share,
    if(o.total_out > 0, o.defi_out / o.total_out, 0) AS defi_out_share,
    o.out_to_exchange_usd AS out_to_exchange_usd,
    o.mixer_in + o.mixer_out AS mixer_usd,
    toFloat64(o.risky) + t.usd AS proximity_usd
FROM one_hop AS o
INNER JOIN two_hop AS t ON t.address = o.address
ORDER BY address
SETTINGS max_threads = 1
