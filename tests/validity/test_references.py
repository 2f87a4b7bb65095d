"""What a reference implementation defines as well is equal to it, to nine places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sklearn_metrics
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from statsmodels.api import GLM, add_constant, families
from statsmodels.stats.multitest import multipletests

from alertmill.evaluation.drift import feature_drift, stability_index
from alertmill.evaluation.folds import corrected_t_test
from alertmill.evaluation.lifts import lift_by_tenth
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.permutation import holm
from alertmill.evaluation.samples import Sample, Weights, equal_weights
from alertmill.tables.score_distributions import calibration_table
from alertmill.training.models.calibration import (
    IsotonicCalibrator,
    SigmoidCalibrator,
    fit_calibrator,
)
from tests.evaluation.factories import make_predictions, sample_of
from tests.evaluation.test_drift import NAMES, catalogue_of, draw
from tests.training.models.test_calibration import distorted

NINE_PLACES = {"rel": 1e-9, "abs": 1e-9}
THRESHOLD = 0.5
SCORES = st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, 1.0]), st.floats(0, 1))
ALERTS = st.lists(st.tuples(st.integers(0, 1), SCORES, st.integers(0, 3)), min_size=2, max_size=40)
REFERENCES = {
    "roc_auc": sklearn_metrics.roc_auc_score,
    "average_precision": sklearn_metrics.average_precision_score,
    "brier_score": sklearn_metrics.brier_score_loss,
    "log_loss": sklearn_metrics.log_loss,
    "precision": lambda y, s, **w: sklearn_metrics.precision_score(y, s >= THRESHOLD, **w),
    "recall": lambda y, s, **w: sklearn_metrics.recall_score(y, s >= THRESHOLD, **w),
    "f1_score": lambda y, s, **w: sklearn_metrics.f1_score(y, s >= THRESHOLD, **w),
}


@pytest.mark.parametrize("name", REFERENCES)
@given(alerts=ALERTS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_metric_equals_scikit_learn_with_ties_and_weights(
    name: str, alerts: list[tuple[int, float, int]]
) -> None:
    y, score, weight = (np.array(column) for column in zip(*alerts, strict=True))
    assume({0, 1} == set(y[weight > 0]))
    assume(name != "precision" or (weight * (score >= THRESHOLD)).sum() > 0)
    sample = sample_of(y, score)

    found = METRIC_BY_NAME[name].compute(sample, Weights(weight[None, :].astype(float)))[0]

    expected = REFERENCES[name](y, score, sample_weight=weight)
    assert found == pytest.approx(expected, **NINE_PLACES)


@given(alerts=ALERTS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_brier_and_log_loss_of_one_class_equal_scikit_learn(
    alerts: list[tuple[int, float, int]],
) -> None:
    score = np.array([alert[1] for alert in alerts])
    y = np.zeros(len(score), dtype=int)
    sample = sample_of(y, score)

    found = [
        METRIC_BY_NAME[n].compute(sample, equal_weights(sample))[0]
        for n in ("brier_score", "log_loss")
    ]

    expected = [
        sklearn_metrics.brier_score_loss(y, score, labels=[0, 1]),
        sklearn_metrics.log_loss(y, score, labels=[0, 1]),
    ]
    assert found == pytest.approx(expected, **NINE_PLACES)


@pytest.mark.parametrize("budget", [1, 7, 1_000])
def test_the_daily_ndcg_equals_scikit_learn(budget: int) -> None:
    frame = make_predictions(labelled_share=1.0)
    sample = Sample.of(frame, "score", budget=budget, threshold=0.5)
    metric = METRIC_BY_NAME["ndcg_at_budget"]
    days = [sample.day == day for day in range(sample.n_days)]

    found = metric.compute(sample, equal_weights(sample))[0]

    expected = [
        sklearn_metrics.ndcg_score([sample.y[of]], [sample.score[of]], k=budget, ignore_ties=True)
        for of in days
        if sample.y[of].any()
    ]
    assert found == pytest.approx(np.mean(expected), **NINE_PLACES)


def test_the_queue_equals_precision_and_recall_of_those_who_lead_each_day() -> None:
    frame = make_predictions(labelled_share=1.0).filter(pl.col("split") == "test")
    sample = Sample.of(frame, "score", budget=5, threshold=0.5)
    place = frame.select(pl.col("score").rank("ordinal", descending=True).over("processing_date"))
    is_reviewed = place.to_series().to_numpy() <= 5

    found = [
        METRIC_BY_NAME[f"{name}_at_budget"].compute(sample, equal_weights(sample))[0]
        for name in ("precision", "recall")
    ]

    expected = [
        sklearn_metrics.precision_score(frame["y"], is_reviewed),
        sklearn_metrics.recall_score(frame["y"], is_reviewed),
    ]
    assert found == pytest.approx(expected, **NINE_PLACES)


def test_the_lift_of_each_tenth_equals_precision_over_the_base_rate() -> None:
    complete = make_predictions(labelled_share=1.0).filter(pl.col("split") == "test")
    frame = complete.head(complete.height // 10 * 10)
    y = frame.sort("score", descending=True)["y"].to_numpy()

    found = lift_by_tenth(frame, n_bootstrap=50, seed=1).filter(split="test_all", segment="all")

    expected = [
        sklearn_metrics.precision_score(part, np.ones_like(part)) / y.mean()
        for part in np.split(y, 10)
    ]
    assert found["lift"].to_list() == pytest.approx(expected, **NINE_PLACES)


def test_the_points_of_the_calibration_curve_equal_scikit_learn() -> None:
    complete = make_predictions(labelled_share=1.0).filter(pl.col("split") == "test")
    frame = complete.head(complete.height // 10 * 10)

    found = calibration_table(frame).filter(stage="calibrated")

    share, mean_score = calibration_curve(
        frame["y"], frame["score"], n_bins=10, strategy="quantile"
    )
    assert found["share"].to_list() == pytest.approx(share, **NINE_PLACES)
    assert found["mean_score"].to_list() == pytest.approx(mean_score, **NINE_PLACES)


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=8, deadline=None, derandomize=True)  # statsmodels takes a fifth of a second
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="holm")[1]

    assert holm(p_values) == pytest.approx(expected, **NINE_PLACES)


def test_the_corrected_t_test_equals_the_formula_that_scikit_learn_documents() -> None:
    differences = np.random.default_rng(1).normal(0.02, 0.05, 10)
    n, n_train, n_test = 10, 900, 100

    found = corrected_t_test(differences, test_share=n_test / n_train)

    corrected_std = np.sqrt(np.var(differences, ddof=1) * (1 / n + n_test / n_train))
    t = np.mean(differences) / corrected_std
    assert found == pytest.approx(2 * stats.t.sf(np.abs(t), n - 1), **NINE_PLACES)


def test_the_drift_of_one_alert_an_address_equals_scipy_and_statsmodels() -> None:
    features, split = draw(np.random.default_rng(2), shift=0.3, n_addresses=80)
    single = features.with_columns(split=split).unique("address", keep="first", maintain_order=True)
    earlier, later = (single.filter(split=name) for name in ("train", "test"))

    found = feature_drift(
        single.drop("split"),
        single["split"],
        catalogue_of(*NAMES),
        earlier="train",
        later="test",
        seed=1,
    )

    raw = [stats.ks_2samp(earlier[n], later[n], method="asymp").pvalue for n in NAMES]
    expected = dict(zip(NAMES, multipletests(raw, method="holm")[1], strict=True))
    assert dict(found.select("feature", "p_adjusted").rows()) == pytest.approx(
        expected, **NINE_PLACES
    )


def test_the_stability_index_is_the_sum_of_both_relative_entropies() -> None:
    rng = np.random.default_rng(3)
    earlier, later = rng.normal(size=1_000), rng.normal(0.3, 1.2, 800)
    edges = np.r_[-np.inf, np.quantile(earlier, np.arange(0.1, 0.95, 0.1)), np.inf]
    p, q = (np.histogram(values, edges)[0] / len(values) for values in (earlier, later))

    found = stability_index(earlier, later, is_code=False)

    assert found == pytest.approx(stats.entropy(q, p) + stats.entropy(p, q), **NINE_PLACES)


def test_the_isotonic_calibrator_equals_scikit_learn() -> None:
    log_odds, y = distorted(12_000)
    margin = 1 / (len(y) + 2)

    calibrator = fit_calibrator(log_odds, y)

    theirs = IsotonicRegression(y_min=margin, y_max=1 - margin, out_of_bounds="clip").fit(
        log_odds, y
    )
    later, _ = distorted(500, seed=9)
    assert isinstance(calibrator, IsotonicCalibrator)
    assert calibrator.apply(later) == pytest.approx(theirs.predict(later), **NINE_PLACES)


def test_the_sigmoid_calibrator_equals_a_regression_of_statsmodels_on_platts_targets() -> None:
    log_odds, y = distorted(2_000)
    n_true, n_false = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (n_true + 1) / (n_true + 2), 1 / (n_false + 2))

    calibrator = fit_calibrator(log_odds, y)

    fitted = GLM(target, add_constant(log_odds), family=families.Binomial()).fit(tol=1e-15)
    assert isinstance(calibrator, SigmoidCalibrator)
    found = (calibrator.intercept, calibrator.slope)
    assert found == pytest.approx(tuple(fitted.params), **NINE_PLACES)


@given(alerts=ALERTS, power=st.sampled_from([0.5, 2.0, 3.0]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_rising_change_of_the_scores_changes_no_ranking_metric(
    alerts: list[tuple[int, float, int]], power: float
) -> None:
    y, score, _ = (np.array(column) for column in zip(*alerts, strict=True))
    score = score.round(3)
    sample = sample_of(y, score)
    names = ("roc_auc", "average_precision", "lift_at_top_10_percent", "precision_at_budget")

    found, changed = (
        [METRIC_BY_NAME[name].compute(s, equal_weights(s))[0] for name in names]
        for s in (sample, replace(sample, score=score**power))
    )

    assert found == pytest.approx(changed, nan_ok=True, **NINE_PLACES)
