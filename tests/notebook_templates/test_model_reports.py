"""Reports 05 to 08 deliver every item of their plan, in small cells that run without a kernel."""

from __future__ import annotations

import ast
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from alertmill.evaluation.burdens import burden_by_group
from alertmill.evaluation.check_results import CheckReport
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.lifts import lift_by_tenth
from alertmill.evaluation.origins import measure_origins
from alertmill.evaluation.promises import PromiseReport
from alertmill.evaluation.typologies import recall_by_typology
from alertmill.explanation.contributions import Contributions, sample_alerts
from alertmill.plotting.tables import Table
from alertmill.reporting.canonical import is_canonical
from alertmill.training.data.rows import KEYS
from alertmill.training.registry.champions import ChampionReport
from alertmill.training.registry.rivals import RivalReport, RivalReports
from tests.explanation.factories import WORDS, make_example
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

ITEMS = {
    "05_model_evaluation": {
        "load": "any",
        "roc": "figure",
        "pr": "figure",
        "confusion": "figure",
        "report": "table",
        "scores": "figure",
        "calibration": "figure",
        "lift": "figure",
    },
    "06_model_comparison": {
        "load": "table",
        "side-by-side": "table",
        "significance": "table",
        "ensemble": "any",
        "selection": "any",
        "bars": "figure",
        "radar": "figure",
        "violin": "figure",
        "timeline": "figure",
    },
    "07_feature_importance": {
        "shap": "any",
        "lightgbm": "figure",
        "permutation": "figure",
        "pdp": "figure",
        "interaction": "figure",
        "summary": "figure",
        "force": "figure",
    },
    "08_error_analysis": {
        "false-positives": "any",
        "false-negatives": "any",
        "patterns": "any",
        "examples": "table",
        "threshold": "figure",
        "segments": "figure",
        "error-distribution": "figure",
        "fp-vs-fn": "figure",
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
    """Build what a report reads of a run, from a small model of planted features."""
    example = make_example()
    rival = "alert_scorer-0a1b2c3d4e5f"
    predictions = example.predictions.with_columns(
        (pl.col("score") / 2).alias(f"score_{rival}@1.0.0"),
        is_repeat=pl.int_range(pl.len()) % 3 == 0,
    )
    trials = {"method": ["grid", "random"], "number": [0, 0], "value": [0.3, 0.4]}
    scores = [[0.2, 0.3, 0.4], [0.3, 0.5, 0.4]]
    described = [
        SimpleNamespace(
            name=entry.name,
            kind="categorical" if entry.categories else "numeric",
            group="noise" if entry.name == "noise" else "alert",
            description=entry.description,
            unit=entry.unit,
            categories=entry.categories,
        )
        for entry in WORDS
    ]
    return SimpleNamespace(
        model=example.model,
        features=example.features,
        predictions=predictions,
        contributions=Contributions.of(example.model, sample_alerts(example.features, predictions)),
        evaluation=evaluate(predictions, review_budget=5, n_bootstrap=50, seed=1),
        comparison=compare(predictions, review_budget=5, n_bootstrap=50, seed=1),
        champion=ChampionReport(model_id=None, version=None, reason="none was promoted yet"),
        rivals=RivalReports(
            models=(RivalReport(model_id=rival, version="1.0.0", name=f"{rival}@1.0.0", reason=""),)
        ),
        checks=CheckReport(champion_id=None, results=()),
        promises=PromiseReport(),
        burdens=burden_by_group(
            predictions,
            columns=("suspected_address_type", "severity"),
            review_budget=5,
            n_bootstrap=50,
            seed=1,
        ),
        typology_recall=recall_by_typology(predictions, review_budget=5, n_bootstrap=50, seed=1),
        lift=lift_by_tenth(predictions, n_bootstrap=50, seed=1),
        origins=measure_origins(
            predictions.filter(split="test")
            .select(
                *KEYS, "y", "raw_score", origin="processing_date", is_shipped=pl.lit(value=True)
            )
            .with_columns(origin=pl.col("origin").min()),
            review_budget=5,
            n_bootstrap=50,
            seed=1,
        ),
        registered_models=pl.DataFrame(),
        tuning=SimpleNamespace(
            trials=pl.DataFrame(
                {**trials, "fold_average_precision": scores, "fold_roc_auc": scores}
            ),
            folds=pl.DataFrame(
                {"train_n_alerts": [100, 200, 300], "validation_n_alerts": [50, 50, 50]}
            ),
        ),
        catalogue=SimpleNamespace(features=described),
        parameters=SimpleNamespace(seed=1, network="ethereum"),
        targets=pl.DataFrame(
            {"split": np.where(np.arange(example.features.height) % 2, "train", "test")}
        ),
    )


@pytest.mark.parametrize("name", ITEMS)
def test_every_cell_shows_what_its_item_asks_for(name: str, run: SimpleNamespace) -> None:
    shown: list[object] = []
    names: dict[str, Any] = {"run": run, "display": shown.append, "threshold": None}
    import_like(code_cells(name), names)

    for cell in telling_cells(name):
        shown.clear()
        shown.append(run_cell(cell.source, names))
        kinds = {ITEMS[name][item.partition("-")[2]] for item in covered(cell)}
        assert any(entry is not None for entry in shown), cell.id
        assert "figure" not in kinds or holds(shown, Figure), cell.id
        assert "table" not in kinds or holds(shown, Table), cell.id
