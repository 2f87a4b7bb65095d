-- Digest of metadata.json, which holds the digests of all other files of a model; empty of models from before this column.
ALTER TABLE trained_models
    ADD COLUMN IF NOT EXISTS metadata_sha256 String AFTER model_sha256
