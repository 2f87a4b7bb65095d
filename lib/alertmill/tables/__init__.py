"""What the cells of the reports show, as tables: of the data, features, fit, search and scores."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.tables.burdens import burden_sentence, burden_table
    from alertmill.tables.comparison_tables import (
        candidate_table,
        difference_table,
        ensemble_table,
        rivals_table,
        stacking_sentence,
    )
    from alertmill.tables.daily import daily_performance
    from alertmill.tables.decisions import (
        classification_report,
        confusion_at_thresholds,
        confusion_table,
        explorer_sentence,
        explorer_table,
        threshold_table,
    )
    from alertmill.tables.mistakes import (
        decided_alerts,
        mistake_sentence,
        mistakes_by_feature,
        outcome_contrasts,
        outcome_features,
        rates_by_column,
        telling_alerts,
        worst_mistakes,
    )
    from alertmill.tables.score_distributions import calibration_table, score_histogram
    from alertmill.tables.spelling import with_shown_addresses

__all__ = [
    "burden_sentence",
    "burden_table",
    "calibration_table",
    "candidate_table",
    "classification_report",
    "confusion_at_thresholds",
    "confusion_table",
    "daily_performance",
    "decided_alerts",
    "difference_table",
    "ensemble_table",
    "explorer_sentence",
    "explorer_table",
    "mistake_sentence",
    "mistakes_by_feature",
    "outcome_contrasts",
    "outcome_features",
    "rates_by_column",
    "rivals_table",
    "score_histogram",
    "stacking_sentence",
    "telling_alerts",
    "threshold_table",
    "with_shown_addresses",
    "worst_mistakes",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
