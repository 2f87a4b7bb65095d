"""The one module that knows LightGBM: datasets, deterministic fits, scoring from model text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from alertmill.threads import limit_threads
from alertmill.training.data.arguments import check_columns
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.objectives import BINARY, Objective

if TYPE_CHECKING:
    import lightgbm

_NOT_OF_LIGHTGBM = {
    "n_estimators",
    "early_stopping_rounds",
    "imbalance_power",
    "truncation_margin",
    "max_bin",
}
_SETTINGS = "\nparameters:"
"""Begins the last part of a model's text."""
_CELLS_PER_THREAD = 5_000_000
"""Below this a second thread costs more than it gives: on 8,000 rows x 120 features one thread
took 3.6 ms a tree, two took 9."""


@dataclass(frozen=True)
class BoosterSettings:
    """What a fit needs beside its hyperparameters; all of it ends up in the model's text."""

    seed: int
    n_threads: int
    """At most; small data are fitted with one."""
    objective: Objective = BINARY
    monotone: Mapping[str, int] = field(default_factory=dict)
    """Features whose rise may never lower the score (1) or raise it (-1)."""

    def with_seed(self, seed: int) -> BoosterSettings:
        """Return the same settings with another seed."""
        return replace(self, seed=seed)

    def useful_threads(self, n_cells: int) -> int:
        """Return the number of threads that a matrix of ``n_cells`` values can employ."""
        return max(1, min(self.n_threads, n_cells // _CELLS_PER_THREAD))


class FoldDatasets:
    """Training and validation rows, binned once and used for any number of fits.

    Parameters
    ----------
    X_train, X_validation : ndarray of shape (n_alerts, n_features)
        Float64, missing is nan; a categorical feature holds its code, 0, 1, 2 and so on. Without
        validation rows a fit has a fixed number of trees, and its validation cannot be measured.
    y_train, y_validation : ndarray of shape (n_alerts,)
        0 or 1.
    weight : ndarray of shape (n_alerts,)
        Weight of the training rows; validation rows count equally.
    names : sequence of str
        One name per feature.
    categorical : sequence of str
        Those of ``names`` that hold codes.
    max_bin : int
        Histogram bins; bin edges come from the training rows alone.
    groups : pair of ndarray, optional
        Sizes of the snapshots of the training and of the validation rows, which lie one after the
        other; only for an objective that ranks within them.
    """

    def __init__(  # noqa: PLR0913 - the two matrices of one fold, each with its marks
        self,
        X_train: np.ndarray,
        y_train: np.ndarray,
        weight: np.ndarray,
        X_validation: np.ndarray | None,
        y_validation: np.ndarray | None,
        *,
        names: Sequence[str],
        categorical: Sequence[str],
        max_bin: int,
        groups: tuple[np.ndarray, np.ndarray | None] | None = None,
    ) -> None:
        lightgbm = _lightgbm()
        self._names = tuple(names)
        self._n_cells = X_train.size
        self._y_train = y_train
        self._weight = weight
        params = {
            "max_bin": max_bin,
            "feature_pre_filter": False,  # min_data_in_leaf differs between fits
            "verbosity": -1,
            "num_threads": 1,
        }
        self._train = lightgbm.Dataset(
            X_train,
            y_train,
            weight=weight,
            group=None if groups is None else groups[0],
            feature_name=names_in_text(names),
            categorical_feature=[list(names).index(name) for name in categorical],
            params=params,
        ).construct()
        self._validation = None
        if X_validation is not None:
            self._validation = self._train.create_valid(
                X_validation,
                y_validation,
                group=None if groups is None else groups[1],
                params=params,
            ).construct()

    def start(self, hyperparameters: Hyperparameters, settings: BoosterSettings) -> GrowingBooster:
        """Begin a fit; the trees are grown one at a time by `GrowingBooster.grow`.

        Raises
        ------
        UnknownNameError
            If a monotone feature is no column.
        """
        check_columns("monotone", settings.monotone, self._names)
        # Not set_weight: it skips weights that are all 1, and the ones of the last fit would stay.
        self._train.set_field(
            "weight", self._weight * class_weights(self._y_train, hyperparameters.imbalance_power)
        )
        parameters = _parameters(hyperparameters, settings)
        parameters["num_threads"] = settings.useful_threads(self._n_cells)
        if settings.monotone:
            constraints = [settings.monotone.get(name, 0) for name in self._names]
            parameters["monotone_constraints"] = constraints
        booster = _lightgbm().Booster(parameters, self._train)
        if self._validation is not None:
            booster.add_valid(self._validation, "validation")
        return GrowingBooster(booster, settings.objective)


class GrowingBooster:
    """A fit in progress."""

    def __init__(self, booster: lightgbm.Booster, objective: Objective) -> None:
        self._booster = booster
        self.objective = objective

    def grow(self) -> bool:
        """Add one tree; whether more trees could help the training rows."""
        return not self._booster.update()

    def grow_to(self, n_trees: int) -> None:
        """Add trees until there are as many, or until no more can help the training rows."""
        for _ in range(n_trees):
            if not self.grow():
                return

    def grow_and_measure(self) -> tuple[bool, dict[str, float]]:
        """Add one tree and measure validation; both where it is called, so on the same thread."""
        can_grow = self.grow()
        return can_grow, self.measure_validation()

    def measure_train(self) -> dict[str, float]:
        """Value of each metric on the weighted training rows."""
        return {entry[1]: entry[2] for entry in self._booster.eval_train()}

    def measure_validation(self) -> dict[str, float]:
        """Value of each metric on the validation rows."""
        return {entry[1]: entry[2] for entry in self._booster.eval_valid()}

    def text(self, n_trees: int) -> str:
        """Model text of the first ``n_trees`` trees."""
        return str(self._booster.model_to_string(num_iteration=n_trees))


@dataclass(frozen=True)
class Growth:
    """How fits that grew in step went."""

    validation: tuple[tuple[dict[str, float], ...], ...]
    """Metrics after tree i + 1 of each booster."""
    train: tuple[dict[str, float], ...]
    """Metrics of the first booster on its training rows after tree i + 1; empty if not asked."""
    best_iteration: int
    """Number of trees with the best mean of the stopping metric."""

    def at_best(self) -> tuple[dict[str, float], ...]:
        """Return the validation metrics of each booster at the best iteration."""
        return self.validation[self.best_iteration - 1]


def grow_to(boosters: Sequence[GrowingBooster], n_trees: int, *, n_threads: int = 1) -> None:
    """Add trees to all boosters until each has as many.

    Parameters
    ----------
    boosters : sequence of GrowingBooster
        Fits that differ in their seed alone.
    n_trees : int
        Trees of each.
    n_threads : int
        Boosters that grow at the same time, one thread each; the result does not depend on it.
    """
    if n_threads == 1 or len(boosters) == 1:
        for booster in boosters:
            booster.grow_to(n_trees)
        return
    with ThreadPoolExecutor(min(n_threads, len(boosters)), initializer=_prepare_thread) as pool:
        list(pool.map(partial(GrowingBooster.grow_to, n_trees=n_trees), boosters))


Watch = Callable[[int, tuple[dict[str, float], ...]], bool]
"""Asked after each tree whether to stop; see `grow_in_step`."""


def grow_in_step(
    boosters: Sequence[GrowingBooster],
    hyperparameters: Hyperparameters,
    *,
    n_threads: int = 1,
    measure_train: bool = False,
    is_hopeless: Watch | None = None,
) -> Growth:
    """Add trees to all boosters until the mean validation loss has stopped falling.

    Folds that grow together share one number of trees, chosen on their mean: the best iteration
    of a single fold would follow the noise of its few positives.

    Parameters
    ----------
    boosters : sequence of GrowingBooster
        Fits on different folds with the same hyperparameters.
    hyperparameters : Hyperparameters
        Gives the most trees, and how long to wait for a smaller loss.
    n_threads : int
        Boosters that grow at the same time, one thread each; the result does not depend on it.
    measure_train : bool
        Whether to measure the first booster on its training rows too.
    is_hopeless : callable, optional
        Told after every tree how many there are, and the metrics of each booster at the best
        number of trees so far; when it says so, no more trees are added.
    """
    grow = partial(
        _grow,
        boosters,
        hyperparameters,
        measure_train=measure_train,
        is_hopeless=is_hopeless,
    )
    if n_threads == 1 or len(boosters) == 1:
        # On this thread: to hand a tree of a millisecond to another one costs more than to grow it.
        return grow(map)
    with ThreadPoolExecutor(min(n_threads, len(boosters)), initializer=_prepare_thread) as pool:
        return grow(pool.map)


def _grow(
    boosters: Sequence[GrowingBooster],
    hyperparameters: Hyperparameters,
    each: Callable[..., Iterable[tuple[bool, dict[str, float]]]],
    *,
    measure_train: bool,
    is_hopeless: Watch | None,
) -> Growth:
    validation: list[tuple[dict[str, float], ...]] = []
    train: list[dict[str, float]] = []
    best_iteration, least_loss = 0, np.inf
    while len(validation) < hyperparameters.n_estimators:
        grown = list(each(GrowingBooster.grow_and_measure, boosters))
        validation.append(tuple(metrics for _, metrics in grown))
        if measure_train:
            train.append(boosters[0].measure_train())
        loss = float(np.mean([boosters[0].objective.loss_of(m) for m in validation[-1]]))
        if loss < least_loss:
            best_iteration, least_loss = len(validation), loss
        if len(validation) - best_iteration >= hyperparameters.early_stopping_rounds:
            break
        if not any(can_grow for can_grow, _ in grown):
            break
        if is_hopeless is not None and is_hopeless(len(validation), validation[best_iteration - 1]):
            break
    return Growth(tuple(validation), tuple(train), best_iteration)


@dataclass(frozen=True)
class FittedBooster:
    """Trees read from a model text."""

    text: str
    n_threads: int

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        # The settings after the trees are for people. Of a line that breaks off there LightGBM
        # reads beyond its end, which may end this process though it did not end the child's.
        trees = self.text.partition(_SETTINGS)[0]
        booster: lightgbm.Booster = _lightgbm().Booster(model_str=trees)
        return booster

    @property
    def handle(self) -> lightgbm.Booster:
        """LightGBM's own object, for libraries that read its trees."""
        return self._booster

    def log_odds(self, X: np.ndarray) -> np.ndarray:
        """Sum of the trees' leaf values, shape (n_alerts,)."""
        return self._predict(X, raw_score=True)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Share of each feature in the log-odds, the constant last; shape (n, n_features + 1)."""
        return self._predict(X, pred_contrib=True)

    def importance(self, kind: str) -> np.ndarray:
        """Sum over the trees of ``split`` counts or of ``gain``, shape (n_features,)."""
        return np.asarray(self._booster.feature_importance(kind), dtype=np.float64)

    def walk(self) -> None:
        """Visit every node of every tree; a damaged tree can end the process or never end."""
        self._booster.dump_model()

    @classmethod
    def of(cls, text: str, n_threads: int) -> Self:
        """Read the text now, so that a broken one fails here."""
        fitted = cls(text, n_threads)
        _ = fitted._booster
        return fitted

    def _predict(self, X: np.ndarray, **how: bool) -> np.ndarray:
        return np.asarray(self._booster.predict(X, num_threads=self.n_threads, **how))


def names_in_text(names: Sequence[str]) -> list[str]:
    """Feature names as LightGBM's text can hold them: no spaces, no JSON characters, no doubles.

    Examples
    --------
    >>> names_in_text(["amount_usd", "p95: hours"])
    ['amount_usd', 'p95__hours']
    >>> names_in_text(["p95: hours", "p95; hours"])
    ['f0_p95__hours', 'f1_p95__hours']
    """
    cleaned = [re.sub(r"[^A-Za-z0-9_]", "_", name) for name in names]
    if len(set(cleaned)) == len(cleaned):
        return cleaned
    return [f"f{position}_{name}" for position, name in enumerate(cleaned)]


def class_weights(y: np.ndarray, power: float) -> np.ndarray:
    """Weight (negatives / positives) ** power for positives, 1 for negatives."""
    n_positives = max(int(y.sum()), 1)
    return np.where(y == 1, ((len(y) - n_positives) / n_positives) ** power, 1.0)


def _parameters(hyperparameters: Hyperparameters, settings: BoosterSettings) -> dict[str, Any]:
    return {
        **hyperparameters.model_dump(exclude=_NOT_OF_LIGHTGBM),
        "objective": settings.objective.name,
        "metric": list(settings.objective.metrics),
        **settings.objective.settings,
        **_truncation(hyperparameters, settings.objective),
        "bagging_freq": 1,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "feature_pre_filter": False,
        "max_bin": hyperparameters.max_bin,
    }


def _truncation(hyperparameters: Hyperparameters, objective: Objective) -> dict[str, int]:
    """Count pairs of alerts only where one of them is near enough to the queue to be reviewed."""
    if objective.review_budget is None:
        return {}
    level = objective.review_budget + hyperparameters.truncation_margin
    return {"lambdarank_truncation_level": level}


def _prepare_thread() -> None:
    """Set LightGBM's log level and number of threads, which it keeps for each of our threads.

    It reads them from any parameters. Unset, a tree that is grown here would use all cores, and a
    metric would be summed in another order than by one thread: it would differ in the last digit.
    """
    params = {"verbosity": -1, "num_threads": 1}
    _lightgbm().Dataset(np.zeros((2, 1)), params=params).construct()


def _lightgbm() -> Any:  # noqa: ANN401 - LightGBM has no types
    limit_threads()
    import lightgbm

    return lightgbm
