"""Promotions: what a run decides about its model, what followed, and who decided.

The decision lies in the run folder, what followed from it in the ledger beside the runs. Both are
files, so that readers need no database.
"""

from alertmill.promotions.decision import (
    DECISION_FILE,
    Difference,
    PromotionDecision,
    decision_of,
)
from alertmill.promotions.ledger import GATE, LEDGER_FOLDER, PromotionEntry, PromotionLedger
from alertmill.promotions.verdicts import ShownVerdict, show_entry, shown_verdict, verdict_of

__all__ = [
    "DECISION_FILE",
    "GATE",
    "LEDGER_FOLDER",
    "Difference",
    "PromotionDecision",
    "PromotionEntry",
    "PromotionLedger",
    "ShownVerdict",
    "decision_of",
    "show_entry",
    "shown_verdict",
    "verdict_of",
]
