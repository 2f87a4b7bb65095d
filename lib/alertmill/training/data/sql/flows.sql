-- Money flows of the alerted addresses, both directions; one row per (processing_date, address). They are found by a
-- hash, faster than by text; an address that is found by mistake would have a row that no alert is joined to.
WITH
    alerted AS (
        SELECT DISTINCT cityHash64(processing_date, address) FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    sides AS (
        SELECT
            processing_date, side.1 AS address, side.2 AS is_out, tx_count, toFloat64(amount_usd_sum) AS usd,
            active_days, reciprocity_ratio, is_bidirectional, unique_assets,
            -- the pair first met on the last day of the window
            first_seen_timestamp >= (toInt64(toUInt32(toDateTime(processing_date, 'UTC'))) - 86400) * 1000 AS is_new
        FROM raw_money_flows
        ARRAY JOIN arrayFilter(side -> side.3, [
            (from_address, 1, cityHash64(processing_date, from_address) IN alerted),
            (to_address, 0, cityHash64(processing_date, to_address) IN alerted)]) AS side
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    -- Floating-point sums go over sorted arrays, which makes them repeatable.
    by_address AS (
        SELECT
            processing_date, address,
            arraySort(groupArrayIf(usd, is_out)) AS outs, arraySort(groupArrayIf(usd, NOT is_out)) AS ins,
            sumIf(tx_count, is_out) AS out_tx_count, sumIf(tx_count, NOT is_out) AS in_tx_count,
            avg(active_days) AS active_days, arraySort(groupArray(toFloat64(reciprocity_ratio))) AS reciprocities,
            avg(is_bidirectional) AS bidirectional_share, max(unique_assets) AS unique_assets,
            countIf(is_out AND is_new) AS out_new_pairs, countIf(NOT is_out AND is_new) AS in_new_pairs
        FROM sides GROUP BY processing_date, address
    )
SELECT
    toDate32(processing_date) AS processing_date,
    address,
    length(outs) AS flow_out_pairs,
    length(ins) AS flow_in_pairs,
    arraySum(outs) AS flow_out_usd,
    arraySum(ins) AS flow_in_usd,
    if(empty(outs), NULL, outs[-1]) AS flow_out_max_usd,
    if(empty(ins), NULL, ins[-1]) AS flow_in_max_usd,
    if(flow_out_usd > 0, flow_out_max_usd / flow_out_usd, NULL) AS flow_out_top_share,
    if(flow_in_usd > 0, flow_in_max_usd / flow_in_usd, NULL) AS flow_in_top_share,
    if(flow_out_usd > 0, arraySum(usd -> usd * usd, outs) / pow(flow_out_usd, 2), NULL) AS flow_out_concentration,
    if(flow_in_usd > 0, arraySum(usd -> usd * usd, ins) / pow(flow_in_usd, 2), NULL) AS flow_in_concentration,
    out_tx_count / nullIf(flow_out_pairs, 0) AS flow_out_tx_mean,
    in_tx_count / nullIf(flow_in_pairs, 0) AS flow_in_tx_mean,
    active_days AS flow_active_days_mean,
    arrayAvg(reciprocities) AS flow_reciprocity_mean,
    bidirectional_share AS flow_bidirectional_share,
    unique_assets AS flow_unique_assets_max,
    out_new_pairs AS flow_out_new_pairs,
    in_new_pairs AS flow_in_new_pairs
FROM by_address
ORDER BY processing_date, address
