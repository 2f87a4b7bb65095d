"""Every figure of reports 01 to 04 claims something, names its axes, and copes with nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from matplotlib.figure import Figure

from alertmill.evaluation.folds import fold_scores
from alertmill.plotting.activity import plot_activity, plot_network_activity
from alertmill.plotting.alerts import (
    plot_address_types,
    plot_alerts_per_day,
    plot_outcomes_by,
    plot_volume,
)
from alertmill.plotting.boxes import plot_boxes
from alertmill.plotting.correlation import plot_correlation
from alertmill.plotting.display import render_png
from alertmill.plotting.distributions import plot_distributions
from alertmill.plotting.features import plot_outliers, plot_pairs, plot_projection, plot_scaling
from alertmill.plotting.labels import plot_class_balance, plot_label_arrival
from alertmill.plotting.landscape import plot_parallel, plot_slices, plot_surface
from alertmill.plotting.missing import plot_missing
from alertmill.plotting.spread import plot_spread
from alertmill.plotting.training import plot_runs, plot_training_curve, plot_variants
from alertmill.plotting.tuning import (
    plot_choice,
    plot_folds,
    plot_grid,
    plot_history,
    plot_importances,
    plot_noise,
)
from alertmill.tables import (
    activity,
    alerts,
    correlation,
    distributions,
    features,
    labels,
    outliers,
    scaling,
    searches,
    separation,
    sources,
)
from alertmill.tables.projection import project
from alertmill.tables.search_noise import search_noise
from tests.tables.factories import (
    make_alerts,
    make_curve,
    make_features,
    make_snapshots,
    make_targets,
    make_tuning,
    make_variants,
)

ALERTS = make_alerts()
TARGETS = make_targets(ALERTS)
SNAPSHOTS = make_snapshots()
FEATURES, _DECLARED = make_features(TARGETS)
CATALOGUE: Any = _DECLARED  # has what is read of a catalogue
ROWS = features.training_rows(FEATURES, TARGETS)
NUMBERS = features.numeric_only(ROWS, CATALOGUE)
MATRIX = correlation.rank_correlation(NUMBERS.drop("outcome"))
TUNING = make_tuning()
RUNS = pl.DataFrame(
    {
        "version": ["1.1.0", "1.0.0"],
        "status": ["this run", "archived"],
        "test_auc": [0.8, 0.7],
        "test_average_precision": [0.4, None],
    }
)
LABELS = pl.DataFrame({"address": ["0x0001", "0x0002"], "address_type": ["scam", "exchange"]})
DATED = pl.DataFrame(
    {"address": ["0x0001"], "known_at": [1_704_500_000_000], "known_at_source": ["upstream"]}
)


def _separations(rows: pl.DataFrame) -> pl.DataFrame:
    return separation.separation(rows)


def _missing(frame: pl.DataFrame) -> Figure:
    missing = sources.missing_values(features=frame)
    return plot_missing(missing, sources.missing_sentence(missing, features=frame))


def _activity() -> Figure:
    by_day = activity.activity_by_day(SNAPSHOTS)
    return plot_activity(by_day, activity.activity_changes(by_day))


def _hours() -> Figure:
    by_hour = activity.activity_by_hour(SNAPSHOTS)
    weekdays = activity.activity_by_weekday(SNAPSHOTS)
    return plot_network_activity(
        by_hour, activity.mean_shares(by_hour), activity.mean_shares(weekdays)
    )


def _projection() -> Figure:
    found = project(NUMBERS)
    return plot_projection(found.points, found.variance, found.loadings)


def _outcomes(column: str, by: str) -> Figure:
    return plot_outcomes_by(alerts.outcomes_by(ALERTS, TARGETS, column=column), by=by)


FIGURES: dict[str, Callable[[], Figure]] = {
    "missing": lambda: _missing(FEATURES),
    "activity": _activity,
    "network activity": _hours,
    "alerts per day": lambda: plot_alerts_per_day(
        alerts.alerts_per_day(ALERTS, by="severity"), by="severity"
    ),
    "severity": lambda: _outcomes("severity", "severity"),
    "typology": lambda: _outcomes("typology_type", "typology"),
    "class balance": lambda: plot_class_balance(
        labels.class_balance(TARGETS), labels.class_balance_by_day(TARGETS)
    ),
    "label arrival": lambda: plot_label_arrival(
        labels.label_arrival(TARGETS, DATED), maturity_days=3
    ),
    "address types": lambda: plot_address_types(
        alerts.outcomes_by(ALERTS, TARGETS, column="suspected_address_type"),
        alerts.label_types(LABELS, ALERTS),
    ),
    "volume": lambda: plot_volume(
        alerts.volume_histogram(ALERTS), alerts.volume_quantiles(ALERTS), by="severity"
    ),
    "correlation": lambda: plot_correlation(MATRIX, correlation.strongest_pairs(MATRIX)),
    "distributions": lambda: plot_distributions(
        distributions.feature_histograms(ROWS, CATALOGUE), _separations(ROWS)
    )[0],
    "codes": lambda: plot_distributions(
        distributions.feature_histograms(ROWS, CATALOGUE), _separations(ROWS)
    )[-1],
    "boxes": lambda: plot_boxes(distributions.box_statistics(ROWS, CATALOGUE), _separations(ROWS))[
        0
    ],
    "scaling": lambda: plot_scaling(scaling.scaling_table(NUMBERS)),
    "outliers": lambda: plot_outliers(outliers.outlier_table(NUMBERS)),
    "pairs": lambda: plot_pairs(ROWS, ["volume_usd", "night_share", "n_senders"]),
    "projection": _projection,
    "training curve": lambda: plot_training_curve(make_curve(), best_iteration=25),
    "spread": lambda: plot_spread(sources.describe_columns(NUMBERS)),
    "blocks": lambda: plot_correlation(
        MATRIX,
        correlation.strongest_pairs(MATRIX),
        groups=correlation.blocks_of_alike(correlation.order_by_likeness(MATRIX)),
    ),
    "variants": lambda: plot_variants(make_variants()),
    "runs": lambda: plot_runs(RUNS),
    "history": lambda: plot_history(searches.search_history(TUNING.trials)),
    "grid": lambda: plot_grid(
        searches.grid_values(TUNING.trials, *TUNING.space.grid_axes),
        horizontal=TUNING.space.grid_axes[0],
        vertical=TUNING.space.grid_axes[1],
    ),
    "folds": lambda: plot_folds(fold_scores(TUNING.trials), TUNING.folds),
    "importances": lambda: plot_importances(TUNING.importances, n_trials=16),
    "noise": lambda: plot_noise(TUNING.seeds, search_noise(TUNING)),
    "choice": lambda: plot_choice(searches.best_choice(TUNING)),
    "slices": lambda: plot_slices(searches.slices(TUNING.trials, TUNING.space)),
    "parallel": lambda: plot_parallel(searches.slices(TUNING.trials, TUNING.space)),
    "surface": lambda: plot_surface(
        searches.surface(TUNING.trials, *TUNING.space.dimensions[:2]),
        TUNING.trials,
        TUNING.space.dimensions[:2],
    ),
}

NO_ALERTS = ALERTS.clear()
NO_TARGETS = TARGETS.clear()
NOTHING: dict[str, Callable[[], Figure]] = {
    "missing": lambda: _missing(pl.DataFrame({"x": [1]})),
    "alerts per day": lambda: plot_alerts_per_day(
        alerts.alerts_per_day(NO_ALERTS, by="severity"), by="severity"
    ),
    "outcomes": lambda: plot_outcomes_by(
        alerts.outcomes_by(NO_ALERTS, NO_TARGETS, column="severity"), by="severity"
    ),
    "address types": lambda: plot_address_types(
        alerts.outcomes_by(NO_ALERTS, NO_TARGETS, column="suspected_address_type"),
        alerts.label_types(LABELS, NO_ALERTS),
    ),
    "label arrival": lambda: plot_label_arrival(
        labels.label_arrival(NO_TARGETS, DATED.clear()), maturity_days=0
    ),
    "volume": lambda: plot_volume(
        alerts.volume_histogram(NO_ALERTS), alerts.volume_quantiles(NO_ALERTS), by="severity"
    ),
    "correlation": lambda: plot_correlation(
        MATRIX.head(0).select("feature"),
        correlation.strongest_pairs(MATRIX.head(0).select("feature")),
    ),
    "distributions": lambda: plot_distributions(
        distributions.feature_histograms(ROWS.clear(), CATALOGUE), _separations(ROWS.clear())
    )[0],
    "boxes": lambda: plot_boxes(
        distributions.box_statistics(ROWS.clear(), CATALOGUE), _separations(ROWS.clear())
    )[0],
    "outliers": lambda: plot_outliers(outliers.outlier_table(NUMBERS.clear())),
    "pairs": lambda: plot_pairs(ROWS, ["volume_usd"]),
    "variants": lambda: plot_variants(
        make_variants().with_columns(
            pl.lit(None, pl.Float64).alias("average_precision"),
            pl.lit(None, pl.Float64).alias("roc_auc"),
        )
    ),
    "runs": lambda: plot_runs(RUNS.clear()),
    "one run": lambda: plot_runs(RUNS.head(1)),
    "spread": lambda: plot_spread(sources.describe_columns(pl.DataFrame({"x": [1, 1]}))),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_claims_something_and_names_its_axes(name: str) -> None:
    figure = FIGURES[name]()

    figure.savefig(BytesIO(), dpi=40)
    assert len(figure.get_suptitle()) > 15
    assert "nan" not in figure.get_suptitle().split()
    drawn = [ax for ax in figure.axes if ax.axison and ax.get_label() != "<colorbar>"]
    assert all(
        ax.get_xlabel() or ax.get_ylabel() or ax.get_title("left") or ax.get_xticklabels()
        for ax in drawn
    )


@pytest.mark.parametrize("name", NOTHING)
def test_a_figure_without_anything_to_show_says_so(name: str) -> None:
    figure = NOTHING[name]()

    figure.savefig(BytesIO(), dpi=40)
    assert figure.get_suptitle()
    assert any(text.get_text() for ax in figure.axes for text in ax.texts)


def test_every_feature_has_a_panel_or_a_strip_with_its_name() -> None:
    histograms = distributions.feature_histograms(ROWS, CATALOGUE)

    figures = plot_distributions(histograms, _separations(ROWS))

    words = " ".join(text.get_text() for f in figures for text in f.axes[0].texts)
    assert all(feature.name in words for feature in CATALOGUE.features)


def test_one_class_alone_is_drawn() -> None:
    rows = ROWS.filter(pl.col("outcome") == "cleared")

    figures = [
        *plot_distributions(distributions.feature_histograms(rows, CATALOGUE), _separations(rows)),
        *plot_boxes(distributions.box_statistics(rows, CATALOGUE), _separations(rows)),
    ]

    assert all(figure.get_suptitle() for figure in figures)


def test_a_picture_is_small_on_white_and_always_the_same() -> None:
    first = render_png(plot_variants(make_variants()))

    assert first == render_png(plot_variants(make_variants()))
    assert len(first) < 60_000
