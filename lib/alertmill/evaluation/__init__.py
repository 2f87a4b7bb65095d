"""Metrics with intervals by address, paired comparisons, and the tables behind the reports."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.evaluation.comparison import compare
    from alertmill.evaluation.comparison_tables import (
        candidate_table,
        difference_table,
        ensemble_table,
        rivals_table,
        stacking_sentence,
    )
    from alertmill.evaluation.curves import (
        budget_table,
        gains_table,
        precision_recall_table,
        roc_table,
    )
    from alertmill.evaluation.daily import daily_performance
    from alertmill.evaluation.decisions import (
        classification_report,
        confusion_at_thresholds,
        confusion_table,
        threshold_table,
    )
    from alertmill.evaluation.distributions import calibration_table, score_histogram
    from alertmill.evaluation.drift import drift_sentence, feature_drift
    from alertmill.evaluation.folds import corrected_t_test, fold_differences, fold_scores
    from alertmill.evaluation.intervals import Interval, address_interval, difference_interval
    from alertmill.evaluation.lifts import lift_by_tenth, lift_table
    from alertmill.evaluation.metrics import (
        Metric,
        average_precision,
        f1_score,
        lift_at_top,
        ndcg_at_budget,
        precision,
        precision_at_budget,
        recall,
        recall_at_budget,
        roc_auc,
        saved_at_recall,
    )
    from alertmill.evaluation.mistakes import (
        decided_alerts,
        mistake_sentence,
        mistakes_by_feature,
        outcome_contrasts,
        outcome_features,
        rates_by_column,
        telling_alerts,
        worst_mistakes,
    )
    from alertmill.evaluation.noninferiority import MarginTest, margin_test
    from alertmill.evaluation.permutation import holm, swap_test
    from alertmill.evaluation.probabilities import (
        brier_score,
        calibration_bias,
        calibration_error,
        calibration_slope,
        log_loss,
        smooth_calibration_error,
    )
    from alertmill.evaluation.reports import Comparison, Evaluation, MetricValue, PairedDifference
    from alertmill.evaluation.segments import with_volume_band
    from alertmill.evaluation.selective_labels import label_selection, selection_table
    from alertmill.evaluation.summaries import (
        checks_sentence,
        headline_sentence,
        metrics_by_population,
        model_facts,
        population_table,
        repeats_table,
        segment_table,
        side_by_side,
        tracked_models_table,
    )
    from alertmill.evaluation.thresholds import choose_threshold
    from alertmill.evaluation.tracked import tracked_metrics
    from alertmill.evaluation.typologies import recall_by_typology, typology_table
    from alertmill.evaluation.verdicts import CheckReport, CheckState

__all__ = [
    "CheckReport",
    "CheckState",
    "Comparison",
    "Evaluation",
    "Interval",
    "MarginTest",
    "Metric",
    "MetricValue",
    "PairedDifference",
    "address_interval",
    "average_precision",
    "brier_score",
    "budget_table",
    "calibration_bias",
    "calibration_error",
    "calibration_slope",
    "calibration_table",
    "candidate_table",
    "checks_sentence",
    "choose_threshold",
    "classification_report",
    "compare",
    "confusion_at_thresholds",
    "confusion_table",
    "corrected_t_test",
    "daily_performance",
    "decided_alerts",
    "difference_interval",
    "difference_table",
    "drift_sentence",
    "ensemble_table",
    "f1_score",
    "feature_drift",
    "fold_differences",
    "fold_scores",
    "gains_table",
    "headline_sentence",
    "holm",
    "label_selection",
    "lift_at_top",
    "lift_by_tenth",
    "lift_table",
    "log_loss",
    "margin_test",
    "metrics_by_population",
    "mistake_sentence",
    "mistakes_by_feature",
    "model_facts",
    "ndcg_at_budget",
    "outcome_contrasts",
    "outcome_features",
    "population_table",
    "precision",
    "precision_at_budget",
    "precision_recall_table",
    "rates_by_column",
    "recall",
    "recall_at_budget",
    "recall_by_typology",
    "repeats_table",
    "rivals_table",
    "roc_auc",
    "roc_table",
    "saved_at_recall",
    "score_histogram",
    "segment_table",
    "selection_table",
    "side_by_side",
    "smooth_calibration_error",
    "stacking_sentence",
    "swap_test",
    "telling_alerts",
    "threshold_table",
    "tracked_metrics",
    "tracked_models_table",
    "typology_table",
    "with_volume_band",
    "worst_mistakes",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
