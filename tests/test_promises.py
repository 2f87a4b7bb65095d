"""A later run scores the days after an earlier one again by its model, from run folders alone."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.promises import PromiseVerdict
from alertmill.files import write_model, write_parquet, write_text
from alertmill.parameters import TrainingParameters
from alertmill.promises import keep_promises
from alertmill.runs import PROMISES_FILE, Run
from alertmill.training.data.rows import KEYS
from alertmill.vocabulary import Network
from tests.explanation.factories import Example, make_example

BUDGET = 5


@pytest.fixture(scope="module")
def example() -> Example:
    """A model, and the alerts of validation and test days."""
    return make_example()


def first_test_day(example: Example) -> date:
    test = example.predictions.filter(pl.col("split") == "test")
    found: date = test.select(pl.col("processing_date").min()).item()
    return found


def written(runs_dir: Path, example: Example, *, end: date, maturity_days: int = 0) -> Run:
    """Write what a comparison of promises reads of a run that ends on a day."""
    parameters = TrainingParameters.model_validate(
        {
            "network": Network.ETHEREUM,
            "start_date": end - timedelta(days=60),
            "end_date": end,
            "review_budget": BUDGET,
            "labels": {"maturity_days": maturity_days},
            "computing": {"n_bootstrap": 50},
        }
    )
    now = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=end.toordinal() % 100)
    run = Run.create(runs_dir, parameters, key=f"{end} {maturity_days}", now=now)
    example.model.save(run.path / "model")
    write_parquet(run.path / "features/features.parquet", example.features)
    write_parquet(run.path / "features/targets.parquet", example.predictions.select(*KEYS, "y"))
    measured = evaluate(example.predictions, review_budget=BUDGET, n_bootstrap=50, seed=7)
    write_model(run.path / "evaluation/metrics.json", measured)
    write_text(run.path / "manifest.json", "{}")
    return run


@pytest.fixture
def earlier(tmp_path: Path, example: Example) -> Run:
    """A run whose last day is the one before the test days."""
    return written(tmp_path, example, end=first_test_day(example) - timedelta(days=1))


@pytest.fixture
def last(example: Example) -> date:
    """The last day of the alerts."""
    found: date = example.predictions.select(pl.col("processing_date").max()).item()
    return found


def test_what_came_true_is_what_the_model_gets_on_the_later_days(
    tmp_path: Path, example: Example, earlier: Run, last: date
) -> None:
    later = written(tmp_path, example, end=last)

    found = keep_promises(later)

    assert ["precision_at_budget", "recall_at_budget"] == [
        one.promise.metric for one in found.outcomes
    ]
    for one in found.outcomes:
        # Both runs hold one model and the same alerts, so the days after are those of the test.
        measured = earlier.evaluation.get("model", one.promise.metric)
        assert earlier.run_id == one.promise.run_id
        assert measured.value == pytest.approx(one.value)
        assert (measured.n_rows, measured.n_positives) == (one.n_labelled, one.n_confirmed)
        assert (first_test_day(example), last) == (one.first_day, one.last_day)
        assert PromiseVerdict.INSIDE is one.verdict
    assert found == later.promises


def test_days_whose_labels_are_not_mature_do_not_count(
    tmp_path: Path, example: Example, earlier: Run, last: date
) -> None:
    two = written(tmp_path, example, end=last, maturity_days=2)
    all_young = written(tmp_path, example, end=last, maturity_days=40)

    (first, _), others = keep_promises(two).outcomes, keep_promises(all_young).outcomes

    assert earlier.run_id == first.promise.run_id
    assert last - timedelta(days=2) == first.last_day
    assert {"no later day has mature labels yet"} == {one.text for one in others}


def test_a_damaged_a_removed_and_a_later_run_promise_nothing(
    tmp_path: Path, example: Example, earlier: Run, last: date
) -> None:
    later = written(tmp_path, example, end=last)
    written(tmp_path, example, end=last + timedelta(days=1))
    removed = written(tmp_path, example, end=earlier.parameters.end_date - timedelta(days=1))
    (removed.path / "parameters.json").unlink()
    write_text(earlier.path / "evaluation/metrics.json", "{")

    assert () == keep_promises(later).outcomes


def test_what_is_kept_is_not_compared_again(
    tmp_path: Path, example: Example, earlier: Run, last: date
) -> None:
    later = written(tmp_path, example, end=last)
    first = keep_promises(later)
    shutil.rmtree(earlier.path)

    assert first.outcomes
    assert first == keep_promises(later)
    assert (later.path / PROMISES_FILE).is_file()
