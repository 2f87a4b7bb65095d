"""Scores are exported as asked for, and a spreadsheet runs nothing of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import ConfigurationError, NoScoresError
from alertmill.scoring.export import export_scores

RANGE = {"first": date(2024, 1, 8), "last": date(2024, 1, 9)}
SCORES = pl.DataFrame({"alert_id": ["=1+1", "@x", "-2", "plain", "\tx", None], "score": [-0.5] * 6})


def test_parquet_holds_the_scores_as_they_are(tmp_path: Path) -> None:
    export_scores(SCORES, tmp_path / "scores.parquet", **RANGE)

    assert_frame_equal(SCORES, pl.read_parquet(tmp_path / "scores.parquet"))


def test_csv_holds_no_formulas(tmp_path: Path) -> None:
    export_scores(SCORES, tmp_path / "scores.csv", **RANGE)

    found = pl.read_csv(tmp_path / "scores.csv")
    assert ["'=1+1", "'@x", "'-2", "plain", "'\tx", None] == found["alert_id"].to_list()
    assert [-0.5] * 6 == found["score"].to_list()


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"ends with '.xlsx'; expected one of .parquet"):
        export_scores(SCORES, tmp_path / "scores.xlsx", **RANGE)


def test_no_scores_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(NoScoresError, match="no scores of 2024-01-08 to 2024-01-09"):
        export_scores(SCORES.head(0), tmp_path / "scores.csv", **RANGE)
    assert list(tmp_path.iterdir()) == []
