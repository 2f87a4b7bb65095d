-- Dominant asset by USD, ties by symbol; diversity = entropy of USD by asset over the log of their number.
WITH by_asset AS (
    SELECT address, asset_contract, min(asset_symbol) AS symbol,
        sumIf(usd, is_in) AS v_in, sumIf(usd, NOT is_in) AS v_out, v_in + v_out AS v
    FROM legs
    GROUP BY address, asset_contract
)
SELECT
    address,
    arraySort(groupArray(v)) AS volumes,
    arraySum(volumes) AS volume,
    if(max(v_in) > 0, arraySort(t -> (-t.1, t.2), groupArray((v_in, symbol)))[1].2, '') AS dominant_asset_in,
    if(max(v_out) > 0, arraySort(t -> (-t.1, t.2), groupArray((v_out, symbol)))[1].2, '') AS dominant_asset_out,
    if(count() > 1, -arraySum(a -> a / volume * log(a / volume), volumes) / log(count()), 0)
        AS asset_diversity_score
FROM by_asset
GROUP BY address
ORDER BY address
SETTINGS max_threads = 1
