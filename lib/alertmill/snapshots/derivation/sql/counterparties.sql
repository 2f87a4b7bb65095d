-- Per address, over its counterparties c, with V = sum of v_c.
SELECT
    address,
    sum(v) AS volume,
    arraySort(groupArray(v)) AS sorted_v,
    arraySort(arrayFilter(f -> f > 0, arrayConcat(groupArray(v_in), groupArray(v_out)))) AS flows,
    length(sorted_v) AS k,
    -- Gini of ascending values: 2 sum(i v_i) / (k sum v) - (k + 1) / k
    2 * arraySum((f, i) -> f * i, flows, arrayEnumerate(flows)) / (length(flows) * arraySum(flows))
        - (length(flows) + 1) / length(flows) AS flow_concentration,
    2 * arraySum((f, i) -> f * i, sorted_v, arrayEnumerate(sorted_v)) / (k * volume) - (k + 1) / k
        AS counterparty_concentration,
    sorted_v[-1] / volume AS concentration_ratio,
    if(k > 1, -arraySum(f -> f / volume * log(f / volume), sorted_v) / log(k), 0) AS flow_diversity,
    if(sum(v_out) > 0, max(v_out) / sum(v_out), NULL) AS max_out_share,
    2 * sum(least(v_in, v_out)) / volume AS reciprocity_ratio,
    sumIf(v, v_in > 0 AND v_out > 0) / volume AS two_way_share,
    if(two_way_share > 0 AND two_way_share < 1,
        -two_way_share * log2(two_way_share) - (1 - two_way_share) * log2(1 - two_way_share), 0)
        AS flow_reciprocity_entropy,
    countIf(v_in > 0 AND v_out > 0) / k AS counterparty_overlap_ratio
FROM pairs
GROUP BY address
ORDER BY address
SETTINGS max_threads = 1
