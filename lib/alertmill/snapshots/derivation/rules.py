"""The alert rules, as data. No rule looks at a label of the address itself."""

from __future__ import annotations

from dataclasses import dataclass

from alertmill.snapshots.derivation.terms import Term, counted
from alertmill.vocabulary import RiskIndicator, Typology


@dataclass(frozen=True)
class Rule:
    """An alert is raised where every term holds."""

    typology: Typology
    base_severity: float
    terms: tuple[Term, ...]
    volume: str
    """Column with the USD behind the alert."""
    pattern_type: str = ""


@dataclass(frozen=True)
class Structure:
    """Transfers in time order that carry the same money on; an alert is raised on every member.

    Nothing here grows with the window: a longer one holds more structures, not longer ones.
    """

    typology: Typology
    base_severity: float
    pattern_type: str
    hops: tuple[int, int | None]
    """Least and most transfers one after the other, or addresses side by side between two ends."""
    least_keep: float
    """Share of what came in that goes on at each hop."""
    least_usd: float
    """USD that enter."""


RULES = (
    Rule(
        Typology.STRUCTURING,
        0.8,
        (counted("near_threshold_count", 4), Term("structuring_score", 0.4)),
        "near_threshold_usd",
        "threshold_evasion",
    ),
    Rule(
        Typology.INTRADAY_STRUCTURING,
        0.8,
        (Term("intraday_near_threshold", 3),),
        "near_threshold_usd",
        "threshold_evasion",
    ),
    Rule(
        Typology.MOTIF_FANIN,
        0.6,
        (
            Term("degree_in", 8, scales=True, percentile=0.95),
            counted("degree_out", 3, "<="),
            counted("total_in_usd", 1_000),
        ),
        "total_in_usd",
        "motif_fanin",
    ),
    Rule(
        Typology.MOTIF_FANOUT,
        0.6,
        (
            Term("degree_out", 8, scales=True, percentile=0.95),
            counted("degree_in", 3, "<="),
            counted("total_out_usd", 1_000),
        ),
        "total_out_usd",
        "motif_fanout",
    ),
    Rule(
        Typology.RAPID_FANOUT,
        0.7,
        (
            Term("max_recipients_24h", 10),
            counted("degree_in", 3, "<="),
            counted("total_out_usd", 5_000),
        ),
        "total_out_usd",
        "motif_fanout",
    ),
    Rule(
        Typology.GATHER_SCATTER,
        0.7,
        (
            counted("degree_in", 5),
            counted("degree_out", 5),
            Term("pass_through_ratio", 0.6),
            counted("total_in_usd", 2_000),
        ),
        "total_in_usd",
    ),
    Rule(
        Typology.PEEL_CHAIN,
        0.8,
        (
            Term("degree_out", 2),
            counted("degree_out", 4, "<="),
            counted("degree_in", 2, "<="),
            Term("pass_through_ratio", 0.85),
            Term("max_out_share", 0.7),
            counted("total_in_usd", 2_000),
        ),
        "total_in_usd",
        "layering_path",
    ),
    Rule(
        Typology.PING_PONG,
        0.6,
        (
            Term("reciprocity_ratio", 0.7),
            counted("unique_counterparties", 9, "<="),
            counted("total_volume_usd", 1_000),
        ),
        "total_volume_usd",
    ),
    Rule(
        Typology.VELOCITY_ANOMALY,
        0.7,
        (
            Term("pass_through_ratio", 0.8),
            counted("total_in_usd", 2_500),
            Term("median_hold_hours", 24, "<="),
        ),
        "total_in_usd",
    ),
    Rule(
        Typology.FRESH_TO_EXCHANGE,
        0.6,
        (Term("is_new_address", 1), counted("out_to_exchange_usd", 500)),
        "out_to_exchange_usd",
    ),
    Rule(Typology.MIXING_BEHAVIOR, 0.9, (Term("is_mixer_like", 1),), "total_volume_usd"),
    Rule(Typology.MIXING_BEHAVIOR, 0.9, (counted("mixer_usd", 500),), "mixer_usd"),
    Rule(
        Typology.DORMANT_ACTIVATION,
        0.7,
        (Term("is_dormant_reactivated", 1), counted("total_volume_usd", 1_500)),
        "total_volume_usd",
        "dormant_activation",
    ),
    Rule(
        Typology.TEMPORAL_BURST,
        0.4,
        (Term("burst_factor", 5), counted("tx_total_count", 10)),
        "total_volume_usd",
        "temporal_burst",
    ),
    Rule(
        Typology.HUB_ANOMALY,
        0.6,
        (
            counted("unique_counterparties", 50),
            Term("is_exchange_like", 0, "<="),
            Term("pagerank", 1, percentile=0.99),
        ),
        "total_volume_usd",
    ),
    Rule(
        Typology.SMURFING_NETWORK,
        0.8,
        (
            Term("is_community_centre", 1),
            Term("community_size", 5),
            Term("community_size", 50, "<="),
            Term("community_density", 0.3),
            Term("community_small_share", 0.7),
        ),
        "total_volume_usd",
        "smurfing_network",
    ),
    Rule(
        Typology.PROXIMITY_RISK,
        0.5,
        (counted("proximity_usd", 500),),
        "proximity_usd",
        "proximity_risk",
    ),
    Rule(
        Typology.TIME_BASED_PATTERN,
        0.4,
        (Term("night_transaction_ratio", 0.6), counted("tx_total_count", 20)),
        "total_volume_usd",
    ),
    Rule(
        Typology.TIME_BASED_PATTERN,
        0.4,
        (Term("weekend_transaction_ratio", 0.7), counted("tx_total_count", 20)),
        "total_volume_usd",
    ),
)

STRUCTURES = {
    structure.typology: structure
    for structure in (
        Structure(Typology.LAYERING_PATH, 0.8, "layering_path", (3, None), 0.85, 1_000),
        Structure(Typology.CYCLE_DETECTION, 0.8, "cycle", (3, 8), 0.8, 0),
        Structure(Typology.SCATTER_GATHER, 0.8, "layering_path", (4, None), 0.9, 0),
    )
}
STRUCTURE_HOURS = 72
"""Longest stay of money at an address on its way through a structure."""
STRUCTURE_USD = 1_000.0
"""What the money of a structure without a least sum is compared with for its confidence."""

RISK_INDICATORS = (
    (RiskIndicator.NEAR_THRESHOLD_AMOUNTS, Term("near_threshold_count", 3)),
    (RiskIndicator.PASSES_MONEY_THROUGH, Term("pass_through_ratio", 0.8)),
    (RiskIndicator.SHORT_HOLDING_TIME, Term("median_hold_hours", 6, "<=")),
    (RiskIndicator.NEW_ADDRESS, Term("is_new_address", 1)),
    (RiskIndicator.WOKEN_FROM_DORMANCY, Term("is_dormant_reactivated", 1)),
    (RiskIndicator.ROUND_AMOUNTS, Term("round_amount_ratio", 0.8)),
    (RiskIndicator.REPEATED_AMOUNTS, Term("denomination_ratio", 0.8)),
    (RiskIndicator.NIGHT_ACTIVITY, Term("night_transaction_ratio", 0.5)),
    (RiskIndicator.FLOWS_WITH_MIXER, Term("mixer_usd", 1)),
    (RiskIndicator.FLOWS_NEAR_RISKY_ADDRESS, Term("proximity_usd", 1)),
    (RiskIndicator.ONE_RECIPIENT_TAKES_MOST, Term("max_out_share", 0.9)),
)
"""Red flags of an address, by name; thresholds do not grow with the window."""
