"""Every alert with a value lies in one segment of each column."""

from __future__ import annotations

from datetime import date

import polars as pl

from alertmill.evaluation.segments import segment_of, with_volume_band


def test_a_bound_belongs_to_the_band_above_it() -> None:
    frame = pl.DataFrame({"volume_usd": [999.99, 1_000.0, 10_000.0, 99_999.0, 100_000.0, None]})

    assert [
        "below 1,000 USD",
        "1,000 to 10,000 USD",
        "10,000 to 100,000 USD",
        "10,000 to 100,000 USD",
        "100,000 USD and more",
        None,
    ] == with_volume_band(frame)["volume_band"].to_list()


def test_segments_divide_the_alerts_of_a_column() -> None:
    days = [date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 2)]
    frame = pl.DataFrame({"processing_date": days, "severity": ["low", "high", None, "low"]})

    found = {name: mask.tolist() for name, mask in segment_of(frame)}

    assert [
        ("severity=low", [True, False, False, True]),
        ("severity=high", [False, True, False, False]),
        ("month=2024-01", [True, True, False, False]),
        ("month=2024-02", [False, False, True, True]),
    ] == list(found.items())
