"""Scoring a day with reasons beside the bare calls of LightGBM, in one process.

Bare are one `predict` and one `pred_contrib` on a matrix that is there already. Ours codes the
names of categories, scores, explains, writes the five strongest reasons as JSON, and keeps the rows
in the folder of a scoring run.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import polars as pl
from measuring import Spent

from alertmill.parameters import ScoringParameters
from alertmill.scoring.folder import ScoringRun
from alertmill.scoring.places import with_places
from alertmill.scoring.scorer import Scorer
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.features.build import FeatureSet
from alertmill.training.features.declarations import build_catalogue
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.trainer import ModelTrainer

N_ALERTS, N_LARGE, N_TRAINED, N_TREES = 10_000, 100_000, 8_000, 300
MISSING_SHARE, USED_SHARE = 0.1, 0.3
TIMES_BARE, PER_SECOND = 1.5, 20_000
DAY = date(2024, 1, 8)
BARE, OURS = "bare predict and pred_contrib", "ours, with reasons and folder"


def main() -> None:
    """Make rows, fit a model, score by both ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{N_LARGE:,} alerts")
    n_alerts = N_LARGE if parser.parse_args().large else N_ALERTS
    built = rows_of(n_alerts)
    scorer = scorer_of(rows_of(N_TRAINED))
    booster = lgb.Booster(model_str=scorer.model.booster_text)
    matrix = built.features.drop(KEYS).to_numpy()
    bare(booster, matrix[:100])
    ours(scorer, FeatureSet(built.features.head(100), built.catalogue, built.refused))
    started = Spent.now()
    bare(booster, matrix)
    of_bare = Spent.now() - started
    with tempfile.TemporaryDirectory() as folder:
        kept = ScoringRun(Path(folder), ScoringParameters(network="ethereum"))
        started = Spent.now()
        kept.keep_rows(DAY, ours(scorer, built))
        of_ours = Spent.now() - started
    print(
        f"{n_alerts:,} alerts, {matrix.shape[1]} features, {booster.num_trees()} trees of "
        f"{scorer.model.metadata.hyperparameters.num_leaves} leaves at most"
    )
    for name, spent in ((BARE, of_bare), (OURS, of_ours)):
        rate = n_alerts / spent.wall
        print(f"{name:<30} {spent.wall:6.2f} s on the wall, {spent.cpu:6.2f} s of processor, "
              f"{rate:,.0f} alerts a second")  # fmt: skip
    print(
        f"{of_ours.wall / of_bare.wall:.2f} times the bare calls on the wall, "
        f"{of_ours.cpu / of_bare.cpu:.2f} times in processor time, wanted at most {TIMES_BARE}"
    )
    print(f"{n_alerts / of_ours.wall:,.0f} alerts a second, wanted {PER_SECOND:,}")


def bare(booster: lgb.Booster, matrix: np.ndarray) -> None:
    """Ask LightGBM for scores and contributions."""
    booster.predict(matrix, num_threads=2)
    booster.predict(matrix, num_threads=2, pred_contrib=True)


def ours(scorer: Scorer, built: FeatureSet) -> pl.DataFrame:
    """Score, explain and rank as a day is scored."""
    scored = scorer.score(built).frame.with_columns(typology_type=pl.lit("PEEL_CHAIN"))
    return with_places(scored, review_budget=20, sample_share=0.03, seed=7, day=DAY)


def rows_of(n_alerts: int) -> FeatureSet:
    """Return random features of the catalogue's ranges; every tenth value is missing."""
    rng, catalogue = np.random.default_rng(n_alerts), build_catalogue()
    columns = {}
    for definition in catalogue.features:
        if definition.categories:
            values = rng.integers(0, len(definition.categories), n_alerts).astype(float)
        else:
            values = rng.gamma(2, 1, n_alerts)
        values[rng.random(n_alerts) < MISSING_SHARE] = np.nan
        columns[definition.name] = pl.Series(values).fill_nan(None)
    keys = pl.DataFrame(
        {
            "processing_date": pl.Series([DAY] * n_alerts),
            "address": [f"0x{n // 2:040x}" for n in range(n_alerts)],
            "alert_id": [f"{n:032x}" for n in range(n_alerts)],
        }
    )
    return FeatureSet(keys.with_columns(**columns), catalogue, pl.DataFrame())


def scorer_of(built: FeatureSet) -> Scorer:
    """Fit a model of so many trees on a third of the features."""
    X = built.features.drop(KEYS)
    rng = np.random.default_rng(7)
    weights = rng.normal(0, 1, X.width) * (rng.random(X.width) < USED_SHARE)
    log_odds = X.fill_null(0).to_numpy() @ weights
    y = (log_odds + rng.logistic(0, 2, X.height) > np.quantile(log_odds, 0.8)).astype(np.int8)
    half = X.height // 2
    train, validation = (
        LabelledRows(X[part], y[part], np.ones(half), built.features.select(KEYS)[part])
        for part in (slice(0, half), slice(half, 2 * half))
    )
    settings = Hyperparameters(n_estimators=N_TREES, learning_rate=0.02, num_leaves=15)
    trainer = ModelTrainer(hyperparameters=settings, n_threads=2)
    fitted = trainer.fit(train, validation, categorical=built.catalogue.categorical)
    model = fitted.model.with_meanings(built.catalogue)
    registered = SimpleNamespace(model_id=model.metadata.model_id, version="1.0.0", run_id="bench")
    return Scorer(registered, model, 20)  # type: ignore[arg-type]  # of which nothing else is read


if __name__ == "__main__":
    main()
