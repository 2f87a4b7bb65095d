-- One row per ordered pair of addresses with a transfer in the window.
INSERT INTO raw_money_flows_batches (
    batch_id, window_days, processing_date, from_address, to_address, tx_count, amount_sum, amount_usd_sum,
    first_seen_timestamp, last_seen_timestamp, active_days, avg_tx_size_usd, unique_assets,
    dominant_asset, hourly_pattern, weekly_pattern, reciprocity_ratio, is_bidirectional)
SELECT
    {batch:String},
    {w:UInt16},
    {d:Date},
    address,
    counterparty,
    countIf(NOT is_in) AS tx_count,
    sumIf(native_exact, NOT is_in),
    sumIf(usd_exact, NOT is_in) AS usd_there,
    minIf(ts, NOT is_in),
    maxIf(ts, NOT is_in),
    uniqExactIf(day, NOT is_in),
    usd_there / tx_count,
    uniqExactIf(asset_contract, NOT is_in),
    -- by USD, ties by symbol
    arraySort(t -> (-t.2, t.1), arrayZip(
        (sumMapIf([toString(asset_symbol)], [usd_exact], NOT is_in) AS by_asset).1, by_asset.2))[1].1,
    arrayMap(h -> countEqual(groupArrayIf(hour, NOT is_in) AS hours, h), range(24)),
    arrayMap(d -> countEqual(groupArrayIf(weekday, NOT is_in) AS weekdays, d), range(7)),
    toFloat64(least(usd_there, sumIf(usd_exact, is_in) AS usd_back)) / toFloat64(greatest(usd_there, usd_back)),
    usd_back > 0
FROM legs
GROUP BY address, counterparty
HAVING tx_count > 0
ORDER BY address, counterparty
SETTINGS max_threads = 1, insert_deduplicate = 0
