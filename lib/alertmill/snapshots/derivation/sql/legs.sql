-- Two legs a transfer: (from, to, out) and (to, from, in). Self and zero transfers have none.
-- The total order, read by one thread, makes every later floating-point sum repeatable.
CREATE OR REPLACE TEMPORARY TABLE legs ENGINE = Memory AS
SELECT
    transfer,
    leg.1 AS address,
    leg.2 AS counterparty,
    leg.3 = 1 AS is_in,
    block_timestamp AS ts,
    amount AS native_exact,
    amount_usd AS usd_exact,
    toFloat64(amount) AS native,
    toFloat64(amount_usd) AS usd,
    asset_contract,
    asset_symbol,
    toDateTime(intDiv(block_timestamp, 1000), 'UTC') AS at,
    toDate(at) AS day,
    toHour(at) AS hour,
    toDayOfWeek(at) - 1 AS weekday,                          -- Monday is 0
    arrayExists(t -> usd >= 0.8 * t AND usd < t, [1000., 3000., 10000.]) AS is_near_threshold
FROM (
    SELECT *, rowNumberInAllBlocks() AS transfer
    FROM (
        SELECT * FROM (
            SELECT * FROM transfers
            WHERE block_timestamp >= {t0:UInt64} AND block_timestamp < {t1:UInt64}
                AND ((SELECT count() = 0 FROM superseded)
                    OR sipHash128(tx_id, event_index, edge_index, asset_contract, _version) NOT IN superseded)
            -- deliveries overlap: a transfer that came twice counts once
            ORDER BY block_timestamp, from_address, to_address, amount_usd, amount
            LIMIT 1 BY tx_id, event_index, edge_index, asset_contract
        )
        WHERE from_address != to_address AND amount_usd > 0
        ORDER BY block_timestamp, tx_id, event_index, edge_index, asset_contract, from_address, to_address
    )
)
ARRAY JOIN [(from_address, to_address, 0), (to_address, from_address, 1)] AS leg
ORDER BY address, ts, transfer, is_in
SETTINGS max_threads = 1
