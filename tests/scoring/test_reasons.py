"""Reasons are the strongest contributions: JSON for programs, sentences for people."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alertmill.explanation.reasons import FeatureWords
from alertmill.scoring.reasons import N_REASONS, change_json, reasons_json

WORDS = [
    FeatureWords("volume", "Volume of the window.", "USD"),
    FeatureWords("kind", 'Its "kind"', "", ("peel\nchain", "mixing")),
    *(FeatureWords(f"f{n}", f"Feature {n}", "") for n in range(6)),
]
N = len(WORDS)


def test_what_raises_the_score_comes_first_and_each_side_the_strongest_first() -> None:
    contributions = np.array([[0.1, -0.9, 0.5, 0.0, -0.2, 0.05, 0.01, 0.0]])
    values = np.arange(8.0).reshape(1, 8)

    (text,) = reasons_json(contributions, values, WORDS)

    found = [(one["feature"], one["contribution"]) for one in json.loads(text)]
    assert [("f0", 0.5), ("volume", 0.1), ("f3", 0.05), ("kind", -0.9), ("f2", -0.2)] == found


def test_a_reason_is_a_sentence_with_its_value() -> None:
    contributions = np.array([[1.0, 0.5, *[0.0] * 6], [2.0, 0.25, *[0.0] * 6]])
    values = np.array([[1234.0, 0.0, *[1.0] * 6], [np.nan, 1.0, *[1.0] * 6]])

    first, second = map(json.loads, reasons_json(contributions, values, WORDS))

    assert ["Volume of the window: 1,234 USD", 'Its "kind": peel\nchain'] == [
        one["sentence"] for one in first
    ]
    assert ("Volume of the window: unknown", None) == (second[0]["sentence"], second[0]["value"])


@given(arrays(float, (5, N), elements=st.floats(-3, 3, allow_subnormal=False)))
def test_no_other_feature_contributes_more_than_a_reason(contributions: np.ndarray) -> None:
    texts = reasons_json(contributions, np.ones((5, N)), WORDS)

    for row, text in zip(contributions, texts, strict=True):
        weights = sorted((abs(one["contribution"]) for one in json.loads(text)), reverse=True)
        expected = sorted((abs(value) for value in row if value), reverse=True)[:N_REASONS]
        np.testing.assert_allclose(weights, expected)


def test_no_alerts_have_no_reasons() -> None:
    assert [] == reasons_json(np.empty((0, N)), np.empty((0, N)), WORDS).to_list()


def test_an_alert_that_nothing_contributes_to_has_an_empty_list() -> None:
    assert ["[]"] == reasons_json(np.zeros((1, N)), np.ones((1, N)), WORDS).to_list()


def _reasons(*names: str) -> str:
    return json.dumps(
        [{"feature": n, "value": None, "contribution": 1.0, "sentence": n} for n in names]
    )


def test_the_change_names_the_reasons_that_came_and_went() -> None:
    scored = pl.DataFrame(
        {"address": ["a", "b"], "reasons_json": [_reasons("f1", "f2"), _reasons("f1")]}
    )
    last = pl.DataFrame(
        {
            "address": ["a"],
            "processing_date": [date(2024, 1, 5)],
            "score": [0.25],
            "reasons_json": [_reasons("f0", "f2")],
        }
    )

    known, unknown = change_json(scored, last)

    assert unknown is None
    assert {
        "since": "2024-01-05",
        "score_before": 0.25,
        "new_reasons": ["f1"],
        "gone_reasons": ["f0"],
    } == json.loads(known)


def test_on_the_first_day_nothing_changed() -> None:
    scored = pl.DataFrame({"address": ["a"], "reasons_json": [_reasons()]})
    last = pl.DataFrame(
        schema={
            "address": pl.String,
            "processing_date": pl.Date,
            "score": pl.Float64,
            "reasons_json": pl.String,
        }
    )

    assert [None] == change_json(scored, last).to_list()
