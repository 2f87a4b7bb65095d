"""What train, fit, predict and the folds are given is taken as it is meant, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from alertmill.errors import (
    AlertmillError,
    ConfigurationError,
    MissingColumnsError,
    NoClustersError,
    OneClassError,
    TooFewSnapshotsError,
    UnknownNameError,
    WrongTypeError,
)
from alertmill.training.data.inputs import read_labels, to_matrix
from alertmill.training.data.keys import read_keys
from alertmill.training.data.partition import rows_of
from alertmill.training.data.rows import LabelledRows
from alertmill.training.data.splits import TimeAddressFolds
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import FIRST_DATE, as_pandas, make_rows, rows_between

SMALL = {"n_estimators": 10, "num_leaves": 4}
ROWS = make_rows(n_addresses=300, n_days=60)
X, Y = as_pandas(ROWS)
CODED = X.assign(code=np.arange(len(X)) % 3)
NAMES = list(X.columns)


def trainer(**settings: object) -> ModelTrainer:
    return ModelTrainer(hyperparameters=SMALL, n_threads=1, **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model() -> AlertModel:
    return trainer().train(X, Y, cv_folds=2)[0]


# --- the split is asked for ---------------------------------------------------------------------

LOST: dict[str, Callable[[pd.DataFrame], Any]] = {
    "reset index": lambda X: X.reset_index(drop=True),
    "renamed index": lambda X: X.rename_axis(["day", "account", "id"]),
    "no address": lambda X: X.droplevel("address"),
    "polars": lambda _: ROWS.X,
    "numpy": lambda X: X.to_numpy(),
}


@pytest.mark.parametrize("how", LOST)
def test_rows_that_lost_their_keys_are_not_split_at_random(how: str) -> None:
    with pytest.raises(MissingColumnsError, match=r"X has no .*address.*split='random'"):
        trainer().train(LOST[how](X), Y.to_numpy())


def test_a_random_split_is_asked_for_and_named() -> None:
    _, metrics = trainer().train(X.to_numpy(), Y.to_numpy(), cv_folds=2, split="random")

    assert metrics["split"] == "random"


def test_an_unknown_split_lists_both() -> None:
    with pytest.raises(UnknownNameError, match="'stratified'; expected one of random, time"):
        trainer().train(X, Y, split="stratified")  # type: ignore[arg-type]  # the point of the test


def test_a_ranker_is_not_split_at_random() -> None:
    with pytest.raises(ConfigurationError, match="tears days apart"):
        trainer(model_type="alert_ranker").train(X, Y, split="random")


KEYED: dict[str, Callable[[], Any]] = {
    "pandas columns": X.reset_index,
    "pandas column and index": lambda: X.reset_index("address"),
    "polars columns": lambda: pl.concat([ROWS.keys, ROWS.X], how="horizontal"),
}


@pytest.mark.parametrize("kind", KEYED)
def test_keys_are_found_in_columns_too_and_are_no_features(kind: str, model: AlertModel) -> None:
    found, metrics = trainer().train(KEYED[kind](), Y.to_numpy(), cv_folds=2)

    assert found.metadata.model_id == model.metadata.model_id
    assert metrics["split"] == "time"
    assert np.array_equal(model.predict(X), found.predict(KEYED[kind]()))


HANDED_OVER: dict[str, tuple[Any, Any]] = {
    "pandas": (X, Y),
    "polars": (KEYED["polars columns"](), ROWS.y.tolist()),
    "pandas and a frame of labels": (X, Y.to_frame()),
}


@pytest.mark.parametrize("kind", HANDED_OVER)
def test_the_test_rows_are_kept_as_they_came_and_give_the_metrics(kind: str) -> None:
    rows, labels = HANDED_OVER[kind]
    given = trainer()

    model, metrics = given.train(rows, labels, cv_folds=2)

    assert type(given.X_test) is type(rows)
    truth = np.ravel(given.y_test)
    assert metrics["test_auc"] == roc_auc_score(truth, model.raw_score(given.X_test))


# --- January ------------------------------------------------------------------------------------


def test_january_trains_with_five_folds(caplog: pytest.LogCaptureFixture) -> None:
    january = as_pandas(make_rows(n_addresses=500, n_days=31))

    model, metrics = ModelTrainer(n_threads=1).train(*january, cv_folds=5)

    assert metrics["split"] == "time"
    assert model.metadata.training_end == date(2024, 1, 22), "the last validation day"
    assert "validation has 2 and test 2 of the 31 days, instead of 3 and 4" in caplog.text


def test_enough_days_keep_their_usual_shares(caplog: pytest.LogCaptureFixture) -> None:
    trainer().train(X, Y, cv_folds=5)

    assert caplog.text == ""


@pytest.mark.parametrize(
    ("n_days", "message"),
    [
        (28, r"\(2024-01-01 to 2024-01-28\).* needs 29; lower cv_folds to 4, or pass a longer r"),
        (25, r"spans 25 days .*cv_folds=5 .* needs 29; pass a longer range\.$"),
    ],
)
def test_too_few_days_say_what_is_there_and_what_changes_it(n_days: int, message: str) -> None:
    rows = as_pandas(make_rows(n_addresses=500, n_days=n_days))

    with pytest.raises(TooFewSnapshotsError, match=message):
        trainer().train(*rows, cv_folds=5)


def test_the_number_of_folds_that_the_message_names_is_enough() -> None:
    rows = as_pandas(make_rows(n_addresses=900, n_days=28))

    _, metrics = trainer().train(*rows, cv_folds=4)

    assert metrics["cv_auc_std"] > 0


def test_folds_of_one_class_name_the_argument_that_makes_them_longer() -> None:
    first_month = (ROWS.keys["processing_date"] < date(2024, 2, 1)).to_numpy()

    with pytest.raises(OneClassError, match=r"fold .*Fewer cv_folds \(now 4\) make longer folds"):
        trainer().train(X, Y.where(~first_month, 0), cv_folds=4)


@pytest.mark.parametrize("cv_folds", [1, 0, -1, 2.5, "5", True])
def test_too_few_folds_are_refused(cv_folds: object) -> None:
    with pytest.raises(ConfigurationError, match="expected a whole number of folds from 2"):
        trainer().train(X, Y, cv_folds=cv_folds)  # type: ignore[arg-type]  # the point of the test


# --- y ------------------------------------------------------------------------------------------

SAME_Y: dict[str, Callable[[], Any]] = {
    "numpy": Y.to_numpy,
    "list": Y.tolist,
    "polars": lambda: pl.Series(ROWS.y),
    "booleans": lambda: Y == 1,
    "nullable": lambda: Y.astype("Int64"),
    "floats": lambda: Y.astype(float),
    "pandas column": Y.to_frame,
    "polars column": lambda: pl.DataFrame({"y": ROWS.y}),
    "numpy column": lambda: ROWS.y.reshape(-1, 1),
}


@pytest.mark.parametrize("kind", SAME_Y)
def test_labels_of_any_kind_are_the_same_labels(kind: str) -> None:
    assert np.array_equal(ROWS.y, rows_of(X, SAME_Y[kind]()).y)
    assert next(TimeAddressFolds(2).split(X, SAME_Y[kind]()))[0].size


OTHER_Y: dict[str, tuple[Callable[[], Any], str]] = {
    "text": (lambda: Y.astype(str), "y holds '0'; expected 0 or 1"),
    "words": (lambda: pl.Series(["true", "false"] * (len(Y) // 2) + ["true"] * (len(Y) % 2)),
              "y holds 'true'; expected 0 or 1"),
    "other numbers": (lambda: Y + 1, "y holds 2; expected 0 or 1"),
    "missing": (lambda: Y.astype(float).replace(1.0, np.nan), "y holds missing labels"),
    "null": (lambda: pl.Series([None, *ROWS.y.tolist()[1:]]), "y holds missing labels"),
    "NA": (lambda: Y.astype("Int64").replace(1, pd.NA), "y holds missing labels"),
    "masked": (lambda: np.ma.masked_equal(ROWS.y, 1), "y holds missing labels"),
    "two columns": (lambda: pd.DataFrame({"y": Y, "z": Y}), "y is a table of 2 columns"),
    "scalar": (lambda: 1, "y is a int; expected one label per row"),
    "none": (lambda: None, "y is None; expected one label per row"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHER_Y)
def test_what_is_no_label_is_refused_in_one_sentence(kind: str) -> None:
    make, message = OTHER_Y[kind]

    with pytest.raises(WrongTypeError, match=message) as refused:
        trainer().train(X, make())
    with pytest.raises(WrongTypeError, match=message):
        next(TimeAddressFolds(2).split(X, make()))
    assert "\n" not in str(refused.value)


def test_labels_in_another_order_than_the_rows_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"another order.*Pass y.loc\[X.index\]"):
        trainer().train(X, Y.sample(frac=1, random_state=1))


def test_labels_of_another_index_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"different indexes.*y.to_numpy\(\)"):
        trainer().train(X, Y.reset_index(drop=True))
    with pytest.raises(ConfigurationError, match="different indexes"):
        trainer().train(X, Y.droplevel("alert_id"))


# --- X ------------------------------------------------------------------------------------------


def two_levels(X: pd.DataFrame) -> pd.DataFrame:
    return X.set_axis(pd.MultiIndex.from_product([["f"], X.columns]), axis=1)


def test_columns_that_are_named_by_numbers_are_found_again() -> None:
    numbered = X.set_axis(range(X.shape[1]), axis=1)

    fitted = trainer().train(numbered, Y, cv_folds=2)[0]

    assert len(X) == len(fitted.predict(numbered))


OTHER_X: dict[str, tuple[Callable[[], Any], type[AlertmillError], str]] = {
    "twice a column": (lambda: pd.concat([X, X[["feature_0"]]], axis=1), ConfigurationError,
                       "several columns named feature_0; expected every name once"),
    "two levels": (lambda: two_levels(X), WrongTypeError, "have 2 levels; expected one name"),
    "a row": (lambda: X.iloc[0], WrongTypeError, "is a pandas Series; expected a pandas or polars"),
    "lazy": (ROWS.X.lazy, WrongTypeError, "is a polars LazyFrame; expected"),
    "a list": (lambda: X.to_numpy().tolist(), WrongTypeError, "is a list; expected"),
    "one dimension": (lambda: np.zeros(6), WrongTypeError, r"array of shape \(6,\); expected"),
    "text": (lambda: X.assign(feature_0="many"), WrongTypeError, "feature_0 do not hold numbers"),
    "complex": (lambda: X.assign(feature_0=1j), WrongTypeError, "feature_0 do not hold numbers"),
    "times": (lambda: X.assign(feature_0=pd.Timestamp(0)), WrongTypeError, "do not hold numbers"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHER_X)
def test_what_is_no_frame_of_numbers_is_refused_in_one_sentence(
    kind: str, model: AlertModel
) -> None:
    make, error, message = OTHER_X[kind]

    for call in (lambda: trainer().train(make(), Y), lambda: model.predict(make())):
        with pytest.raises(error, match=message) as refused:
            call()
        assert "\n" not in str(refused.value)


def test_an_array_of_text_is_refused() -> None:
    with pytest.raises(WrongTypeError, match="expected an array of numbers"):
        to_matrix(np.array([["a"]]), ["0"])


def test_the_mask_of_an_array_is_missing() -> None:
    masked = np.ma.masked_equal(np.array([[1.0, 2.0]]), 2.0)

    assert np.array_equal([[1.0, np.nan]], to_matrix(masked, ["0", "1"]), equal_nan=True)


def test_a_model_of_named_features_takes_no_array(model: AlertModel) -> None:
    with pytest.raises(MissingColumnsError, match=r"6 columns without names.*feature_0, feature_1"):
        model.predict(X.to_numpy())


def test_a_model_of_an_array_takes_arrays_of_as_many_columns() -> None:
    matrix = X.to_numpy()
    model, _ = trainer().train(matrix, Y.to_numpy(), cv_folds=2, split="random")

    assert (len(X),) == model.predict(matrix).shape
    assert np.array_equal(model.predict(matrix), model.predict(pd.DataFrame(matrix)))
    with pytest.raises(MissingColumnsError, match="numpy array of 7 columns"):
        model.predict(np.column_stack([matrix, matrix[:, 0]]))


def test_numbered_columns_are_the_same_in_training_and_scoring() -> None:
    frame = pd.DataFrame(X.to_numpy())

    model, _ = trainer().train(frame, Y.to_numpy(), cv_folds=2, split="random")

    assert (len(X),) == model.predict(frame).shape


# --- dates --------------------------------------------------------------------------------------


def with_dates(dates: object) -> pd.DataFrame:
    return ROWS.keys.to_pandas().assign(processing_date=dates)


def test_times_in_utc_are_the_dates_of_snapshots() -> None:
    dates = ROWS.keys.to_pandas()["processing_date"].astype("datetime64[us]")

    for zoned in (
        with_dates(dates.dt.tz_localize("UTC")),
        with_dates(dates.dt.tz_localize("UTC")).set_index(["processing_date", "address"]),
        ROWS.keys.with_columns(
            pl.col("processing_date").cast(pl.Datetime).dt.replace_time_zone("UTC")
        ),
    ):
        assert ROWS.keys["processing_date"].equals(read_keys(zoned)["processing_date"])


def test_dates_of_python_are_dates() -> None:
    dates = ROWS.keys["processing_date"].to_list()

    found = read_keys(with_dates(dates).set_index(["processing_date", "address"]))

    assert ROWS.keys["processing_date"].equals(found["processing_date"])


OTHER_DATES: dict[str, tuple[Callable[[], Any], str]] = {
    "pandas zone": (
        lambda: with_dates(pd.Timestamp("2024-01-01", tz="Asia/Tokyo")), "time zone Asia/Tokyo"
    ),
    "polars zone": (
        lambda: ROWS.keys.with_columns(
            pl.col("processing_date").cast(pl.Datetime).dt.replace_time_zone("Asia/Tokyo")
        ),
        "time zone Asia/Tokyo",
    ),
    "numbers": (lambda: with_dates(20240101), "processing_date holds Int64; expected dates"),
    "words": (lambda: with_dates("yesterday"), "text such as 'yesterday'; expected dates"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHER_DATES)
def test_what_is_no_date_in_utc_is_refused(kind: str) -> None:
    make, message = OTHER_DATES[kind]

    with pytest.raises(WrongTypeError, match=message):
        next(TimeAddressFolds(2).split(ROWS.X, ROWS.y, make()))


@pytest.mark.parametrize("key", ["processing_date", "address"])
def test_rows_without_a_key_are_counted(key: str) -> None:
    gappy = ROWS.keys.with_columns(pl.when(pl.int_range(pl.len()) > 2).then(key).alias(key))

    with pytest.raises(ConfigurationError, match=f"{key} is missing in 3 of {len(X)} rows"):
        read_keys(gappy)


# --- columns ------------------------------------------------------------------------------------


def test_one_text_is_no_list_of_categorical_features() -> None:
    with pytest.raises(ConfigurationError, match=r"is the text 'code'.*Pass \['code'\]"):
        trainer().train(CODED, Y, categorical="code")


def test_an_unknown_categorical_feature_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError, match="'cod' in categorical; expected names such as code"):
        trainer().train(CODED, Y, categorical=["cod"])
    with pytest.raises(UnknownNameError, match="'cod' in categorical"):
        trainer().fit(rows_between(ROWS, 0, 15), rows_between(ROWS, 20, 29), categorical=["cod"])


def test_an_unknown_monotone_feature_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"'featur_1' in monotone; .*feature_1"):
        trainer(monotone={"featur_1": 1}).train(X, Y)
    with pytest.raises(UnknownNameError, match="'featur_1' in monotone"):
        trainer(monotone={"featur_1": 1}).fit(ROWS, ROWS)


@pytest.mark.parametrize("way", [2, -2, 0.5, "1", True, None])
def test_a_direction_is_up_down_or_free(way: object) -> None:
    with pytest.raises(ConfigurationError, match=r"monotone gives feature_0 the direction"):
        trainer(monotone={"feature_0": way})


def test_a_list_of_monotone_features_has_no_directions() -> None:
    with pytest.raises(ConfigurationError, match="expected a mapping of feature to direction"):
        trainer(monotone=["feature_0"])


def test_categories_are_not_monotone() -> None:
    with pytest.raises(ConfigurationError, match="code is categorical and monotone"):
        trainer(monotone={"code": 1}).train(CODED, Y, categorical=["code"])


@pytest.mark.parametrize(
    ("codes", "shown"), [([-1, 0, 1], "-1"), ([0.5, 0, 1], "0.5"), ([3e9, 0, 1], "3e")]
)
def test_a_code_is_a_whole_number_from_zero(codes: list[float], shown: str) -> None:
    wrong = X.assign(code=np.resize(codes, len(X)))
    right, _ = trainer().train(CODED, Y, cv_folds=2, categorical=["code"])

    for call in (
        lambda: trainer().train(wrong, Y, categorical=["code"]),
        lambda: right.predict(wrong),
        lambda: right.contributions(wrong),
    ):
        with pytest.raises(WrongTypeError, match=f"category codes of code hold {shown}"):
            call()


def test_a_missing_category_is_no_wrong_code() -> None:
    gappy = CODED.assign(code=CODED["code"].where(CODED["code"] > 0))

    model, _ = trainer().train(gappy, Y, cv_folds=2, categorical=["code"])

    assert np.isfinite(model.predict(gappy)).all()


def test_a_cluster_scorer_needs_rows_of_clusters() -> None:
    with pytest.raises(NoClustersError, match="columns such as cluster_type, cluster_n_alerts"):
        trainer(model_type="cluster_scorer").train(X, Y)
    with pytest.raises(NoClustersError, match="Pass rows of clusters"):
        trainer(model_type="cluster_scorer").fit(ROWS, ROWS)


# --- fit ----------------------------------------------------------------------------------------


def test_fit_takes_labelled_rows_and_says_what_takes_frames() -> None:
    with pytest.raises(WrongTypeError, match=r"train is a pandas DataFrame.*Call train\(X, y\)"):
        trainer().fit(X, Y)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"y": ROWS.y[1:]}, "the members of validation have different numbers of rows"),
        ({"y": ROWS.y * 2}, "y holds 2; expected 0 or 1"),
        ({"weight": np.zeros(len(ROWS.y))}, "a weight of validation is missing, infinite or not"),
    ],
)
def test_rows_whose_members_differ_are_refused(members: dict[str, Any], message: str) -> None:
    with pytest.raises(AlertmillError, match=message):
        trainer().fit(ROWS, replace(ROWS, **members))


def test_a_split_that_does_not_exist_is_not_empty() -> None:
    targets = ROWS.keys.with_columns(y=pl.Series(ROWS.y), weight=pl.lit(1.0), split=pl.lit("test"))

    with pytest.raises(UnknownNameError, match="'tset'; expected one of development, test, train"):
        LabelledRows.of(pl.concat([ROWS.keys, ROWS.X], how="horizontal"), targets, split="tset")


# --- settings -----------------------------------------------------------------------------------


def test_hyperparameters_may_be_a_mapping() -> None:
    given = ModelTrainer(hyperparameters={"num_leaves": 7})

    assert Hyperparameters(num_leaves=7) == given.hyperparameters
    assert given.with_hyperparameters({"num_leaves": 9}).hyperparameters.num_leaves == 9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hyperparameters": {"leaves": 7}}, "unknown hyperparameter 'leaves'; .*num_leaves"),
        ({"hyperparameters": {"num_leaves": 1}}, "hyperparameter num_leaves is 1"),
        ({"hyperparameters": [("num_leaves", 7)]}, "expected Hyperparameters, or a mapping"),
        ({"version": "1.0"}, "version is '1.0'; expected major.minor.patch"),
        ({"seed": -1}, "seed is -1; expected a whole number from 0"),
        ({"n_threads": 0}, "n_threads is 0"),
        ({"embargo_days": -1}, "embargo_days is -1"),
        ({"review_budget": 0}, "review_budget is 0"),
        ({"review_budget": 1.5}, "review_budget is 1.5"),
    ],
)
def test_a_setting_that_is_not_allowed_is_refused_before_the_fit(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(AlertmillError, match=message) as refused:
        ModelTrainer(**settings)
    assert "\n" not in str(refused.value)


def test_a_folder_may_be_text(model: AlertModel, tmp_path: Path) -> None:
    paths = model.save(str(tmp_path / "model"))

    assert all(path.is_file() for path in paths)
    assert model == AlertModel.load(str(tmp_path / "model"))


# --- review budgets -----------------------------------------------------------------------------


@pytest.mark.parametrize("review_budget", [10**9, 10**12])
def test_a_ranker_takes_a_budget_beyond_what_lightgbm_can_count(review_budget: int) -> None:
    fitted = trainer(model_type="alert_ranker", review_budget=review_budget).fit(
        rows_between(ROWS, 0, 25), rows_between(ROWS, 35, 59)
    )

    assert fitted.model.metadata.training_start == FIRST_DATE
    assert fitted.model.metadata.stopping_metric.startswith("ndcg@")


def test_labels_alone_are_read_as_small_integers() -> None:
    assert read_labels([0, 1.0, True], n_rows=3).tolist() == [0, 1, 1]
