"""Search hyperparameters inside the training range: grid, random and Bayesian, with Optuna.

All three searches propose points of one space and are measured on the same folds. Their trials lie
in a database, so that a search that was interrupted goes on where it stopped, and others can help.
One trial at a time by one worker, a search ends as if it had never been interrupted: what a trial
proposes depends on the seed and on the finished trials alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from alertmill.errors import TuningFailedError
from alertmill.parameters import TuningParameters
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import BoosterSettings
from alertmill.training.models.search_spaces import SearchSpace
from alertmill.training.tuning.gain import Gain
from alertmill.training.tuning.noise import measure_gain, measure_other_seeds
from alertmill.training.tuning.objective import describe_folds, identify, split_folds
from alertmill.training.tuning.plan import Slot, plan_slots
from alertmill.training.tuning.results import (
    Ending,
    Method,
    TrialState,
    Tuning,
    TuningChoice,
    best_row,
    trials_table,
)
from alertmill.training.tuning.storage import StorageLocation
from alertmill.training.tuning.study import SharedStudy
from alertmill.training.tuning.workers import ObjectivePool, Progress, Workers

if TYPE_CHECKING:
    from optuna.importance import PedAnovaImportanceEvaluator
    from optuna.trial import FrozenTrial

__all__ = ["Clock", "Method", "Progress", "Search", "Tuning", "TuningChoice", "help_tune", "tune"]

_FEWEST_TRIALS_FOR_IMPORTANCE = 4
_GOOD_SHARE, _FEWEST_GOOD, _MOST_GOOD_SHARE = 0.1, 5, 0.5

Clock = Callable[[], float]
"""Gives seconds that only grow."""


@dataclass(frozen=True)
class Search:
    """What is searched, on which rows, and where the trials are kept."""

    rows: LabelledRows
    """Training rows; neither validation nor test rows belong here."""
    parameters: TuningParameters
    embargo_days: int
    """Days between the two sides of a fold."""
    settings: BoosterSettings
    """What is learned; seed of the proposals and of the fits; threads are folds that are fitted at
    the same time, on which the result does not depend."""
    space: SearchSpace
    storage: StorageLocation
    """Finished trials of the same rows, folds, space and seed found there are not done again."""
    categorical: Sequence[str] = ()
    """Features that hold codes of categories."""
    name: str = ""
    """Begins the name of the study, if several searches share a database."""
    clock: Clock = time.monotonic
    """Tells when the minutes are over."""


def tune(search: Search, *, progress: Progress | None = None) -> Tuning:
    """Search hyperparameters on time-and-address folds of the training rows.

    A trial grows its folds in step and keeps the number of trees with the least mean loss on
    them, so its value is a little too good, for every trial alike: it chooses, it reports nothing.
    The best trial ships only if it beats the defaults beyond a standard error; see `Gain`.

    Parameters
    ----------
    search : Search
        What to search.
    progress : callable, optional
        Told after every trial how many are done and how many there will be, whoever did them.

    Raises
    ------
    TuningStorageError
        If the database of the trials cannot be opened.
    TuningFailedError
        If every trial was given up because its workers were killed.
    """
    pool, name = _prepare(search)
    slots = plan_slots(search.parameters, search.space)
    study = SharedStudy.create(search.storage, name, slots)
    try:
        _workers(search, study, pool).lead(
            is_over=_Limit(search, study).is_over, n_slots=len(slots), progress=progress
        )
        records = [_record(slot, trial) for slot, trial in study.ended_trials()]
        importances = _rank_hyperparameters([trial for _, trial in study.ended_trials()])
    finally:
        study.close()
    trials = trials_table(records, search.space)
    if trials["value"].null_count() == trials.height:
        raise TuningFailedError.of(trials.height)
    folds, seeds = describe_folds(search.rows, pool.folds), _measure_seeds(search, trials, pool)
    gain = measure_gain(trials, seeds, folds, search.space)
    choice = _choose(search, trials, gain, n_planned=len(slots))
    return Tuning(trials, importances, folds, choice, seeds)


def help_tune(search: Search) -> int:
    """Do trials of a search that another process leads, until none is left; gives how many.

    Raises
    ------
    TuningStorageError
        If the database cannot be opened, or no search of the same rows, folds, space and seed has
        begun there.
    """
    pool, name = _prepare(search)
    study = SharedStudy.join(search.storage, name, plan_slots(search.parameters, search.space))
    try:
        return _workers(search, study, pool).help()
    finally:
        study.close()


class _Limit:
    """Whether the minutes of a search have run out; what it took before a crash counts."""

    def __init__(self, search: Search, study: SharedStudy) -> None:
        minutes = search.parameters.max_minutes
        self._clock = search.clock
        self._study = study
        spent = [study.measured_of(trial) for _, trial in study.ended_trials()]
        seconds = sum(m.seconds for m in spent if m is not None)
        begun = self._clock() - seconds / search.parameters.n_parallel_trials
        self._end = None if minutes is None else begun + 60 * minutes

    def is_over(self) -> bool:
        """Return True if no further trial may start; the default trial always runs."""
        if self._end is None or self._clock() < self._end:
            return False
        return self._study.has_begun()


def _prepare(search: Search) -> tuple[ObjectivePool, str]:
    """Return what measures trials, and the name of the study of just this search."""
    folds = split_folds(search.rows, search.parameters.cv_folds, search.embargo_days)
    pool = ObjectivePool(
        search.rows,
        folds,
        settings=search.settings,
        categorical=search.categorical,
        max_bin=search.space.default.max_bin,
        n_parallel=search.parameters.n_parallel_trials,
    )
    identity = identify(
        search.rows, folds, search.settings, search.space, prune=search.parameters.prune
    )
    return pool, f"{search.name}{'/' if search.name else ''}{identity}"


def _workers(search: Search, study: SharedStudy, pool: ObjectivePool) -> Workers:
    return Workers(
        study,
        pool,
        search.space,
        seed=search.settings.seed,
        n_parallel=search.parameters.n_parallel_trials,
    )


def _record(slot: Slot, trial: FrozenTrial) -> dict[str, Any]:
    """Make the row of a trial."""
    measured = SharedStudy.measured_of(trial)
    record: dict[str, Any] = {"method": slot.method.value, "number": slot.number, **trial.params}
    if measured is None:
        return record | {"state": TrialState.FAILED.value}
    is_pruned = trial.state.name == "PRUNED"
    return record | {
        **measured.model_dump(),
        "value": None if is_pruned else measured.value,
        "last_value": measured.value,
        "state": (TrialState.PRUNED if is_pruned else TrialState.COMPLETE).value,
    }


def _choose(
    search: Search, trials: pl.DataFrame, gain: Gain | None, *, n_planned: int
) -> TuningChoice:
    best = best_row(trials)
    return TuningChoice(
        best=search.space.at(best),
        best_method=best["method"],
        best_value=best["value"],
        metric=search.settings.objective.selection_metric,
        space=search.space,
        ended_by=Ending.TRIALS if trials.height == n_planned else Ending.MINUTES,
        n_planned=n_planned,
        max_minutes=search.parameters.max_minutes,
        gain=gain,
    )


def _measure_seeds(search: Search, trials: pl.DataFrame, pool: ObjectivePool) -> pl.DataFrame:
    with pool.borrow() as objective:
        return measure_other_seeds(
            trials,
            search.space,
            objective,
            seed=search.settings.seed,
            n_seeds=search.parameters.n_noise_seeds,
        )


def _rank_hyperparameters(trials: Sequence[FrozenTrial]) -> pl.DataFrame:
    import optuna

    complete = [t for t in trials if t.state is optuna.trial.TrialState.COMPLETE]
    importances: dict[str, float] = {}
    if len(complete) >= _FEWEST_TRIALS_FOR_IMPORTANCE:
        pooled = optuna.create_study(direction="maximize")
        pooled.add_trials(complete)
        importances = optuna.importance.get_param_importances(
            pooled, evaluator=_importance_evaluator(len(complete))
        )
    return pl.DataFrame(
        {"hyperparameter": list(importances), "importance": list(importances.values())},
        schema={"hyperparameter": pl.String, "importance": pl.Float64},
    )


def _importance_evaluator(n_trials: int) -> PedAnovaImportanceEvaluator:
    """PED-ANOVA on the best tenth, or on the best five of few trials: fewer say nothing."""
    from optuna.importance import PedAnovaImportanceEvaluator

    share = min(_MOST_GOOD_SHARE, max(_GOOD_SHARE, _FEWEST_GOOD / n_trials))
    return PedAnovaImportanceEvaluator(target_quantile=share)
