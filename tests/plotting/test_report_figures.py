"""Every figure of reports 05 to 08 claims something, names its axes, and copes with nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from alertmill.evaluation.burdens import burden_by_group
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.curves import (
    budget_table,
    gains_table,
    precision_recall_table,
    roc_table,
)
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.folds import fold_scores
from alertmill.evaluation.reports import Comparison, Evaluation, MetricValue
from alertmill.evaluation.scores import title_of
from alertmill.explanation.contributions import (
    Contributions,
    contribution_table,
    sample_alerts,
)
from alertmill.explanation.dependence import partial_dependence
from alertmill.explanation.importance import (
    permutation_importance,
    single_parts,
    tree_importance,
)
from alertmill.plotting.burdens import plot_burdens
from alertmill.plotting.comparison import (
    plot_differences,
    plot_metric_bars,
    plot_radar,
    plot_selection,
)
from alertmill.plotting.contributions import plot_contributions, plot_forces, plot_summary
from alertmill.plotting.curves import plot_budget, plot_lift, plot_precision_recall, plot_roc
from alertmill.plotting.dependence import plot_dependence, plot_interactions
from alertmill.plotting.errors import (
    plot_error_distribution,
    plot_mistake_rates,
    plot_mistakes_by_feature,
    plot_outcome_features,
)
from alertmill.plotting.evaluation import plot_confusion, plot_headline
from alertmill.plotting.importance import plot_permutation, plot_tree_importance
from alertmill.plotting.scores import plot_calibration, plot_scores
from alertmill.plotting.segments import plot_segments
from alertmill.plotting.steadiness import plot_fold_scores, plot_timeline
from alertmill.plotting.style import model_colors
from alertmill.plotting.thresholds import plot_thresholds
from alertmill.tables.daily import daily_performance
from alertmill.tables.decisions import confusion_table, threshold_table
from alertmill.tables.mistakes import (
    decided_alerts,
    mistake_rates,
    mistakes_by_feature,
    outcome_features,
)
from alertmill.tables.score_distributions import calibration_table, score_histogram
from tests.explanation.factories import WORDS, Example, make_example

NAMES = ("volume_usd", "age_days", "suspected_address_type")
TRIALS = pl.DataFrame(
    {
        "method": ["grid", "grid", "random"],
        "number": [0, 1, 0],
        "value": [0.2, 0.4, 0.3],
        "fold_average_precision": [[0.1, 0.3], [0.35, 0.45], [0.3, 0.3]],
        "fold_roc_auc": [[0.6, 0.7], [0.7, 0.75], [0.7, 0.7]],
    }
)


class World:
    """One model with its alerts, evaluation and comparison."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.predictions = example.predictions
        self.evaluation: Evaluation = evaluate(
            self.predictions, review_budget=5, n_bootstrap=50, seed=1
        )
        self.comparison: Comparison = compare(
            self.predictions, review_budget=5, n_bootstrap=50, seed=1
        )
        self.decided = decided_alerts(self.predictions, threshold=self.evaluation.threshold)

    @property
    def contributions(self) -> Contributions:
        """Explain some test alerts."""
        rows = sample_alerts(self.example.features, self.predictions, n=200)
        return Contributions.of(self.example.model, rows)


@pytest.fixture(scope="module")
def world() -> World:
    return World(make_example())


@pytest.fixture(scope="module")
def blank(world: World) -> World:
    """Build the same world without any label."""
    example = world.example
    unlabelled = example.predictions.with_columns(y=pl.lit(None, pl.Int8))
    return World(Example(example.model, example.features, unlabelled))


def _permutation(world: World) -> Figure:
    example = world.example
    table = permutation_importance(
        example.model, example.features, world.predictions, parts=single_parts(NAMES)
    )
    return plot_permutation(table, table)


FIGURES: dict[str, Callable[[World], Figure]] = {
    "headline": lambda w: plot_headline(w.evaluation),
    "roc": lambda w: plot_roc(roc_table(w.predictions), w.evaluation),
    "precision and recall": lambda w: plot_precision_recall(
        precision_recall_table(w.predictions), w.evaluation
    ),
    "confusion": lambda w: plot_confusion(
        confusion_table(w.predictions, threshold=0.5), w.evaluation
    ),
    "scores": lambda w: plot_scores(score_histogram(w.predictions), w.evaluation),
    "calibration": lambda w: plot_calibration(
        calibration_table(w.predictions, n_bootstrap=20), w.evaluation
    ),
    "lift": lambda w: plot_lift(gains_table(w.predictions), w.evaluation),
    "budget": lambda w: plot_budget(budget_table(w.predictions, review_budget=5), w.evaluation),
    "bars": lambda w: plot_metric_bars(w.evaluation),
    "radar": lambda w: plot_radar(w.evaluation),
    "differences": lambda w: plot_differences(w.comparison),
    "selection": lambda w: plot_selection(w.comparison),
    "timeline": lambda w: plot_timeline(
        daily_performance(w.predictions, review_budget=5), w.evaluation
    ),
    "error distribution": lambda w: plot_error_distribution(w.decided, threshold=0.5),
    "false alarms": lambda w: plot_mistake_rates(
        [("severity", mistake_rates(w.decided, "severity"))], outcome="false alarm"
    ),
    "missed": lambda w: plot_mistake_rates(
        [("severity", mistake_rates(w.decided, "severity"))], outcome="missed"
    ),
    "patterns": lambda w: plot_mistakes_by_feature(
        mistakes_by_feature(w.decided, w.example.features, names=NAMES)
    ),
    "outcome features": lambda w: plot_outcome_features(
        outcome_features(w.decided, w.example.features, names=NAMES), WORDS
    ),
    "thresholds": lambda w: plot_thresholds(
        threshold_table(w.predictions, in_use=w.evaluation.threshold), w.evaluation
    ),
    "segments": lambda w: plot_segments(w.evaluation),
    "burdens": lambda w: plot_burdens(
        burden_by_group(
            w.predictions,
            columns=["suspected_address_type", "severity"],
            review_budget=5,
            n_bootstrap=50,
            seed=1,
        )
    ),
    "contributions": lambda w: plot_contributions(contribution_table(w.contributions)),
    "summary": lambda w: plot_summary(w.contributions),
    "forces": lambda w: plot_forces(
        w.contributions,
        WORDS,
        titles=[(name, "an alert") for name in w.contributions.keys["alert_id"][:2]],
    ),
    "trees": lambda w: plot_tree_importance(tree_importance(w.example.model)),
    "permutation": _permutation,
    "dependence": lambda w: plot_dependence(
        partial_dependence(w.example.model, w.example.features.head(50), names=NAMES), WORDS
    ),
    "interactions": lambda _: plot_interactions(np.ones((2, 2)), ["a", "b"]),
    "folds": lambda _: plot_fold_scores(fold_scores(TRIALS)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_claims_something_and_names_its_axes(world: World, name: str) -> None:
    figure = FIGURES[name](world)

    figure.savefig(BytesIO(), dpi=40)
    assert len(figure.get_suptitle()) > 15
    drawn = [ax for ax in figure.axes if ax.axison and ax.get_label() != "<colorbar>"]
    assert all(
        ax.get_xlabel() or ax.get_ylabel() or ax.get_title("left") or _is_labelled(ax)
        for ax in drawn
    )


def _is_labelled(ax: object) -> bool:
    return bool(ax.get_xticklabels())  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_without_labels_to_show_says_so(blank: World, name: str) -> None:
    figure = FIGURES[name](blank)

    figure.savefig(BytesIO(), dpi=40)
    assert figure.get_suptitle()
    assert "nan" not in figure.get_suptitle().split()


RIVALS = tuple(f"alert_scorer-{number:012x}@1.{number}.0" for number in range(4))
COMPARING = ("headline", "roc", "precision and recall", "lift", "budget", "bars", "radar")


@pytest.fixture(scope="module")
def rich(world: World) -> World:
    """Build the same world with four registered models."""
    example = world.example
    rivals = {f"score_{name}": pl.col("score").pow(n + 2) for n, name in enumerate(RIVALS)}
    predictions = example.predictions.with_columns(**rivals)
    return World(Example(example.model, example.features, predictions))


@pytest.mark.parametrize("name", [*COMPARING, "differences", "timeline"])
def test_registered_models_are_named_by_version_and_id(rich: World, name: str) -> None:
    figure = FIGURES[name](rich)

    figure.savefig(BytesIO(), dpi=40)
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert all(title_of(rival) in words for rival in RIVALS)


def test_every_model_has_a_colour_of_its_own(rich: World) -> None:
    colors = model_colors(rich.evaluation.models)

    assert len(rich.evaluation.models) == len({colors[name] for name in rich.evaluation.models})


class OneMoreHeadline(Evaluation):
    """An evaluation with five headline metrics."""

    @property
    def headline(self) -> tuple[MetricValue, ...]:
        """The usual ones and a fifth."""
        return (*super().headline, self.get("model", "f1_score"))


def test_every_headline_metric_has_a_panel(world: World) -> None:
    figure = plot_headline(OneMoreHeadline.model_validate(world.evaluation.model_dump()))

    assert [ax.get_visible() for ax in figure.axes] == [True] * 5 + [False]
