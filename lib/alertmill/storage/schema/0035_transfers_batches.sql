-- A delivery comes in the order of time, so that its parts hardly overlap, and to merge them further would write every
-- row again and again for nothing: parts stay below some million rows, and loading takes as long for the last
-- million as for the first. Hexadecimal text needs a codec with an entropy coder, which halves what lies on disk.
ALTER TABLE transfers_batches
    MODIFY COLUMN tx_id CODEC(ZSTD(1)),
    MODIFY COLUMN from_address CODEC(ZSTD(1)),
    MODIFY COLUMN to_address CODEC(ZSTD(1)),
    MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 134217728, max_bytes_to_merge_at_min_space_in_pool = 13421772
