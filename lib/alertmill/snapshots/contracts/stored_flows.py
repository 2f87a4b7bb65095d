"""Hold money flows to their contract inside the database, where training adds them up."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from alertmill.errors import Breach
from alertmill.snapshots.contracts.examples import examples_of
from alertmill.snapshots.contracts.references import REFERENCES
from alertmill.snapshots.contracts.tables import FLOWS
from alertmill.storage import Client, fetch

_ENDS = {
    reference.column: reference.expected
    for reference in REFERENCES
    if reference.table == FLOWS.name
}
# Keys are compared by a hash: numbers are found faster than texts, and only that a breach is
# overlooked is possible, about once in 10 ^ 13 addresses.
_BROKEN = """
    WITH known AS (
        SELECT cityHash64(processing_date, address) FROM raw_features
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
    )
    SELECT
        broken.1 AS column, broken.2 AS value, toDate32(processing_date) AS processing_date,
        from_address, to_address, count() OVER (PARTITION BY column) AS n
    FROM (
        SELECT
            processing_date, from_address, to_address,
            tx_count, amount_sum, amount_usd_sum,
            ifNull(tx_count >= 1, 0) AS is_counted,
            ifNull(amount_sum >= 0, 0) AS is_amount,
            ifNull(amount_usd_sum >= 0, 0) AS is_usd,
            cityHash64(processing_date, from_address) IN known AS is_from_known,
            cityHash64(processing_date, to_address) IN known AS is_to_known
        FROM raw_money_flows
        WHERE window_days = {w:UInt16} AND processing_date BETWEEN {start:Date} AND {end:Date}
            AND NOT (is_counted AND is_amount AND is_usd AND is_from_known AND is_to_known)
    )
    ARRAY JOIN arrayFilter(b -> NOT b.3, [
        ('from_address', NULL, is_from_known),
        ('to_address', NULL, is_to_known),
        ('tx_count', toFloat64(tx_count), is_counted),
        ('amount_sum', toFloat64(amount_sum), is_amount),
        ('amount_usd_sum', toFloat64(amount_usd_sum), is_usd)
    ]) AS broken
    ORDER BY column, processing_date, from_address, to_address
    LIMIT 5 BY column
"""


def find_broken_flows(client: Client, bound: Mapping[str, object]) -> list[Breach]:
    """Find money flows without transfers, with negative amounts, or of unknown addresses.

    The database counts them, and sends five keys a rule.

    Parameters
    ----------
    bound : mapping
        Window ``w`` in days, and processing dates ``start`` and ``end``, both inclusive.
    """
    broken = fetch(client, _BROKEN, bound)
    return [
        _breach(str(column), frame)
        for (column,), frame in broken.group_by("column", maintain_order=True)
    ]


def _breach(column: str, broken: pl.DataFrame) -> Breach:
    if column in _ENDS:
        expected, named = _ENDS[column], broken
    else:
        expected = FLOWS[column].rules[0].expected
        named = broken.with_columns(pl.col("value").alias(column))
    examples = examples_of(FLOWS.key, named, column)
    return Breach(FLOWS.name, column, expected, broken["n"][0], examples)
