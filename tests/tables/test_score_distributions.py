"""Histograms and calibration bins hold every alert once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.tables.score_distributions import calibration_table, score_histogram
from tests.evaluation.factories import make_predictions


def test_a_histogram_holds_every_alert_once() -> None:
    predictions = make_predictions()
    test = predictions.filter(pl.col("split") == "test")

    table = score_histogram(predictions)

    counts = dict(table.group_by("outcome").agg(pl.col("n_alerts").sum()).iter_rows())
    assert {
        "confirmed": (test["y"] == 1).sum(),
        "cleared": (test["y"] == 0).sum(),
        "unlabelled": test["y"].null_count(),
    } == counts


def test_calibration_bins_hold_every_labelled_alert_once() -> None:
    predictions = make_predictions()
    rows = predictions.filter(pl.col("split") == "test", pl.col("y").is_not_null())

    table = calibration_table(predictions, n_bootstrap=20).filter(pl.col("stage") == "calibrated")

    assert table["n_alerts"].sum() == rows.height
    assert np.average(table["share"], weights=table["n_alerts"]) == pytest.approx(rows["y"].mean())
    assert table["mean_score"].is_sorted()
    assert table.filter(~pl.col("share").is_between("ci_low", "ci_high")).is_empty()


def test_without_labels_there_are_no_calibration_bins() -> None:
    unlabelled = make_predictions().with_columns(y=pl.lit(None, pl.Int8))

    assert calibration_table(unlabelled).is_empty()


def test_without_alerts_there_is_no_histogram() -> None:
    assert score_histogram(make_predictions().filter(pl.col("split") == "validation")).is_empty()
