-- Scores of the alerts of a day by the champion; scoring a day again replaces them in one step.
CREATE TABLE IF NOT EXISTS alert_scores_batches (
    window_days UInt16,
    processing_date Date,
    address String,
    alert_id String,                            -- of raw_alerts
    typology_type LowCardinality(String),
    score Float64,                              -- calibrated probability of being a true one
    raw_score Float64,                          -- before calibration: finer in rank, wrong in level
    day_rank UInt32,                            -- 1 for the highest score of the day
    day_percentile Float64,                     -- share of the day at this rank or below, in percent
    is_in_queue Bool,                           -- within the review budget of the day
    is_sampled Bool,                            -- below the queue, drawn for review all the same
    review_probability Float64,                 -- of being reviewed: 1 in the queue, below it that of being drawn
    reasons_json String,                        -- strongest contributions, those that raise the score first
    change_json Nullable(String),               -- what is new since the address was last scored; null the first time
    model_id String,
    model_version LowCardinality(String),
    model_run_id LowCardinality(String),        -- training run that made the model
    snapshot_batch_id LowCardinality(String),   -- batch of raw_alerts that was scored
    batch_id String,
    created_at DateTime DEFAULT now()
) ENGINE = MergeTree
PARTITION BY batch_id
ORDER BY (window_days, processing_date, day_rank)
SETTINGS non_replicated_deduplication_window = 1000
