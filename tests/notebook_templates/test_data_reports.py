"""Reports 01 to 04 deliver every item of their plan, in small cells that run without a kernel."""

from __future__ import annotations

import ast
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from alertmill.evaluation.evaluate import evaluate
from alertmill.plotting.tables import Table
from alertmill.reporting.canonical import is_canonical
from alertmill.training.data.extracted import ExtractedQuery, no_rows_set_aside
from alertmill.training.leaks import CheckName, CheckResult, LeakReport
from tests.explanation.factories import make_example
from tests.notebook_templates.cells import (
    NOT_IN_A_CELL,
    TEMPLATES,
    code_cells,
    covered,
    holds,
    import_like,
    run_cell,
    telling_cells,
)
from tests.tables.factories import (
    make_alerts,
    make_curve,
    make_features,
    make_snapshots,
    make_targets,
    make_tuning,
    make_variants,
)

ITEMS = {
    "01_data_exploration": {
        "connect": "table",
        "query": "table",
        "statistics": "table",
        "missing": "figure",
        "time-series": "figure",
        "alert-volume": "figure",
        "severity": "figure",
        "class-balance": "figure",
        "label-status": "table",
        "label-arrival": "figure",
        "network-activity": "figure",
        "address-types": "figure",
        "volume": "figure",
        "correlation": "figure",
    },
    "02_feature_analysis": {
        "build": "table",
        "distributions": "figure",
        "box": "figure",
        "correlation": "figure",
        "multicollinearity": "table",
        "scaling": "any",
        "outliers": "any",
        "scatter": "figure",
        "pca": "figure",
    },
    "03_model_training": {
        "load": "table",
        "build": "table",
        "progress": "figure",
        "train": "table",
        "metrics": "figure",
        "save-load": "table",
        "compare": "any",
    },
    "04_hyperparameter_tuning": {
        "history": "figure",
        "grid": "any",
        "random": "table",
        "bayesian": "table",
        "cv": "any",
        "importance": "figure",
        "best": "any",
        "slices": "figure",
        "parallel": "figure",
        "contour": "figure",
    },
}


@pytest.mark.parametrize("name", ITEMS)
def test_every_planned_item_is_delivered_once(name: str) -> None:
    found = Counter(item for cell in code_cells(name) for item in covered(cell))

    assert {f"nb{name[:2]}-{item}": 1 for item in ITEMS[name]} == dict(found)


@pytest.mark.parametrize("name", ITEMS)
def test_a_template_is_in_the_committed_form(name: str) -> None:
    assert is_canonical(TEMPLATES / f"{name}.ipynb")


@pytest.mark.parametrize("name", ITEMS)
def test_a_cell_is_short_and_defines_nothing(name: str) -> None:
    cells = [cell for cell in code_cells(name) if "setup" not in cell.metadata.get("tags", [])]

    for cell in cells:
        assert len(cell.source.splitlines()) <= 8, cell.id
        found = [
            node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, NOT_IN_A_CELL)
        ]
        assert not found, cell.id


@pytest.fixture(scope="module")
def run() -> SimpleNamespace:
    """Build what a report reads of a run, from a small made-up range of alerts."""
    example = make_example(n_addresses=120)
    alerts = make_alerts()
    targets = make_targets(alerts)
    features, catalogue = make_features(targets)
    rng = np.random.default_rng(7)
    others = [name for name in example.model.feature_names if name not in features.columns]
    keys = targets.select("processing_date", "address", "alert_id")
    tuning = make_tuning()
    return SimpleNamespace(
        queries=[
            ExtractedQuery(name="alerts", sql="", parameters={}, n_rows=3, content_hash="abc")
        ],
        alerts=alerts.with_columns(pattern_type=pl.lit("")),
        units=alerts.with_columns(pattern_type=pl.lit("")),
        set_aside=no_rows_set_aside(),
        address_features=features.drop("alert_id", "severity_code"),
        alert_clusters=keys.with_columns(cluster_size=pl.lit(2)),
        flows=keys.drop("alert_id").with_columns(n_flows=pl.lit(1)),
        address_labels=keys.select(
            "address",
            address_type=pl.lit("scam"),
            known_at=pl.lit(1_704_500_000_000),
            known_at_source=pl.lit("upstream"),
        ).unique(),
        parameters=SimpleNamespace(labels=SimpleNamespace(maturity_days=3)),
        snapshots=make_snapshots(),
        targets=targets,
        features=features.with_columns(
            pl.Series(name, rng.integers(0, 3, features.height).astype(float)) for name in others
        ),
        catalogue=catalogue,
        leak_screen=LeakReport(
            checks=(CheckResult(check=CheckName.NAMES, scope="3 names"),),
            overruled={"volume_usd": "asked for"},
        ),
        refused=pl.DataFrame({"feature": ["volume_usd"], "reason": ["infinite"], "n_alerts": [1]}),
        model=example.model,
        training_curve=make_curve(best_iteration=example.model.metadata.best_iteration),
        variants=make_variants(),
        evaluation=evaluate(example.predictions, review_budget=5, n_bootstrap=20, seed=1),
        registered_models=pl.DataFrame(),
        tuning=tuning,
    )


@pytest.mark.parametrize("name", ITEMS)
def test_every_cell_shows_what_its_item_asks_for(name: str, run: SimpleNamespace) -> None:
    shown: list[object] = []
    names: dict[str, Any] = {"run": run, "display": lambda *things: shown.extend(things)}
    import_like(code_cells(name), names)

    for cell in telling_cells(name):
        shown.clear()
        shown.append(run_cell(cell.source, names))
        kinds = {ITEMS[name][item.partition("-")[2]] for item in covered(cell)}
        assert any(entry is not None for entry in shown), cell.id
        assert "figure" not in kinds or holds(shown, Figure), cell.id
        assert "table" not in kinds or holds(shown, Table), cell.id
