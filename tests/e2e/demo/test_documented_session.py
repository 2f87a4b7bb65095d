"""What a reader types after the demo works: the README's commands, and cells in a notebook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from alertmill.runs import Run
from tests.e2e.workplaces import Workplace
from tests.support.documents import Block, blocks_of, blocks_of_notebooks
from tests.support.notebook_sessions import figures_in, run_session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

HERE = f"run in {Path(__file__).relative_to(Path(__file__).parents[3]).as_posix()}"

# Three cells of the plan of the notebooks, which called the library "packages".
HEADER = """\
# Standard notebook header
import sys
sys.path.insert(0, '../')  # Add project root to path

from packages.training import FeatureExtractor, FeatureBuilder, ModelTrainer
from packages.storage import ClientFactory, get_connection_params
import pandas as pd
import numpy as np
import matplotlib.pyplot as plt
import seaborn as sns
from loguru import logger

# Configuration
NETWORK = 'ethereum'
START_DATE = '2024-01-01'
END_DATE = '2024-03-31'
WINDOW_DAYS = 7
"""
QUICK_START = """\
# In any notebook
from notebook_utils import *
from packages.training import FeatureExtractor, FeatureBuilder
from packages.storage import ClientFactory, get_connection_params

# Setup
setup_plotting()
connection_params = get_connection_params('ethereum')
client_factory = ClientFactory(connection_params)

# Extract data
with client_factory.client_context() as client:
    extractor = FeatureExtractor(client)
    data = extractor.extract_training_data(
        start_date='2024-01-01',
        end_date='2024-01-31',
        window_days=7
    )

# Build features
builder = FeatureBuilder()
X, y = builder.build_training_features(data)

# Visualize
plot_correlation_matrix(X)
plot_feature_distributions(X, X.columns[:6].tolist())
"""
TRAINING = """\
# Train and evaluate
from packages.training import ModelTrainer

trainer = ModelTrainer(model_type='alert_scorer')
model, metrics = trainer.train(X, y, cv_folds=5)

# Visualize results
print(f"Test AUC: {metrics['test_auc']:.4f}")
print(f"CV AUC: {metrics['cv_auc_mean']:.4f} ± {metrics['cv_auc_std']:.4f}")
"""
TEST_ROWS = "X_test, y_test = trainer.X_test, trainer.y_test"
"""The plan does not say where they come from."""
PREDICTIONS = """\
# Plot predictions
y_pred_proba = model.predict(X_test)
plot_roc_curve(y_test, y_pred_proba, model_name='Alert Scorer')
plot_pr_curve(y_test, y_pred_proba, model_name='Alert Scorer')
"""


@pytest.fixture
def notebook_folders(workplace: Workplace, demo_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let kernels see the database and the runs of the demo."""
    assert demo_run.is_dir()
    for name in ("ALERTMILL_DATABASE_DIR", "ALERTMILL_RUNS_DIR"):
        monkeypatch.setenv(name, workplace.environment[name])


def planned(cell: str) -> str:
    """Return a cell of the plan with our name of the library."""
    if find_spec("loguru") is None:
        cell = cell.replace("from loguru import logger\n", "")
    return cell.replace("packages.", "alertmill.")


@pytest.mark.usefixtures("notebook_folders")
def test_the_cells_of_the_plan_run_and_show_their_figures() -> None:
    cells = [HEADER, QUICK_START, TRAINING, TEST_ROWS, PREDICTIONS]

    _, features, training, _, curves = run_session(*map(planned, cells))

    printed = "".join(output.get("text", "") for output in training)
    correlation, distributions = figures_in(features)
    assert "Test AUC: 0." in printed
    assert "CV AUC: 0." in printed
    assert correlation.startswith("Correlation of ")
    assert distributions.startswith("Distributions of 6 features")
    assert len(figures_in(curves)) == 2


@pytest.mark.usefixtures("notebook_folders")
@pytest.mark.parametrize("block", blocks_of_notebooks(), ids=str)
def test_a_block_in_the_text_of_a_notebook_runs(block: Block) -> None:
    assert block.language == "python"

    run_session(block.text, "model, metrics")


@pytest.mark.parametrize(
    "block", [block for block in blocks_of("sh") if block.mark == HERE], ids=str
)
def test_the_commands_for_afterwards_show_the_run(
    block: Block, workplace: Workplace, demo_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(demo_run, tmp_path / "runs" / "ethereum" / demo_run.name)
    (tmp_path / ".venv").symlink_to(sys.prefix)

    done = subprocess.run(  # noqa: S603 - commands of our own documents
        ["/bin/sh", "-c", block.text],
        cwd=tmp_path,
        env={
            **workplace.environment,
            "ALERTMILL_RUNS_DIR": str(tmp_path / "runs"),
            "COLUMNS": "200",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert demo_run.name in done.stdout
    assert Run.open(demo_run).registration.model_id in done.stdout
