"""Reports 01 to 04 deliver every item of their plan, in small cells that run without a kernel."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.training.data.extracted import ExtractedQuery, no_rows_set_aside
from alertmill.training.leaks import CheckName, CheckResult, LeakReport
from tests.explanation.factories import make_example
from tests.notebook_templates.cells import check_what_cells_show
from tests.notebook_templates.plan import DATA_REPORTS
from tests.tables.factories import (
    make_alerts,
    make_curve,
    make_features,
    make_snapshots,
    make_targets,
    make_tuning,
    make_variants,
)


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


@pytest.mark.parametrize("name", DATA_REPORTS)
def test_every_cell_shows_what_its_item_asks_for(name: str, run: SimpleNamespace) -> None:
    check_what_cells_show(name, DATA_REPORTS[name], run)
