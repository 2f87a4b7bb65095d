"""A small model in a run folder."""

from __future__ import annotations

import numpy as np

from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from tests.checks.written_runs import RunWriter
from tests.training.labelled_rows import make_rows


def write_model_of_rows(writer: RunWriter) -> AlertModel:
    """Fit on drawn rows whose first two features tell, and save."""
    rows = make_rows()
    half = len(rows.y) // 2
    trainer = ModelTrainer(hyperparameters=Hyperparameters(n_estimators=20), n_threads=1)
    fitted = trainer.fit(rows.take(np.arange(half)), rows.take(np.arange(half, len(rows.y))))
    fitted.model.save(writer.run.path / "model")
    return fitted.model
