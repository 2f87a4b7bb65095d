"""One function a figure: takes a table, returns a matplotlib Figure, computes nothing."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.plotting.activity import plot_activity, plot_network_activity
    from alertmill.plotting.alerts import (
        plot_address_types,
        plot_alerts_per_day,
        plot_outcomes_by,
        plot_volume,
    )
    from alertmill.plotting.boxes import plot_boxes
    from alertmill.plotting.comparison import (
        plot_differences,
        plot_metric_bars,
        plot_radar,
        plot_selection,
    )
    from alertmill.plotting.contributions import plot_contributions, plot_forces, plot_summary
    from alertmill.plotting.correlation import plot_correlation
    from alertmill.plotting.curves import plot_budget, plot_lift, plot_precision_recall, plot_roc
    from alertmill.plotting.dependence import plot_dependence, plot_interactions
    from alertmill.plotting.display import register_figures, render_png
    from alertmill.plotting.distributions import plot_distributions
    from alertmill.plotting.errors import (
        plot_error_distribution,
        plot_mistake_rates,
        plot_mistakes_by_feature,
        plot_outcome_features,
    )
    from alertmill.plotting.evaluation import plot_confusion, plot_headline
    from alertmill.plotting.features import plot_outliers, plot_pairs, plot_projection, plot_scaling
    from alertmill.plotting.importance import plot_permutation, plot_tree_importance
    from alertmill.plotting.labels import plot_class_balance, plot_label_arrival
    from alertmill.plotting.landscape import plot_parallel, plot_slices, plot_surface
    from alertmill.plotting.missing import plot_missing
    from alertmill.plotting.scores import plot_calibration, plot_scores
    from alertmill.plotting.segments import plot_segments
    from alertmill.plotting.steadiness import plot_fold_scores, plot_timeline
    from alertmill.plotting.story import plot_against_rivals, plot_precision_by_budget
    from alertmill.plotting.style import new_figure
    from alertmill.plotting.tables import Table, Text, show_table, show_text
    from alertmill.plotting.thresholds import plot_thresholds
    from alertmill.plotting.training import plot_runs, plot_training_curve, plot_variants
    from alertmill.plotting.tuning import (
        plot_choice,
        plot_folds,
        plot_grid,
        plot_history,
        plot_importances,
        plot_noise,
    )

__all__ = [
    "Table",
    "Text",
    "new_figure",
    "plot_activity",
    "plot_address_types",
    "plot_against_rivals",
    "plot_alerts_per_day",
    "plot_boxes",
    "plot_budget",
    "plot_calibration",
    "plot_choice",
    "plot_class_balance",
    "plot_confusion",
    "plot_contributions",
    "plot_correlation",
    "plot_dependence",
    "plot_differences",
    "plot_distributions",
    "plot_error_distribution",
    "plot_fold_scores",
    "plot_folds",
    "plot_forces",
    "plot_grid",
    "plot_headline",
    "plot_history",
    "plot_importances",
    "plot_interactions",
    "plot_label_arrival",
    "plot_lift",
    "plot_metric_bars",
    "plot_missing",
    "plot_mistake_rates",
    "plot_mistakes_by_feature",
    "plot_network_activity",
    "plot_noise",
    "plot_outcome_features",
    "plot_outcomes_by",
    "plot_outliers",
    "plot_pairs",
    "plot_parallel",
    "plot_permutation",
    "plot_precision_by_budget",
    "plot_precision_recall",
    "plot_projection",
    "plot_radar",
    "plot_roc",
    "plot_runs",
    "plot_scaling",
    "plot_scores",
    "plot_segments",
    "plot_selection",
    "plot_slices",
    "plot_summary",
    "plot_surface",
    "plot_thresholds",
    "plot_timeline",
    "plot_training_curve",
    "plot_tree_importance",
    "plot_variants",
    "plot_volume",
    "register_figures",
    "render_png",
    "show_table",
    "show_text",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
