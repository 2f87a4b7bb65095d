-- Rows of the loaded files that were not taken, by file, reason and asset; the most frequent first.
SELECT
    file, reason::String AS reason, column_name::String AS column, asset_symbol, asset_contract,
    count() AS n_rows, min(source_row) AS first_row, argMin(found, source_row) AS example
FROM set_aside_rows
GROUP BY file, reason, column, asset_symbol, asset_contract
ORDER BY n_rows DESC, file, reason, column, asset_symbol, asset_contract
LIMIT 1000
