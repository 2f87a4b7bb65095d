"""Two runs side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.files import write_text
from alertmill.site.catalogue import Catalogue
from alertmill.site.comparison import RunComparison
from alertmill.site.service import Service
from tests.site.worlds import Plan, fail_run, finish_run

FEATURES = {
    "left": [{"name": "same", "unit": "USD"}, {"name": "gone"}, {"name": "moved", "lowest": 0.0}],
    "right": [{"name": "same", "unit": "USD"}, {"name": "moved", "lowest": 1.0}, {"name": "new"}],
}


def compare(runs_dir: Path, left: Plan, right: Plan) -> RunComparison:
    """Compare two finished runs with features."""
    names = []
    for plan, features in ((left, FEATURES["left"]), (right, FEATURES["right"])):
        run = finish_run(runs_dir, plan)
        content = str({"features": features}).replace("'", '"')
        write_text(run.path / "features/catalogue.json", content)
        names.append(f"{plan.network}/{run.run_id}")
    return Service(Catalogue(runs_dir)).compare(*names)


def test_parameters_that_differ_come_first(runs_dir: Path) -> None:
    found = compare(runs_dir, Plan(n=1, seed=7), Plan(n=2, seed=8))

    differing = {p.name: (p.left, p.right) for p in found.parameters if p.differs}
    assert {
        "start_date": ("2024-01-08", "2024-01-15"),
        "end_date": ("2024-03-07", "2024-03-14"),
        "seed": ("7", "8"),
    } == differing
    assert [p.differs for p in found.parameters[:4]] == [True, True, True, False]


def test_metrics_stand_side_by_side_with_their_change(runs_dir: Path) -> None:
    found = compare(runs_dir, Plan(n=1, value=0.6), Plan(n=2, value=0.65)).metrics[0]

    assert found.left is not None
    assert found.right is not None
    assert (0.6, 0.65, "+0.05") == (found.left.value, found.right.value, found.difference_text)


def test_tests_of_other_days_are_no_evidence(runs_dir: Path) -> None:
    other = compare(runs_dir, Plan(n=1), Plan(n=2)).caution
    same = compare(runs_dir, Plan(n=3), Plan(n=3, model_type="cluster_scorer")).caution

    assert "the tests differ (end_date)" in other
    assert same.startswith("Both tests cover the same days.")


def test_features_that_only_one_run_has_or_declares_otherwise_are_listed(runs_dir: Path) -> None:
    found = compare(runs_dir, Plan(n=1), Plan(n=2)).features

    assert ["gone"] == [feature.name for feature in found.only_left]
    assert ["new"] == [feature.name for feature in found.only_right]
    assert [("moved", ("least value: 0.0 → 1.0",))] == [(c.name, c.changes) for c in found.changed]
    assert 2 == found.n_shared


def test_the_sentence_counts_what_differs(runs_dir: Path) -> None:
    found = compare(runs_dir, Plan(n=1), Plan(n=1, model_type="cluster_scorer"))

    assert "The runs differ in 1 parameter and 3 features, and in no check." == found.sentence


def test_a_run_with_itself_does_not_differ(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    name = f"ethereum/{run.run_id}"

    found = Service(Catalogue(runs_dir)).compare(name, name)

    assert "The runs do not differ in any parameter, check or feature." == found.sentence


@pytest.mark.parametrize("swapped", [False, True])
def test_a_failed_run_can_be_compared(runs_dir: Path, *, swapped: bool) -> None:
    runs = [fail_run(runs_dir, Plan(n=1)), finish_run(runs_dir, Plan(n=2))]
    names = [f"ethereum/{run.run_id}" for run in runs]

    found = Service(Catalogue(runs_dir)).compare(*(reversed(names) if swapped else names))

    states = found.checks[0].states
    assert ("issue", "not there") == (states if swapped else tuple(reversed(states)))
    assert found.metrics[0].difference is None
    assert "–" == found.metrics[0].difference_text  # noqa: RUF001 - a dash
    assert 2 == len(found.reports)
