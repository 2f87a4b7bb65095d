"""Labels that mean nothing: no run may claim to have learned from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill import pipeline
from alertmill.files import write_parquet
from alertmill.runs import Run, Stage

N_SEEDS = 20
N_QUICK = 2
BASE_RATE = 0.3
CHANCE = 0.5
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """What a run on noise says of addresses that it has not seen."""

    roc_auc: float
    allows_chance: bool
    """Whether the interval of the ROC AUC holds a half."""
    precision_to_base_rate: float
    """Average precision against the share of positive alerts."""

    @classmethod
    def of(cls, run: Run) -> Outcome:
        """Read the metrics of the new addresses."""
        area = run.evaluation.get("model", "roc_auc", split="test_new")
        precision = run.evaluation.get("model", "average_precision", split="test_new")
        assert area.value is not None
        assert area.ci_low is not None
        assert area.ci_high is not None
        assert precision.value is not None
        base_rate = precision.n_positives / precision.n_rows
        is_allowed = area.ci_low <= CHANCE <= area.ci_high
        return cls(area.value, is_allowed, precision.value / base_rate)


def learn_from_noise(run: Run, folder: Path, seed: int) -> Outcome:
    """Label every alerted address by chance, and do all that a run does."""
    parameters = run.parameters.model_copy(update={"seed": seed})
    noisy = Run.create(folder, parameters, key=f"noise-{seed}", now=NOW)
    labels = noise_labels(run.address_labels, run.alerts["address"], seed)

    def produce() -> list[Path]:
        (noisy.path / "data").mkdir()
        for file in sorted((run.path / "data").iterdir()):
            (noisy.path / "data" / file.name).write_bytes(file.read_bytes())
        write_parquet(noisy.path / "data" / "address_labels.parquet", labels)
        return sorted((noisy.path / "data").iterdir())

    noisy.complete(Stage.EXTRACT, produce)
    pipeline.learn(noisy)
    return Outcome.of(noisy)


def noise_labels(labels: pl.DataFrame, addresses: pl.Series, seed: int) -> pl.DataFrame:
    """Return one label for every address, drawn at random and known before the first alert."""
    labelled = addresses.unique().sort()
    is_high = np.random.default_rng(seed).random(len(labelled)) < BASE_RATE
    own = pl.DataFrame({"address": labelled, "risk_level": np.where(is_high, "high", "low")})
    like = labels.head(1).select(pl.exclude("address", "risk_level", "known_at", "revoked_at"))
    known = own.join(like, how="cross").with_columns(known_at=labels["known_at"].min())
    return (
        known.with_columns(revoked_at=pl.lit(None)).select(labels.columns).cast(dict(labels.schema))  # type: ignore[arg-type]  # a schema is a mapping of types
    )


def test_two_runs_on_noise_allow_for_chance(run: Run, tmp_path: Path) -> None:
    outcomes = [learn_from_noise(run, tmp_path, seed) for seed in range(1, N_QUICK + 1)]

    assert sum(outcome.allows_chance for outcome in outcomes) == N_QUICK


@pytest.mark.heavy
def test_twenty_runs_on_noise_claim_nothing(
    run_of_many: Run, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    outcomes = [learn_from_noise(run_of_many, tmp_path, seed) for seed in range(1, N_SEEDS + 1)]

    n_allowing = sum(outcome.allows_chance for outcome in outcomes)
    area = float(np.mean([outcome.roc_auc for outcome in outcomes]))
    precision = float(np.mean([outcome.precision_to_base_rate for outcome in outcomes]))
    measured = f"{n_allowing} of {N_SEEDS} allow for chance, ROC AUC {area:.3f}, {precision:.3f}"
    record_property(
        "V1 runs on noise whose interval of the ROC AUC on new addresses holds 0.5",
        f"{n_allowing} of {N_SEEDS}; mean {area:.3f}, average precision over base rate "
        f"{precision:.2f}",
    )
    assert n_allowing >= 18, measured
    assert 0.48 <= area <= 0.52, measured
    assert 0.9 <= precision <= 1.1, measured
