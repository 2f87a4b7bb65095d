-- The whole history: the decision that counts at a date is read from it as of that date. Names and notes of reviewers
-- stay in the database.
SELECT
    toDate32(processing_date) AS processing_date, address, alert_id, decision::String AS decision, decided_at, known_at
FROM alert_dispositions
WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
ORDER BY processing_date, address, alert_id, decided_at, known_at, decision
