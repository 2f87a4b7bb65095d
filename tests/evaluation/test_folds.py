"""Scores of folds are compared with the variance that their overlap asks for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from alertmill.evaluation.folds import corrected_t_test, fold_differences, fold_scores

TRIALS = pl.DataFrame(
    {
        "method": ["grid", "grid", "random"],
        "number": [0, 1, 0],
        "value": [0.2, 0.4, None],
        "fold_average_precision": [[0.1, 0.3], [0.35, 0.45], None],
        "fold_roc_auc": [[0.6, 0.7], [0.7, 0.75], None],
    },
    schema_overrides={
        "fold_average_precision": pl.List(pl.Float64),
        "fold_roc_auc": pl.List(pl.Float64),
    },
)
FOLDS = pl.DataFrame({"train_n_alerts": [100, 200], "validation_n_alerts": [50, 100]})


def test_every_fold_of_a_finished_trial_is_a_row() -> None:
    table = fold_scores(TRIALS)

    assert [(1, False, 1), (1, False, 2), (2, True, 1), (2, True, 2)] == table.select(
        "trial", "is_best", "fold"
    ).rows()


def test_without_overlap_the_test_is_the_plain_one() -> None:
    differences = np.array([0.1, 0.3, -0.05, 0.2])

    expected = stats.ttest_1samp(differences, 0.0).pvalue

    assert expected == pytest.approx(corrected_t_test(differences, test_share=0.0), rel=1e-9)


def test_overlap_makes_the_test_more_careful() -> None:
    differences = np.array([0.1, 0.3, -0.05, 0.2])

    plain = corrected_t_test(differences, test_share=0.0)
    corrected = corrected_t_test(differences, test_share=0.5)

    assert plain is not None
    assert corrected is not None
    assert corrected > plain


def test_the_best_search_comes_first_without_a_p_value() -> None:
    two = pl.concat([TRIALS.head(2), TRIALS.head(1).with_columns(method=pl.lit("random"))])

    table = fold_differences(two, FOLDS)

    assert ["grid", "random"] == table["search"].to_list()
    assert [2, 3] == table["trial"].to_list()
    assert table["p_value"][0] is None
    assert table["deficit"].to_list() == pytest.approx([0.0, 0.2])


def test_no_finished_trial_gives_no_rows() -> None:
    assert fold_differences(TRIALS.tail(1), FOLDS).is_empty()
    assert fold_scores(TRIALS.tail(1)).is_empty()
