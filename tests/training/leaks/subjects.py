"""Rows to screen, drawn from a seed: addresses of known truth with several alerts each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from alertmill.training.data.rows import KEYS
from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.training.leaks import Subject
from tests.training.training_data import make_data

FIRST_DAY = date(2024, 1, 1)
N_DAYS = 40


@dataclass(frozen=True)
class Drawn:
    """What a column may be made of; all arrays have one value per alert."""

    y: np.ndarray
    """1 confirmed, 0 cleared, nan unlabelled."""
    address: np.ndarray
    day: np.ndarray
    rng: np.random.Generator

    def noise(self) -> np.ndarray:
        """Draw one number per address, which knows nothing."""
        return self.rng.normal(size=int(self.address.max()) + 1)[self.address]


Column = Callable[[Drawn], np.ndarray]


def make_subject(  # noqa: PLR0913 - what a test may want to vary, by name
    columns: dict[str, Column],
    *,
    catalogue: FeatureCatalogue | None = None,
    n_addresses: int = 300,
    positive_share: float = 0.3,
    labelled_share: float = 0.7,
    seed: int = 5,
    limit: float = 0.95,
) -> Subject:
    """Draw alerts of training and validation with the given columns."""
    rng = np.random.default_rng(seed)
    truth = np.where(
        rng.random(n_addresses) < labelled_share, rng.random(n_addresses) < positive_share, np.nan
    )
    address = np.repeat(np.arange(n_addresses), rng.poisson(5, n_addresses) + 1)
    day = rng.integers(0, N_DAYS, len(address))
    drawn = Drawn(truth[address], address, day, rng)
    keys = pl.DataFrame(
        {
            "processing_date": [FIRST_DAY + timedelta(days=int(d)) for d in day],
            "address": [f"0x{a:04x}" for a in address],
            "alert_id": [f"{i:05d}" for i in range(len(address))],
        }
    )
    features = keys.with_columns(
        pl.Series(name, np.asarray(column(drawn), dtype=float), nan_to_null=True)
        for name, column in columns.items()
    )
    targets = keys.select(
        *KEYS,
        pl.Series("y", drawn.y, nan_to_null=True).cast(pl.Int8),
        weight=pl.lit(1.0),
        split=pl.when(pl.Series(day) < N_DAYS - 8).then(pl.lit("train")).otherwise(pl.lit("test")),
    )
    return Subject.of(
        features,
        targets,
        catalogue or FeatureCatalogue(features=()),
        data=make_data(n_days=3, n_addresses=2),
        build=lambda data: data.alerts.select(KEYS),
        limit=limit,
        n_folds=3,
        embargo_days=2,
        seed=seed,
    )
