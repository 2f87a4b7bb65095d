-- Versions of transfers that a higher one replaces. Only versions with a time before the end of the window are
-- compared: of a later one nobody could know.
CREATE OR REPLACE TEMPORARY TABLE superseded ENGINE = Memory AS
SELECT sipHash128(tx_id, event_index, edge_index, asset_contract, version) AS version_key
FROM (
    SELECT tx_id, event_index, edge_index, asset_contract, groupUniqArray(_version) AS versions
    FROM transfers
    WHERE block_timestamp < {t1:UInt64}
        AND (SELECT count() > 0 FROM conflicts)
        AND cityHash64(tx_id, event_index, edge_index, asset_contract) IN conflicts
    GROUP BY tx_id, event_index, edge_index, asset_contract
)
ARRAY JOIN arrayFilter(v -> v < arrayMax(versions), versions) AS version
