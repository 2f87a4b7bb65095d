-- What an address exchanged with each counterparty c: in_c, out_c and v_c = in_c + out_c.
CREATE OR REPLACE TEMPORARY TABLE pairs ENGINE = Memory AS
SELECT
    address,
    counterparty,
    sumIf(usd_exact, is_in) AS in_exact,
    sumIf(usd_exact, NOT is_in) AS out_exact,
    in_exact + out_exact AS v_exact,
    toFloat64(in_exact) AS v_in,
    toFloat64(out_exact) AS v_out,
    toFloat64(v_exact) AS v
FROM legs
GROUP BY address, counterparty
ORDER BY address, counterparty
SETTINGS max_threads = 1
