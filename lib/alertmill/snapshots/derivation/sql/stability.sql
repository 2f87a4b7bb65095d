-- Mean Jaccard similarity of the ten largest counterparties in neighbouring quarters of the window; an
-- address that is not active in two neighbouring quarters has none.
WITH
    quarters AS (
        SELECT
            address, intDiv((ts - {t0:UInt64}) * 4, {t1:UInt64} - {t0:UInt64}) AS quarter, counterparty,
            sum(usd_exact) AS v
        FROM legs
        GROUP BY address, quarter, counterparty
    ),
    tops AS (
        SELECT
            address, quarter,
            arrayMap(t -> t.2, arraySlice(arraySort(t -> (-t.1, t.2), groupArray((v, counterparty))), 1, 10)) AS top
        FROM quarters
        GROUP BY address, quarter
    )
SELECT
    a.address AS address,
    arrayAvg(arraySort(groupArray(
        length(arrayIntersect(a.top, b.top)) / length(arrayDistinct(arrayConcat(a.top, b.top))))))
        AS counterparty_stability
FROM tops AS a
INNER JOIN tops AS b ON b.address = a.address AND b.quarter = a.quarter + 1
GROUP BY address
ORDER BY address
SETTINGS max_threads = 1
