"""The rivals that need no boosting, and the variants of the boosted model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.models.baselines import LogisticBaseline, score_baselines, score_rule
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.models.variants import train_variants
from tests.training.labelled_rows import make_rows, rows_between


def make_alerts(rows: LabelledRows) -> pl.DataFrame:
    return rows.keys.with_columns(severity=pl.lit("high"), volume_usd=pl.int_range(pl.len()) * 1.0)


# --- the rule ----------------------------------------------------------------------------------


def test_the_rule_ranks_by_severity_and_then_by_volume() -> None:
    alerts = pl.DataFrame(
        {
            "severity": ["low", "low", "medium", "high", "critical", "critical"],
            "volume_usd": [None, 1e12, 0.0, 5.0, 0.0, 1.0],
        }
    )

    scores = score_rule(alerts)

    assert (np.diff(scores) > 0).all()
    assert 0 <= scores[0] < scores[-1] < 1


def test_the_rule_knows_no_other_alert() -> None:
    alerts = make_alerts(make_rows(n_addresses=30))

    assert score_rule(alerts)[:5].tolist() == score_rule(alerts[:5]).tolist()


# --- logistic regression -----------------------------------------------------------------------


def test_the_regression_finds_a_linear_signal_through_missing_values() -> None:
    rows = make_rows(n_addresses=500)
    later = rows_between(rows, 20, 29)

    scores = LogisticBaseline.fit(rows_between(rows, 0, 12)).predict(later.X)

    assert roc_auc_score(later.y, scores) > 0.8
    assert pytest.approx(later.y.mean(), abs=0.06) == scores.mean()


def test_a_column_that_is_always_missing_does_no_harm() -> None:
    rows = make_rows(n_addresses=60)
    hollow = replace(rows, X=rows.X.with_columns(empty=pl.lit(None, dtype=pl.Float64)))

    assert np.isfinite(LogisticBaseline.fit(hollow).predict(hollow.X)).all()


def test_an_unseen_or_missing_code_is_no_category() -> None:
    rows = make_rows(n_addresses=100)
    coded = replace(rows, X=rows.X.with_columns(code=pl.Series(rows.y * 2.0)))

    fitted = LogisticBaseline.fit(coded, categorical=["code"])
    first = coded.X.head(1)
    scores = [
        fitted.predict(first.with_columns(code=pl.lit(code, dtype=pl.Float64)))[0]
        for code in (0.0, 9.0, 2.0)
    ]

    assert scores[0] < scores[1] < scores[2]
    assert np.isfinite(
        fitted.predict(first.with_columns(code=pl.lit(None, dtype=pl.Float64)))
    ).all()


def test_no_rows_give_no_scores() -> None:
    rows = make_rows(n_addresses=60)

    assert (0,) == LogisticBaseline.fit(rows).predict(rows.X.clear()).shape


def test_baseline_scores_keep_the_order_of_the_features() -> None:
    rows = make_rows(n_addresses=100)
    features = pl.concat([rows.keys, rows.X], how="horizontal")

    scores = score_baselines(rows, features, make_alerts(rows).reverse())

    assert [*KEYS, "score_rule", "score_logistic"] == scores.columns
    assert scores.select(KEYS).equals(rows.keys)
    assert scores["score_rule"].is_sorted()
    assert 0 == scores["score_rule"].null_count()


# --- variants ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def variants() -> pl.DataFrame:
    rows = make_rows(n_addresses=400)
    trainer = ModelTrainer(hyperparameters=Hyperparameters(n_estimators=40))
    return train_variants(
        rows_between(rows, 0, 15),
        rows_between(rows, 20, 29),
        make_alerts(rows),
        trainer=trainer,
        searched=trainer.hyperparameters.model_copy(update={"num_leaves": 5}),
    )


def test_variants_differ_in_parameters_dates_and_kind(variants: pl.DataFrame) -> None:
    assert {"boosted", "logistic", "rule"} == set(variants["model"])
    assert variants["name"].is_unique().all()
    assert {"this model", "default parameters", "best trial of the search"} < set(variants["name"])
    assert 2 < variants.select("train_start", "train_end").n_unique() < variants.height


def test_the_halves_of_the_dates_meet_without_overlap(variants: pl.DataFrame) -> None:
    earlier, later = (
        variants.filter(pl.col("name").str.starts_with(half)).row(0, named=True)
        for half in ("earlier", "later")
    )

    assert earlier["train_end"] < later["train_start"]
    assert variants["n_train"][0] == earlier["n_train"] + later["n_train"]


def test_a_telling_feature_beats_the_rule(variants: pl.DataFrame) -> None:
    measured = dict(variants.select("name", "roc_auc").rows())

    assert measured["this model"] > 0.7 > measured["severity and volume"]
    assert variants.filter(model="boosted")["best_iteration"].is_not_null().all()


def test_a_half_with_one_class_is_said_and_not_measured() -> None:
    rows = make_rows(n_addresses=100)
    train = rows_between(rows, 0, 15)
    in_first_half = train.keys["processing_date"] < train.keys["processing_date"].median()
    train = train.take(np.flatnonzero(~(in_first_half.to_numpy() & (train.y == 1))))

    variants = train_variants(
        train,
        rows_between(rows, 20, 29),
        make_alerts(rows),
        trainer=ModelTrainer(),
        searched=Hyperparameters(),
    )

    earlier = variants.filter(name="earlier half of the dates").row(0, named=True)
    assert earlier["average_precision"] is None
    assert "its training rows hold one class only" == earlier["note"]
    # Nothing is trained twice where the model, the defaults and the best trial are the same.
    assert not {"default parameters", "best trial of the search"} & set(variants["name"])
