"""What was measured of a model is stored as given, once."""

from __future__ import annotations

import polars as pl

from alertmill.storage import Client
from alertmill.storage.model_metrics import (
    METRIC_COLUMNS,
    fetch_model_metrics,
    insert_model_metrics,
)

MEASURED = pl.DataFrame(
    [
        ("test_all", "all", "roc_auc", 0.8, 0.7, 0.9, 1000, 50, 10),
        ("test_new", "severity=high", "roc_auc", None, None, None, 4, 2, 0),
    ],
    schema=METRIC_COLUMNS,
    orient="row",
)


def test_metrics_come_back_as_given_and_undefined_ones_empty(client: Client) -> None:
    insert_model_metrics(client, MEASURED, model_id="m", run_id="run")

    found = fetch_model_metrics(client, "m")

    assert MEASURED.equals(found.drop("model_id", "run_id"))
    assert fetch_model_metrics(client, "another").is_empty()


def test_metrics_of_a_run_are_entered_once(client: Client) -> None:
    for run_id in ("run", "run", "another"):
        insert_model_metrics(client, MEASURED, model_id="m", run_id=run_id)

    assert ["another", "another", "run", "run"] == fetch_model_metrics(client, "m")[
        "run_id"
    ].to_list()


def test_nothing_measured_enters_nothing(client: Client) -> None:
    insert_model_metrics(client, MEASURED.clear(), model_id="m", run_id="run")

    assert fetch_model_metrics(client, "m").is_empty()
