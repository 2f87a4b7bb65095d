"""The first page opens with decision, work, certainty, what blocks and what changed."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest

from alertmill.evaluation.check_results import CheckState
from alertmill.evaluation.origins import measure_origins
from alertmill.files import write_parquet
from alertmill.reporting.index import write_index
from alertmill.reporting.opening import opening_of, work_sentences
from alertmill.runs import Run
from alertmill.training.models.hyperparameters import Hyperparameters
from tests.evaluation.factories import make_origin_scores
from tests.reporting.decided_runs import SENTENCE, add_checks, add_numbers, add_verdict
from tests.reporting.example_runs import make_run
from tests.training.tuning.written_searches import searched


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path)


def test_a_run_that_has_not_decided_has_no_opening(run: Run) -> None:
    assert opening_of(run) is None
    assert "" == work_sentences(run)
    assert 'id="decision"' not in write_index(run, []).read_text()


def test_the_decision_its_work_and_its_certainty_come_first(run: Run) -> None:
    add_numbers(run)
    add_verdict(run)

    page = write_index(run, []).read_text()

    opening = opening_of(run)
    assert opening is not None
    assert SENTENCE == opening.reason
    assert "of the labelled, and between" in opening.work
    assert "where the budget is 5" in opening.work
    assert " to " in opening.sure
    places = [page.index(text) for text in (opening.advice, opening.work, 'id="results"')]
    assert places == sorted(places)


@pytest.mark.parametrize(("n_ranges", "n_told"), [(1, 0), (3, 1)])
def test_the_certainty_has_the_mean_over_test_ranges_where_there_are_several(
    run: Run, n_ranges: int, n_told: int
) -> None:
    add_numbers(run)
    add_verdict(run)
    origins = measure_origins(make_origin_scores(n_ranges), review_budget=5, n_bootstrap=50, seed=1)
    write_parquet(run.path / "evaluation" / "origins.parquet", origins)

    opening = opening_of(run)

    assert opening is not None
    assert n_told == opening.sure.count("test ranges the mean average precision is")


@pytest.mark.parametrize(
    ("states", "n_blocking"),
    [((), 0), ((CheckState.ISSUE,), 1), ((CheckState.PASSED, CheckState.ISSUE), 0)],
    ids=["no check", "a blocking issue", "an issue that does not block"],
)
def test_what_blocks_stands_with_the_decision(
    run: Run, states: tuple[CheckState, ...], n_blocking: int
) -> None:
    add_checks(run, *states)
    add_verdict(run)

    opening = opening_of(run)

    assert opening is not None
    assert n_blocking == len(opening.blocking)
    assert all("AM001 question 1: found a_b = 1" in told for told in opening.blocking)


def test_differences_to_the_champion_have_intervals(run: Run) -> None:
    add_numbers(run)
    add_verdict(run)

    opening = opening_of(run)

    assert opening is not None
    assert opening.differences
    assert all(" to " in value or "interval" in value for _, value in opening.differences)


def test_the_search_says_in_one_sentence_what_ships(run: Run) -> None:
    add_verdict(run)
    before = opening_of(run)
    points = {Hyperparameters(learning_rate=0.2): (0.5, 0.6), Hyperparameters(): (0.7, 0.3)}
    searched(points).save(run.path / "tuning")

    opening = opening_of(run)

    assert before is not None
    assert opening is not None
    assert "" == before.search
    assert "The search proved nothing, so the default hyperparameters ship" in opening.search
    assert escape(opening.search) in write_index(run, []).read_text()


def test_without_a_champion_nothing_changed(run: Run) -> None:
    add_numbers(run, is_beside_champion=False)
    add_verdict(run)

    opening = opening_of(run)

    assert opening is not None
    assert () == opening.differences
    assert () == opening.changes
