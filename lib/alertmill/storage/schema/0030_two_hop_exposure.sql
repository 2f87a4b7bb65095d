-- What came over one more address from a risky one, and what went there; databases before it lack the columns.
ALTER TABLE raw_features_batches
    ADD COLUMN IF NOT EXISTS exposure_in_2hop_share Nullable(Float32) AFTER exposure_2hop_share,
    ADD COLUMN IF NOT EXISTS exposure_out_2hop_share Nullable(Float32) AFTER exposure_in_2hop_share
