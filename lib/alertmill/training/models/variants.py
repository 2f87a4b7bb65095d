"""The same alerts with other parameters, date ranges and model kinds, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.models.baselines import LogisticBaseline, score_rule
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.measures import measure
from alertmill.training.models.trainer import ModelTrainer

OWN = "this model"
"""What the variant with the hyperparameters of the model itself is called."""
SCHEMA = {
    "name": pl.String,
    "model": pl.String,
    "train_start": pl.Date,
    "train_end": pl.Date,
    "n_train": pl.Int64,
    "n_train_positives": pl.Int64,
    "best_iteration": pl.Int64,
    "average_precision": pl.Float64,
    "roc_auc": pl.Float64,
    "seconds": pl.Float64,
    "note": pl.String,
}


def train_variants(
    train: LabelledRows,
    validation: LabelledRows,
    alerts: pl.DataFrame,
    *,
    trainer: ModelTrainer,
    searched: Hyperparameters,
    categorical: Sequence[str] = (),
) -> pl.DataFrame:
    """Train rivals of the chosen model and measure all of them on the validation rows.

    The boosted variants stop early on the rows that they are measured on, so they look a little
    better here than later; the rule and the logistic regression do not. The table shows what a
    choice changes; the test range says what the model is worth.

    Parameters
    ----------
    train, validation : LabelledRows
        As for `ModelTrainer.fit`.
    alerts : DataFrame
        Holds, among others, the validation rows, with severity and volume_usd.
    trainer : ModelTrainer
        The trainer of the chosen model.
    searched : Hyperparameters
        Of the best trial of the search, which the trainer may have or not.
    categorical : sequence of str
        Features that hold codes of categories.

    Returns
    -------
    DataFrame
        One row per variant: name, model (boosted, logistic or rule), train_start, train_end,
        n_train, n_train_positives, best_iteration (null unless boosted), average_precision,
        roc_auc, seconds, note. A variant whose rows hold one class has null metrics and a note.
    """
    bench = _Bench(validation, alerts, trainer, tuple(categorical))
    own, default = trainer.hyperparameters, trainer.search_space.default
    shallow = own.model_copy(update={"num_leaves": 4, "min_data_in_leaf": 50})
    deep = own.model_copy(update={"num_leaves": 63, "min_data_in_leaf": 5})
    others = {"default parameters": default, "best trial of the search": searched}
    earlier, later = _halves(train)
    variants = (
        _Variant(OWN, "boosted", train, bench.boosted(own)),
        *(
            _Variant(name, "boosted", train, bench.boosted(other))
            for name, other in others.items()
            if other != own
        ),
        _Variant("shallow trees", "boosted", train, bench.boosted(shallow)),
        _Variant("deep trees", "boosted", train, bench.boosted(deep)),
        _Variant("earlier half of the dates", "boosted", earlier, bench.boosted(own)),
        _Variant("later half of the dates", "boosted", later, bench.boosted(own)),
        _Variant("logistic regression", "logistic", train, bench.logistic),
        _Variant("severity and volume", "rule", train, bench.rule),
    )
    return pl.DataFrame([_row(variant, validation) for variant in variants], schema=SCHEMA)


@dataclass(frozen=True)
class _Scored:
    """Scores of the validation rows by a variant."""

    y_score: np.ndarray
    best_iteration: int | None = None


_Score = Callable[[LabelledRows], _Scored]


@dataclass(frozen=True)
class _Variant:
    name: str
    model: str
    train: LabelledRows
    score: _Score


@dataclass(frozen=True)
class _Bench:
    validation: LabelledRows
    alerts: pl.DataFrame
    trainer: ModelTrainer
    categorical: tuple[str, ...]

    def boosted(self, hyperparameters: Hyperparameters) -> _Score:
        trainer = self.trainer.with_hyperparameters(hyperparameters)

        def score(train: LabelledRows) -> _Scored:
            model = trainer.fit(train, self.validation, categorical=self.categorical).model
            return _Scored(model.raw_score(self.validation.X), model.metadata.best_iteration)

        return score

    def logistic(self, train: LabelledRows) -> _Scored:
        fitted = LogisticBaseline.fit(train, categorical=self.categorical)
        return _Scored(fitted.predict(self.validation.X))

    def rule(self, _: LabelledRows) -> _Scored:
        columns = self.alerts.select(*KEYS, "severity", "volume_usd")
        joined = self.validation.keys.join(columns, on=KEYS, how="left", maintain_order="left")
        return _Scored(score_rule(joined))


def _halves(rows: LabelledRows) -> tuple[LabelledRows, LabelledRows]:
    dates = rows.keys["processing_date"]
    middle = dates.unique().sort()[dates.n_unique() // 2]
    is_later = (dates >= middle).to_numpy()
    return rows.take(np.flatnonzero(~is_later)), rows.take(np.flatnonzero(is_later))


def _row(variant: _Variant, validation: LabelledRows) -> dict[str, object]:
    rows = variant.train
    n_positives = int(rows.y.sum())
    facts: dict[str, object] = {
        "name": variant.name,
        "model": variant.model,
        "train_start": rows.keys["processing_date"].min(),
        "train_end": rows.keys["processing_date"].max(),
        "n_train": len(rows.y),
        "n_train_positives": n_positives,
    }
    if n_positives in (0, len(rows.y)):
        return facts | {"note": "its training rows hold one class only"}
    started = time.perf_counter()
    scored = variant.score(rows)
    seconds = time.perf_counter() - started
    measured = measure(validation.y, scored.y_score)
    return facts | {
        "best_iteration": scored.best_iteration,
        "average_precision": measured.average_precision,
        "roc_auc": measured.roc_auc,
        "seconds": seconds,
    }
