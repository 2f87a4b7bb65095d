"""The flags of an address, as data: each is true where all terms of one alternative hold."""

from __future__ import annotations

import polars as pl

from alertmill.snapshots.derivation.terms import Term, condition
from alertmill.snapshots.derivation.window import Window

_DAY_MS = 86_400_000

FLAGS: dict[str, tuple[tuple[Term, ...], ...]] = {
    "is_high_volume_trader": ((Term("total_volume_usd", 10_000), Term("tx_total_count", 1_000)),),
    "is_hub_address": ((Term("degree_in", 50), Term("degree_out", 50)),),
    "is_retail_active": ((Term("tx_total_count", 100), Term("total_volume_usd", 1_000, "<")),),
    "is_whale_inactive": ((Term("tx_total_count", 10, "<"), Term("total_volume_usd", 10_000)),),
    "is_retail_inactive": ((Term("tx_total_count", 10, "<"), Term("total_volume_usd", 100, "<")),),
    "is_whale": ((Term("max_tx_usd", 100_000),), (Term("total_volume_usd", 1_000_000),)),
    "is_exchange_like": (
        (Term("degree_in", 100), Term("degree_out", 50), Term("hourly_entropy", 4)),
    ),
    "is_mixer_like": (
        (
            Term("degree_in", 20),
            Term("degree_out", 20),
            Term("five_amounts_share", 0.6),
            Term("net_share", 0.1, "<="),
        ),
    ),
    "is_contract_like": (
        (
            Term("tx_total_count", 200),
            Term("unique_counterparties", 30),
            Term("reciprocity_ratio", 0.3),
        ),
    ),
    # The first leg ever lies in the window.
    "is_new_address": ((Term("days_before_window", 0, "<="),),),
    "is_dormant_reactivated": ((Term("days_silent_before_first", 90),),),
}
"""Thresholds do not grow with the window: a flag names a kind of address, not a suspicion."""


def with_flags(wide: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Add the flags; an address with none of them is a regular user."""
    first_ever, last_before = (_time(name) for name in ("first_ever", "last_before"))
    measured = wide.with_columns(
        net_share=pl.col("flow_asymmetry").abs(),
        days_before_window=(window.t0 - first_ever) / _DAY_MS,
        days_silent_before_first=(_time("first_activity_timestamp") - last_before) / _DAY_MS,
    )
    flags = {name: flag(name, window.window_days) for name in FLAGS}
    return measured.with_columns(**flags).with_columns(
        is_regular_user=~pl.any_horizontal(list(FLAGS))
    )


def flag(name: str, window_days: int) -> pl.Expr:
    """Return True if any alternative of the flag holds."""
    alternatives = [
        pl.all_horizontal([condition(term, window_days) for term in terms]) for terms in FLAGS[name]
    ]
    return pl.any_horizontal(alternatives)


def _time(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64)
