"""Metrics with intervals by address, and paired comparisons."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.evaluation.burdens import Burden, burden_by_group
    from alertmill.evaluation.check_results import CheckReport, CheckState
    from alertmill.evaluation.comparison import compare
    from alertmill.evaluation.curves import (
        budget_table,
        gains_table,
        precision_recall_table,
        roc_table,
    )
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
    from alertmill.evaluation.registry_metrics import registered_metrics
    from alertmill.evaluation.reports import Comparison, Evaluation, MetricValue, PairedDifference
    from alertmill.evaluation.segments import with_volume_band
    from alertmill.evaluation.selective_labels import label_selection, selection_table
    from alertmill.evaluation.summaries import (
        checks_sentence,
        headline_sentence,
        metrics_by_population,
        model_facts,
        population_table,
        registered_models_table,
        repeats_table,
        segment_table,
        side_by_side,
    )
    from alertmill.evaluation.thresholds import choose_threshold
    from alertmill.evaluation.typologies import recall_by_typology, typology_table

__all__ = [
    "Burden",
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
    "burden_by_group",
    "calibration_bias",
    "calibration_error",
    "calibration_slope",
    "checks_sentence",
    "choose_threshold",
    "compare",
    "corrected_t_test",
    "difference_interval",
    "drift_sentence",
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
    "model_facts",
    "ndcg_at_budget",
    "population_table",
    "precision",
    "precision_at_budget",
    "precision_recall_table",
    "recall",
    "recall_at_budget",
    "recall_by_typology",
    "registered_metrics",
    "registered_models_table",
    "repeats_table",
    "roc_auc",
    "roc_table",
    "saved_at_recall",
    "segment_table",
    "selection_table",
    "side_by_side",
    "smooth_calibration_error",
    "swap_test",
    "typology_table",
    "with_volume_band",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
