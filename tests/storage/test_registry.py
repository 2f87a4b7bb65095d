"""A row of trained_models is stored as given, once, and the newest comes first."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

from alertmill.storage import Client
from alertmill.storage.registry import TrainedModelRow, fetch_trained_models, insert_trained_model

ROW = TrainedModelRow(
    model_id="m1",
    model_type="alert_scorer",
    version="1.10.3",
    network="ethereum",
    window_days=7,
    training_start_date=date(2024, 1, 1),
    training_end_date=date(2024, 1, 20),
    run_id="run",
    model_path="/runs/run/model",
    model_sha256="aa",
    feature_hash="bb",
    label_strategy="address_label",
    status="trained",
    metrics_json="{}",
    hyperparameters_json="{}",
    feature_names=("a: 'b'", "c"),
    num_samples=100,
    num_features=2,
    positives=20,
    addresses=50,
    test_auc=0.75,
    test_average_precision=None,
    cv_auc_mean=0.7,
    cv_auc_std=None,
    created_at=datetime(2024, 2, 1, 12, 0, 0, 123_000, tzinfo=UTC),
)


def test_a_row_comes_back_as_it_was_given(client: Client) -> None:
    insert_trained_model(client, ROW)

    found = fetch_trained_models(client).row(0, named=True)

    parts = {"version_major": 1, "version_minor": 10, "version_patch": 3}
    given = asdict(ROW) | parts | {"feature_names": ["a: 'b'", "c"]}
    assert given | {"promoted_at": None} == found


def test_the_same_model_of_the_same_run_is_entered_once(client: Client) -> None:
    insert_trained_model(client, ROW)
    insert_trained_model(client, replace(ROW, created_at=ROW.created_at + timedelta(hours=1)))
    insert_trained_model(client, replace(ROW, run_id="another"))

    assert ["another", "run"] == fetch_trained_models(client)["run_id"].to_list()


def test_the_newest_row_comes_first(client: Client) -> None:
    for hours, model_id in ((0, "old"), (2, "new"), (1, "middle")):
        created_at = ROW.created_at + timedelta(hours=hours)
        insert_trained_model(client, replace(ROW, model_id=model_id, created_at=created_at))

    assert ["new", "middle", "old"] == fetch_trained_models(client)["model_id"].to_list()
