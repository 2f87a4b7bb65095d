-- Per address, over its legs: x = USD of a leg, n = legs, V = sum of x. Undefined is NULL.
WITH
    (SELECT quantileExact(0.99)(usd) FROM legs) AS outlier_usd,
    statistics AS (
        SELECT
            address,
            uniqExactIf(counterparty, is_in) AS degree_in,
            uniqExactIf(counterparty, NOT is_in) AS degree_out,
            uniqExact(counterparty) AS unique_counterparties,
            sumIf(usd_exact, is_in) AS total_in_usd,
            sumIf(usd_exact, NOT is_in) AS total_out_usd,
            total_in_usd + total_out_usd AS total_volume_usd,
            -- of an even number of legs the upper of the two in the middle
            quantileExactOrNullIf(0.5)(usd_exact, is_in) AS median_tx_in_usd,
            quantileExactOrNullIf(0.5)(usd_exact, NOT is_in) AS median_tx_out_usd,
            max(usd_exact) AS max_tx_usd,
            min(usd_exact) AS min_tx_usd,
            countIf(is_in) AS tx_in_count,
            countIf(NOT is_in) AS tx_out_count,
            count() AS n,
            arraySort(groupArray(usd)) AS x,
            arraySort(groupArray(ts)) AS times,
            arrayMap(h -> countEqual(groupArray(hour), h), range(24)) AS hourly_activity,
            arrayMap(d -> countEqual(groupArray(weekday), d), range(7)) AS daily_activity,
            sumMap([hour], [usd_exact]) AS usd_by_hour,
            sumMap([weekday], [usd_exact]) AS usd_by_weekday,
            uniqExact(day) AS activity_days,
            dateDiff('day', min(day), max(day)) + 1 AS activity_span_days,
            countIf(weekday >= 5) / n AS weekend_transaction_ratio,
            countIf(hour < 6) / n AS night_transaction_ratio,
            countIf(is_near_threshold) AS near_threshold_count,
            sumIf(usd, is_near_threshold) AS near_threshold_usd,
            countIf(usd >= 500) AS legs_from_500,
            countIf(usd < 100) / n AS small_transaction_ratio,
            -- share of legs whose native amount has at most two significant digits
            countIf(abs(native / exp10(floor(log10(native)) - 1)
                - round(native / exp10(floor(log10(native)) - 1))) < 1e-6) / n AS round_amount_ratio,
            -- how often each amount occurs, commonest first; notes may be round in USD or in the asset
            arrayReverseSort(sumMap([usd], [1]).2) AS usd_repeats,
            arrayReverseSort(sumMap([native], [1]).2) AS native_repeats,
            uniqExactIf(asset_contract, is_in) AS unique_assets_in,
            uniqExactIf(asset_contract, NOT is_in) AS unique_assets_out,
            countIf(usd > outlier_usd) AS outlier_transactions
        FROM legs
        GROUP BY address
    ),
    moments AS (
        SELECT
            *,
            arrayAvg(x) AS x_mean,
            -- sums of powers about the mean; exactly zero when all amounts are equal
            if(x[1] = x[-1], 0, arraySum(v -> pow(v - x_mean, 2), x)) AS m2,
            arraySum(v -> pow(v - x_mean, 3), x) AS m3,
            arraySum(v -> pow(v - x_mean, 4), x) AS m4,
            arrayMap(g -> toFloat64(g), arrayPopFront(arrayDifference(times))) AS gaps,
            arrayAvg(gaps) AS gap_mean,
            sqrt(arrayAvg(g -> pow(g - gap_mean, 2), gaps)) AS gap_sd,
            n >= 3 AND gap_mean > 0 AS has_rhythm,
            -arraySum(c -> if(c > 0, c / n * log2(c / n), 0), hourly_activity) AS hour_bits,
            -arraySum(c -> if(c > 0, c / n * log2(c / n), 0), daily_activity) AS weekday_bits
        FROM statistics
    )
SELECT
    address,
    toUInt32(degree_in) AS degree_in,
    toUInt32(degree_out) AS degree_out,
    toUInt32(degree_in + degree_out) AS degree_total,
    toUInt32(unique_counterparties) AS unique_counterparties,
    degree_in AS unique_senders_count,
    degree_out AS unique_recipients_count,
    total_in_usd,
    total_out_usd,
    total_in_usd - total_out_usd AS net_flow_usd,
    total_volume_usd,
    if(tx_in_count > 0, total_in_usd / greatest(tx_in_count, 1), NULL) AS avg_tx_in_usd,
    if(tx_out_count > 0, total_out_usd / greatest(tx_out_count, 1), NULL) AS avg_tx_out_usd,
    median_tx_in_usd,
    median_tx_out_usd,
    max_tx_usd,
    min_tx_usd,
    if(n >= 2, m2 / (n - 1), NULL) AS amount_variance,
    if(n >= 3 AND m2 > 0, m3 / n / pow(m2 / (n - 1), 1.5), NULL) AS amount_skewness,
    if(n >= 4 AND m2 > 0, m4 / n / pow(m2 / (n - 1), 2) - 3, NULL) AS amount_kurtosis,
    tx_in_count,
    tx_out_count,
    n AS tx_total_count,
    toUInt32(activity_days) AS activity_days,
    toUInt32(activity_span_days) AS activity_span_days,
    total_volume_usd / activity_days AS avg_daily_volume_usd,
    arrayMap(c -> toUInt32(c), hourly_activity) AS hourly_activity,
    arrayMap(c -> toUInt32(c), daily_activity) AS daily_activity,
    -- the lowest of equal peaks
    toUInt8(indexOf(hourly_activity, arrayMax(hourly_activity)) - 1) AS peak_hour,
    toUInt8(indexOf(daily_activity, arrayMax(daily_activity)) - 1) AS peak_day,
    toUInt8(usd_by_hour.1[indexOf(usd_by_hour.2, arrayMax(usd_by_hour.2))]) AS peak_activity_hour,
    toUInt8(usd_by_weekday.1[indexOf(usd_by_weekday.2, arrayMax(usd_by_weekday.2))]) AS peak_activity_day,
    hour_bits AS hourly_entropy,
    weekday_bits AS daily_entropy,
    weekend_transaction_ratio,
    night_transaction_ratio,
    times[1] AS first_activity_timestamp,
    times[-1] AS last_activity_timestamp,
    if(n >= 5, 1 - hour_bits / log2(24), NULL) AS regularity_score,
    if(has_rhythm, (gap_sd - gap_mean) / (gap_sd + gap_mean), NULL) AS flow_burstiness,
    if(has_rhythm, 1 / (1 + gap_sd / gap_mean), NULL) AS transaction_regularity,
    least(1, n / (10 * {w:UInt16})) AS velocity_score,
    if(legs_from_500 > 0, near_threshold_count / legs_from_500, NULL) AS structuring_score,
    small_transaction_ratio,
    if(n >= 2, 1 / (1 + sqrt(m2 / n) / x_mean), NULL) AS amount_predictability,
    toUInt32(near_threshold_count) AS near_threshold_count,
    near_threshold_usd,
    round_amount_ratio,
    greatest(arraySum(arraySlice(usd_repeats, 1, 3)), arraySum(arraySlice(native_repeats, 1, 3))) / n
        AS denomination_ratio,
    greatest(arraySum(arraySlice(usd_repeats, 1, 5)), arraySum(arraySlice(native_repeats, 1, 5))) / n
        AS five_amounts_share,
    toUInt32(unique_assets_in) AS unique_assets_in,
    toUInt32(unique_assets_out) AS unique_assets_out,
    toUInt32(outlier_transactions) AS outlier_transactions
FROM moments
ORDER BY address
SETTINGS max_threads = 1
