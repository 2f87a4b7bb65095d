-- Per address, over its UTC days. Days without legs count as zero, in volume_std over the whole window,
-- in the daily counts between the first and the last active day.
WITH
    days AS (
        SELECT
            address, day, toInt64(count()) AS n, sum(usd) AS v, sumIf(usd, is_in) AS v_in, sumIf(usd, NOT is_in) AS v_out,
            greatest(countIf(is_near_threshold AND is_in), countIf(is_near_threshold AND NOT is_in)) AS near
        FROM legs
        GROUP BY address, day
    ),
    ahead AS (
        SELECT
            *,
            leadInFrame(day) OVER following AS next_day,
            leadInFrame(v_out) OVER following AS next_out
        FROM days
        WINDOW following AS (
            PARTITION BY address ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
SELECT
    address,
    sum(n) AS legs,
    max(n) * {w:UInt16} / legs AS burst_factor,
    arraySort(groupArray(v)) AS volumes,
    arraySum(volumes) / {w:UInt16} AS daily_mean,
    sqrt((arraySum(d -> pow(d - daily_mean, 2), volumes) + ({w:UInt16} - length(volumes)) * pow(daily_mean, 2))
        / {w:UInt16}) AS volume_std,
    volume_std / daily_mean AS volume_cv,
    dateDiff('day', min(day), max(day)) + 1 AS span,
    if(span >= 2, 1 / (1 + sqrt(greatest(sum(n * n) / span - pow(legs / span, 2), 0)) / (legs / span)), NULL)
        AS consistency_score,
    -- what comes in on a day and goes out on that day or the next, as a share of all that comes in
    if(sum(v_in) > 0, arraySum(arraySort(groupArray(least(v_in, v_out + if(next_day = day + 1, next_out, 0)))))
        / arraySum(arraySort(groupArray(v_in))), NULL) AS pass_through_ratio,
    max(near) AS intraday_near_threshold
FROM ahead
GROUP BY address
ORDER BY address
SETTINGS max_threads = 1
