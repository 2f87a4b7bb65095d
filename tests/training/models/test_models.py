"""A saved model gives the same scores, picks its columns by name, and refuses changed files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.errors import ArtifactChangedError, MissingColumnsError, WrongTypeError
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import as_pandas, make_rows, rows_between


@pytest.fixture(scope="module")
def rows() -> LabelledRows:
    return make_rows()


@pytest.fixture(scope="module")
def model(rows: LabelledRows) -> AlertModel:
    return (
        ModelTrainer(n_threads=1).fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29)).model
    )


def test_a_loaded_model_scores_to_the_last_bit(
    model: AlertModel, rows: LabelledRows, tmp_path: Path
) -> None:
    model.save(tmp_path)

    loaded = AlertModel.load(tmp_path)

    assert model == loaded
    assert np.array_equal(model.predict(rows.X), loaded.predict(rows.X))


def test_saving_writes_text_only_and_names_every_file(model: AlertModel, tmp_path: Path) -> None:
    paths = model.save(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert {p.name for p in paths} == {
        "model.txt",
        "calibrator.json",
        "canary.json",
        "metadata.json",
    }
    assert all(p.read_text() for p in paths)


@pytest.mark.parametrize("name", ["model.txt", "calibrator.json", "canary.json"])
def test_a_changed_file_is_refused(model: AlertModel, tmp_path: Path, name: str) -> None:
    model.save(tmp_path)
    file = tmp_path / name
    file.write_text(file.read_text().replace("0", "1", 1))

    with pytest.raises(ArtifactChangedError, match=name):
        AlertModel.load(tmp_path)


def test_columns_are_picked_by_name(model: AlertModel, rows: LabelledRows) -> None:
    shuffled = rows.X.select(reversed(rows.X.columns)).with_columns(more=pl.lit("text"))

    assert np.array_equal(model.predict(rows.X), model.predict(shuffled))


def test_pandas_and_polars_give_equal_scores(model: AlertModel, rows: LabelledRows) -> None:
    assert np.array_equal(model.predict(rows.X), model.predict(as_pandas(rows)[0]))


def test_a_missing_column_is_named(model: AlertModel, rows: LabelledRows) -> None:
    with pytest.raises(MissingColumnsError, match="feature_3"):
        model.predict(rows.X.drop("feature_3"))


@pytest.mark.parametrize("as_frame", [lambda X: X, lambda X: X.to_pandas()])
def test_a_column_of_text_is_refused_before_lightgbm_sees_it(
    model: AlertModel, rows: LabelledRows, as_frame: type
) -> None:
    with pytest.raises(WrongTypeError, match="feature_3"):
        model.predict(as_frame(rows.X.with_columns(feature_3=pl.lit("text"))))


def test_contributions_sum_to_the_log_odds(model: AlertModel, rows: LabelledRows) -> None:
    contributions = model.contributions(rows.X)
    raw = model.raw_score(rows.X)

    assert (rows.X.height, len(model.feature_names) + 1) == contributions.shape
    assert contributions.sum(axis=1) == pytest.approx(np.log(raw / (1 - raw)), abs=1e-9)


def test_calibration_keeps_the_order_of_the_raw_scores(
    model: AlertModel, rows: LabelledRows
) -> None:
    order = np.argsort(model.raw_score(rows.X), kind="stable")

    assert (np.diff(model.predict(rows.X)[order]) >= 0).all()


def test_scores_before_and_after_calibration_come_at_once(
    model: AlertModel, rows: LabelledRows
) -> None:
    scores = model.predict_both(rows.X)

    assert np.array_equal(model.predict(rows.X), scores.calibrated)
    assert np.array_equal(model.raw_score(rows.X), scores.raw)


def test_a_score_does_not_depend_on_the_other_rows(model: AlertModel, rows: LabelledRows) -> None:
    alone = np.concatenate(
        [model.predict(rows.X[position : position + 1]) for position in range(9)]
    )

    assert np.array_equal(model.predict(rows.X)[:9], alone)


def test_no_rows_give_no_scores(model: AlertModel, rows: LabelledRows) -> None:
    assert (0,) == model.predict(rows.X.clear()).shape
    assert (0, 7) == model.contributions(rows.X.clear()).shape


def test_importances_put_the_telling_features_first(model: AlertModel) -> None:
    assert {"feature_0", "feature_1"} == set(model.gain_importance()["feature"].head(2))
    assert model.split_importance()["importance"].is_sorted(descending=True)
