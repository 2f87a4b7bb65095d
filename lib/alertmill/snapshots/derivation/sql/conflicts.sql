-- Keys of transfers that are stored in several versions: hardly ever any. Where all versions are the same, no
-- key is looked at.
CREATE OR REPLACE TEMPORARY TABLE conflicts ENGINE = Memory AS
SELECT cityHash64(tx_id, event_index, edge_index, asset_contract) AS key
FROM transfers
WHERE block_timestamp < {t1:UInt64}
    AND (SELECT min(_version) != max(_version) FROM transfers WHERE block_timestamp < {t1:UInt64})
GROUP BY key
HAVING min(_version) != max(_version)
