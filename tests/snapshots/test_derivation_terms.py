"""Terms hold at their threshold, grow with the window, and say how far they are exceeded."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.snapshots.derivation.flags import FLAGS, flag
from alertmill.snapshots.derivation.terms import Term, condition, counted, surplus

VALUES = pl.DataFrame({"value": [None, 0.0, 4.0, 5.0, 8.0, 20.0]})


def column(expression: pl.Expr) -> list[object]:
    return VALUES.select(expression).to_series().to_list()


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (">=", [False, False, False, True, True, True]),
        ("<=", [False, True, True, True, False, False]),
        ("<", [False, True, True, False, False, False]),
    ],
)
def test_a_missing_value_meets_no_term(comparison: str, expected: list[bool]) -> None:
    assert expected == column(condition(Term("value", 5, comparison), 7))


def test_counts_needed_double_in_a_window_four_times_as_long() -> None:
    assert [False, False, False, False, True, True] == column(condition(counted("value", 4), 28))
    assert [False, False, True, True, True, True] == column(condition(Term("value", 4), 28))


def test_a_percentile_raises_the_threshold_to_what_the_snapshot_demands() -> None:
    term = Term("value", 4, percentile=0.75)

    assert [False, False, False, False, True, True] == column(condition(term, 7))


def test_surplus_is_the_excess_in_units_of_the_threshold_at_most_one() -> None:
    assert [0, 0, 0, 0.25, 1, 1] == column(surplus(Term("value", 4), 7))
    assert [0, 1, 0.5, 0.375, 0, 0] == column(surplus(Term("value", 8, "<="), 7))
    assert [0] * 6 == column(surplus(Term("value", 0, "<="), 7))


@pytest.mark.parametrize(("largest", "volume"), [(100_000, 100_000), (10, 1_000_000)])
def test_one_alternative_of_a_flag_is_enough(largest: float, volume: float) -> None:
    address = pl.DataFrame({"max_tx_usd": [largest], "total_volume_usd": [volume]})

    assert [True] == address.select(flag("is_whale", 7)).to_series().to_list()


def test_a_flag_needs_every_term_of_an_alternative() -> None:
    (terms,) = FLAGS["is_exchange_like"]
    enough = {term.column: term.threshold for term in terms}
    frame = pl.DataFrame([enough, *({**enough, term.column: 1.0} for term in terms)])

    assert [True, False, False, False] == frame.select(
        flag("is_exchange_like", 7)
    ).to_series().to_list()
