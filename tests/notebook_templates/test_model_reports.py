"""Reports 05 to 08 deliver every item of their plan, in small cells that run without a kernel."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from alertmill.evaluation.burdens import burden_by_group
from alertmill.evaluation.check_results import CheckReport
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.lifts import lift_by_tenth
from alertmill.evaluation.origins import measure_origins
from alertmill.evaluation.promises import PromiseReport
from alertmill.evaluation.typologies import recall_by_typology
from alertmill.explanation.contributions import Contributions, sample_alerts
from alertmill.training.data.rows import KEYS
from alertmill.training.registry.champions import ChampionReport
from alertmill.training.registry.rivals import RivalReport, RivalReports
from tests.explanation.factories import WORDS, make_example
from tests.notebook_templates.cells import check_what_cells_show
from tests.notebook_templates.plan import MODEL_REPORTS


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


@pytest.mark.parametrize("name", MODEL_REPORTS)
def test_every_cell_shows_what_its_item_asks_for(name: str, run: SimpleNamespace) -> None:
    check_what_cells_show(name, MODEL_REPORTS[name], run)
