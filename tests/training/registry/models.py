"""Small fitted models of one history, for tests of what becomes of registered models."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from alertmill.parameters import TrainingParameters
from alertmill.promotions import PromotionLedger
from alertmill.promotions.registry import PromotionRegistry
from alertmill.reviews import ReviewTerms
from alertmill.storage import Client
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.vocabulary import Network
from tests.support.signing import signed_ledger
from tests.training.labelled_rows import make_rows, rows_between

PARAMETERS = TrainingParameters(
    network=Network.ETHEREUM, start_date=date(2024, 1, 1), end_date=date(2024, 1, 30)
)
ROWS = make_rows(n_addresses=120)
FIRST_TEST_DAY = date(2024, 2, 7)
"""Eight days after the last validation day: one more than the embargo."""


@cache
def make_model(*, last_day: int = 12, seed: int = 7, n_features: int = 6) -> AlertModel:
    """Fit on the days up to ``last_day``, counted from 2024-01-01 as 0; equal fits are one."""
    rows = replace(ROWS, X=ROWS.X.select(ROWS.X.columns[:n_features]))
    trainer = ModelTrainer(seed=seed)
    return trainer.fit(rows_between(rows, 0, last_day), rows_between(rows, 20, 29)).model


def promoted(
    client: Client, model: AlertModel, folder: Path, *, run_id: str = "run"
) -> pl.DataFrame:
    """Register a model and make it the champion; return the registered ones."""
    storage = ModelStorage(client)
    saved = storage.save(model, {}, directory=folder, run_id=run_id, parameters=PARAMETERS)
    registry = PromotionRegistry(
        client, PromotionLedger(folder), signed_ledger(folder), ReviewTerms()
    )
    registry.promote(saved.model_id, actor="ann", reason="first of its kind")
    return storage.list()
