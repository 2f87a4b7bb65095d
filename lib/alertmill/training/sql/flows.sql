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
            active_days, reciprocity_ratio, is_bidirectional, unique_assets, first_seen_timestamp
        FROM raw_money_flows
        ARRAY JOIN [(from_address, 1), (to_address, 0)] AS side
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
            AND cityHash64(processing_date, side.1) IN alerted
    )
-- Floating-point sums go over sorted arrays, which makes them repeatable.
SELECT
    toDate32(processing_date) AS processing_date,
    address,
    countIf(is_out) AS flow_out_pairs,
    countIf(NOT is_out) AS flow_in_pairs,
    arraySum(arraySort(groupArrayIf(usd, is_out))) AS flow_out_usd,
    arraySum(arraySort(groupArrayIf(usd, NOT is_out))) AS flow_in_usd,
    maxOrNullIf(usd, is_out) AS flow_out_max_usd,
    maxOrNullIf(usd, NOT is_out) AS flow_in_max_usd,
    if(flow_out_usd > 0, flow_out_max_usd / flow_out_usd, NULL) AS flow_out_top_share,
    if(flow_in_usd > 0, flow_in_max_usd / flow_in_usd, NULL) AS flow_in_top_share,
    if(flow_out_usd > 0, arraySum(arraySort(groupArrayIf(usd * usd, is_out))) / pow(flow_out_usd, 2), NULL)
        AS flow_out_concentration,
    if(flow_in_usd > 0, arraySum(arraySort(groupArrayIf(usd * usd, NOT is_out))) / pow(flow_in_usd, 2), NULL)
        AS flow_in_concentration,
    sumIf(tx_count, is_out) / nullIf(flow_out_pairs, 0) AS flow_out_tx_mean,
    sumIf(tx_count, NOT is_out) / nullIf(flow_in_pairs, 0) AS flow_in_tx_mean,
    sum(active_days) / count() AS flow_active_days_mean,
    arrayAvg(arraySort(groupArray(toFloat64(reciprocity_ratio)))) AS flow_reciprocity_mean,
    countIf(is_bidirectional) / count() AS flow_bidirectional_share,
    max(unique_assets) AS flow_unique_assets_max,
    countIf(is_out AND is_new) AS flow_out_new_pairs,
    countIf(NOT is_out AND is_new) AS flow_in_new_pairs
FROM (
    SELECT *, first_seen_timestamp >= (toInt64(toUInt32(toDateTime(processing_date, 'UTC'))) - 86400) * 1000
        AS is_new                               -- the pair first met on the last day of the window
    FROM sides
)
GROUP BY processing_date, address
ORDER BY processing_date, address
