-- Where an alerted address stands among all addresses of its snapshot: the share of them that lie below, ties
-- share their mean. Made here, so that an alert has its rank whichever others are extracted along. Values are
-- ranked as arrays of a snapshot, twice as fast as by window functions; what is no number comes last.
WITH
    values -> arraySort((place, value) -> value, arrayEnumerate(values), values) AS places_in_order,
    (values, n) -> arrayMap(
        -- The first place of a tie is place - nth, the last place + nth_from_last - 1, counted from 0.
        (value, place, nth, nth_from_last) -> if(isNaN(value), NULL, (2 * place - nth + nth_from_last - 1) / 2 / n),
        values, arrayEnumerate(values), arrayEnumerateUniq(values),
        arrayReverse(arrayEnumerateUniq(arrayReverse(values)))) AS ranks_in_order,
    values -> arraySort(
        (rank, place) -> place,
        ranks_in_order(arraySort(values), arrayCount(value -> NOT isNaN(value), values)),
        places_in_order(values)) AS ranks_of,
    alerted AS (
        SELECT cityHash64(processing_date, address) FROM raw_alerts
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    ),
    snapshots AS (
        SELECT
            processing_date, {columns},
            groupArray(if(cityHash64(processing_date, address) IN alerted, address, '')) AS addresses
        FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
        GROUP BY processing_date
    )
SELECT toDate32(processing_date) AS processing_date, address, {ranks}
FROM snapshots ARRAY JOIN addresses AS address, {joined}
WHERE address != ''
ORDER BY processing_date, address
