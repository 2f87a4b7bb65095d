"""A hyperparameter search, the time it spends outside LightGBM, and one with scikit-learn's parts.

Outside is the time on the wall in which no thread is inside a function of LightGBM's library, and
the time of a processor that no thread has spent there: every call into the library is counted where
Python hands over, so our own code, Optuna, the database and Python's part of LightGBM are all
outside. On a busy machine only the second means something.

The other way is what many a notebook does: in every trial a fit of LightGBM's estimator on each
fold, which bins the rows anew.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import optuna
import polars as pl
from measuring import Spent

from alertmill.parameters import TuningParameters
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import BoosterSettings
from alertmill.training.models.search_spaces import search_space_of
from alertmill.training.tuning.objective import FoldObjective, split_folds
from alertmill.training.tuning.plan import distributions_of
from alertmill.training.tuning.search import Search, Tuning, tune
from alertmill.vocabulary import ModelType

POSITIVE_SHARE, MISSING_SHARE, N_INFORMATIVE = 0.06, 0.1, 12
SIZE, LARGE_SIZE = (8_000, 60), (60_000, 150)
WARM_UP_SIZE = (2_000, N_INFORMATIVE)
N_TRIALS, LARGE_N_TRIALS = 12, 50
N_COMPARED = 5
N_DAYS, EMBARGO_DAYS, N_FOLDS, N_SEEDS, SEED = 60, 7, 3, 5, 7
MOST_OUTSIDE = 0.10
CORES = 2
SPACE = search_space_of(ModelType.ALERT_SCORER)


def main() -> None:
    """Search in three ways, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE_SIZE[0]:,} alerts, minutes")
    is_large = parser.parse_args().large
    n_alerts, n_features = LARGE_SIZE if is_large else SIZE
    n_trials = LARGE_N_TRIALS if is_large else N_TRIALS
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    rows = make_rows(n_alerts, n_features)
    print(
        f"{n_alerts:,} alerts x {n_features} features, {n_trials} trials, {CORES} cores", flush=True
    )
    search(make_rows(*WARM_UP_SIZE), 1, n_parallel=1)  # to load libraries is no part of it
    search_and_print("one trial at a time", rows, n_trials, n_parallel=1)
    search_and_print("two at the same time", rows, n_trials, n_parallel=2)
    compare(rows)


def search_and_print(name: str, rows: LabelledRows, n_trials: int, *, n_parallel: int) -> None:
    """Do a whole search, as the pipeline does."""
    with watched_library() as inside:
        started = Spent.now()
        tuning = search(rows, n_trials, n_parallel=n_parallel)
        spent = Spent.now() - started
    outside = 1 - inside.wall / spent.wall
    outside_cpu = 1 - inside.cpu / spent.cpu
    n_pruned = int((tuning.trials["state"] == "pruned").sum())
    print(
        f"{name:<20} {spent.wall / 60:.1f} minutes on the wall, {spent.cpu / 60:.1f} of processor; "
        f"{n_pruned} trials pruned, {2 * N_SEEDS} fits with other seeds, best value "
        f"{tuning.choice.best_value:.3f}; outside LightGBM {outside:.1%} of the wall and "
        f"{outside_cpu:.1%} of the processor, wanted below {MOST_OUTSIDE:.0%}",
        flush=True,
    )


def search(rows: LabelledRows, n_trials: int, *, n_parallel: int) -> Tuning:
    """Search with the Bayesian search alone, in a database in a folder that is removed."""
    parameters = TuningParameters(
        n_trials=n_trials,
        n_random_trials=0,
        grid_points=0,
        cv_folds=N_FOLDS,
        n_parallel_trials=n_parallel,
        n_noise_seeds=N_SEEDS,
    )
    with tempfile.TemporaryDirectory() as folder:
        return tune(
            Search(
                rows,
                parameters,
                embargo_days=EMBARGO_DAYS,
                settings=BoosterSettings(seed=SEED, n_threads=CORES),
                space=SPACE,
                storage=Path(folder) / "study.db",
            )
        )


def compare(rows: LabelledRows) -> None:
    """Measure the same random points on the same folds, ours and with the estimator."""
    folds = split_folds(rows, N_FOLDS, EMBARGO_DAYS)
    points = random_points()
    started = Spent.now()
    objective = FoldObjective(
        rows,
        folds,
        settings=BoosterSettings(seed=SEED, n_threads=CORES),
        categorical=(),
        max_bin=SPACE.default.max_bin,
    )
    ours = [objective.measure(SPACE.at(point)).value for point in points]
    our = Spent.now() - started
    started = Spent.now()
    theirs = [with_estimator(rows, folds, point) for point in points]
    their = Spent.now() - started
    print(
        f"{len(points)} points: ours {our.wall:.1f} s on the wall, {our.cpu:.1f} s of processor; "
        f"with the estimator {their.wall:.1f} s, {their.cpu:.1f} s: {their.wall / our.wall:.1f} "
        f"and {their.cpu / our.cpu:.1f} times as much; mean value {np.mean(ours):.3f} and "
        f"{np.mean(theirs):.3f}"
    )


def random_points() -> list[dict[str, Any]]:
    """Draw the points that are compared."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(SEED))
    return [study.ask(distributions_of(SPACE)).params for _ in range(N_COMPARED)]


def with_estimator(
    rows: LabelledRows, folds: list[tuple[np.ndarray, np.ndarray]], point: dict[str, Any]
) -> float:
    """Fit LightGBM's estimator on each fold with early stopping, as a notebook does."""
    from sklearn.metrics import average_precision_score

    own = {**point}
    power = own.pop("imbalance_power")
    X = rows.X.to_numpy()
    values = []
    for fit, held_out in folds:
        y, y_held_out = rows.y[fit], rows.y[held_out]
        estimator = lightgbm.LGBMClassifier(
            **{name: value for name, value in own.items() if name != "lambda_l2"},
            reg_lambda=own["lambda_l2"],
            bagging_freq=1,
            n_estimators=SPACE.default.n_estimators,
            max_bin=SPACE.default.max_bin,
            scale_pos_weight=((len(y) - y.sum()) / y.sum()) ** power,
            random_state=SEED,
            n_jobs=CORES,
            verbosity=-1,
        )
        stop = lightgbm.early_stopping(SPACE.default.early_stopping_rounds, verbose=False)
        estimator.fit(
            X[fit],
            y,
            eval_X=X[held_out],
            eval_y=y_held_out,
            eval_metric=["average_precision", "auc"],
            callbacks=[stop],
        )
        probability = estimator.predict_proba(X[held_out])[:, 1]
        values.append(average_precision_score(y_held_out, probability))
    return float(np.mean(values))


class Inside:
    """The time in which at least one thread is inside the library."""

    def __init__(self) -> None:
        self.wall, self.cpu = 0.0, 0.0
        self._n_inside, self._since = 0, 0.0
        self._lock = threading.Lock()

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that does the same and is counted."""

        def counted(*arguments: Any) -> Any:  # noqa: ANN401 - as the library takes them
            with self._lock:
                if self._n_inside == 0:
                    self._since = time.perf_counter()
                self._n_inside += 1
            began = time.thread_time()
            try:
                return function(*arguments)
            finally:
                with self._lock:
                    self.cpu += time.thread_time() - began
                    self._n_inside -= 1
                    if self._n_inside == 0:
                        self.wall += time.perf_counter() - self._since

        return counted


class _Library:
    """LightGBM's library with a clock at its door."""

    def __init__(self, library: Any, inside: Inside) -> None:  # noqa: ANN401 - ctypes
        self._library, self._inside = library, inside

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - ctypes
        return self._inside.around(getattr(self._library, name))


@contextmanager
def watched_library() -> Iterator[Inside]:
    """Count the time inside LightGBM while this is open."""
    inside, library = Inside(), lightgbm.basic._LIB  # noqa: SLF001 - the one door to it
    lightgbm.basic._LIB = _Library(library, inside)  # noqa: SLF001
    try:
        yield inside
    finally:
        lightgbm.basic._LIB = library  # noqa: SLF001


def make_rows(n_alerts: int, n_features: int) -> LabelledRows:
    """Draw alerts of addresses that have one truth each; some features tell a little of it."""
    rng = np.random.default_rng(SEED)
    n_addresses = n_alerts // 20
    truth = (rng.random(n_addresses) < POSITIVE_SHARE).astype(np.int8)
    own = rng.normal(size=(n_addresses, n_features))
    own[:, :N_INFORMATIVE] += np.linspace(0.2, 0.8, N_INFORMATIVE) * truth[:, None]
    address = rng.integers(0, n_addresses, n_alerts)
    day = np.sort(rng.integers(0, N_DAYS, n_alerts))
    X = own[address] + 0.5 * rng.normal(size=(n_alerts, n_features))
    X[rng.random(X.shape) < MISSING_SHARE] = np.nan
    first = date(2024, 1, 1)
    return LabelledRows(
        X=pl.DataFrame(X, schema=[f"feature_{n}" for n in range(n_features)]),
        y=truth[address],
        weight=np.ones(n_alerts),
        keys=pl.DataFrame(
            {
                "processing_date": [first + timedelta(days=int(d)) for d in day],
                "address": [f"0x{a:05x}" for a in address],
                "alert_id": [f"alert-{n}" for n in range(n_alerts)],
            }
        ),
    )


if __name__ == "__main__":
    main()
