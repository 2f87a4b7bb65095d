-- First leg ever, and last leg before the window, of the window's addresses.
SELECT
    address,
    min(ts) AS first_ever,
    maxOrNullIf(ts, ts < {t0:UInt64}) AS last_before
FROM (
    SELECT arrayJoin([from_address, to_address]) AS address, block_timestamp AS ts
    FROM transfers
    WHERE block_timestamp < {t1:UInt64} AND from_address != to_address AND amount_usd > 0
        -- a condition that is decided before the table is read, so that no keys are read for nothing
        AND ((SELECT count() = 0 FROM superseded)
            OR sipHash128(tx_id, event_index, edge_index, asset_contract, _version) NOT IN superseded)
)
WHERE address IN (SELECT address FROM pairs)
GROUP BY address
ORDER BY address
