"""Search hyperparameters inside the training range: grid, random and Bayesian, with Optuna.

All three searches propose points of one space, `SEARCH_SPACE`, and are measured on the same folds.
A search that was interrupted goes on where it stopped and ends as if it had never been: what a
trial proposes depends on the seed and on the finished trials alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from alertmill.parameters import TuningParameters
from alertmill.training.boosting import BoosterSettings
from alertmill.training.hyperparameters import GRID_AXES, SEARCH_SPACE, Hyperparameters
from alertmill.training.rows import LabelledRows
from alertmill.training.tuning_objective import (
    FoldObjective,
    describe_folds,
    identify,
    split_folds,
)
from alertmill.training.tuning_results import Method, Tuning, TuningChoice

if TYPE_CHECKING:
    import optuna

__all__ = ["Method", "Progress", "Tuning", "TuningChoice", "tune"]

_FEWEST_TRIALS_FOR_IMPORTANCE = 4
_TRIAL_ATTRIBUTES: dict[str, pl.DataType | type[pl.DataType]] = {
    "fold_values": pl.List(pl.Float64),
    "fold_average_precision": pl.List(pl.Float64),
    "fold_roc_auc": pl.List(pl.Float64),
    "best_iteration": pl.Int64,
    "seconds": pl.Float64,
}

Progress = Callable[[int, int], None]
"""Called with the trials done and the trials in all."""


def tune(  # noqa: PLR0913 - one setting each
    rows: LabelledRows,
    *,
    parameters: TuningParameters,
    embargo_days: int,
    settings: BoosterSettings,
    categorical: Sequence[str] = (),
    storage: Path,
    progress: Progress | None = None,
) -> Tuning:
    """Search hyperparameters on time-and-address folds of the training rows.

    A trial grows its folds in step and keeps the number of trees with the least mean loss on
    them, so its value is a little too good, for every trial alike: it chooses, it reports nothing.

    Parameters
    ----------
    rows : LabelledRows
        Training rows; neither validation nor test rows belong here.
    parameters : TuningParameters
        Number of trials per search and of folds.
    embargo_days : int
        Days between the two sides of a fold.
    settings : BoosterSettings
        What is learned; seed of the proposals and of the fits; threads are folds that are fitted at
        the same time, on which the result does not depend.
    categorical : sequence of str
        Features that hold codes of categories.
    storage : Path
        Journal file of the studies. Finished trials of the same rows, folds and seed found there
        are not done again.
    progress : callable, optional
        Told after every trial how many are done and how many there will be.
    """
    folds = split_folds(rows, parameters.cv_folds, embargo_days)
    objective = FoldObjective(rows, folds, settings=settings, categorical=categorical)
    searches = _searches(parameters, settings.seed)
    identity = identify(rows, folds, settings)
    report = _counter(sum(s.n_trials for s in searches), progress)
    studies = {
        search.method: _run_search(search, objective, storage, identity, report)
        for search in searches
    }
    trials = _tabulate(studies)
    best = trials.sort("value", descending=True, maintain_order=True).row(0, named=True)
    choice = TuningChoice(
        best=Hyperparameters(**{d.name: best[d.name] for d in SEARCH_SPACE}),
        best_method=best["method"],
        best_value=best["value"],
        metric=settings.objective.selection_metric,
    )
    return Tuning(trials, _rank_hyperparameters(studies), describe_folds(rows, folds), choice)


Point = Mapping[str, float | int]


@dataclass(frozen=True)
class _Search:
    method: Method
    n_trials: int
    seed: int
    points: Sequence[Point] = ()
    """The first trials; the sampler proposes the others."""

    def sampler(self, n_done: int) -> optuna.samplers.BaseSampler:
        """Sampler of the next trial, when ``n_done`` have finished."""
        import optuna

        # A seed for each trial: a resumed search would repeat the draws of a seed for all.
        sequence = np.random.SeedSequence([self.seed, list(Method).index(self.method), n_done])
        seed = int(sequence.generate_state(1)[0])
        if self.method is Method.RANDOM:
            return optuna.samplers.RandomSampler(seed)
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(2, self.n_trials // 3))


def _searches(parameters: TuningParameters, seed: int) -> list[_Search]:
    n = parameters.grid_points
    values = [
        [d.at((step + 0.5) / n) for step in range(n)] for d in SEARCH_SPACE if d.name in GRID_AXES
    ]
    default = Hyperparameters().model_dump(include={d.name for d in SEARCH_SPACE})
    grid = [{**default, **dict(zip(GRID_AXES, point, strict=True))} for point in product(*values)]
    return [
        _Search(Method.GRID, len(grid) if n else 0, seed, grid),
        _Search(Method.RANDOM, parameters.n_random_trials, seed),
        # The first Bayesian trial is the default: the choice is never worse than it on the folds.
        _Search(Method.BAYESIAN, parameters.n_trials, seed, [default]),
    ]


def _run_search(
    search: _Search,
    objective: FoldObjective,
    storage: Path,
    identity: str,
    report: Callable[[], None],
) -> optuna.Study:
    study = _open_study(f"{search.method.value}-{identity}", storage)
    n_done = len(_complete(study))
    for _ in range(min(n_done, search.n_trials)):
        report()
    for number in range(n_done, search.n_trials):
        if number < len(search.points):
            _measure_point(study, objective, search.points[number])
        else:
            study.sampler = search.sampler(number)
            _measure_proposal(study, objective)
        report()
    return study


def _measure_point(study: optuna.Study, objective: FoldObjective, point: Point) -> None:
    from optuna.trial import create_trial

    measured = objective.measure(Hyperparameters.model_validate(point))
    trial = create_trial(
        params=dict(point),
        distributions=_distributions(),
        value=_value_of(measured),
        user_attrs=measured,
    )
    study.add_trial(trial)


def _measure_proposal(study: optuna.Study, objective: FoldObjective) -> None:
    trial = study.ask(fixed_distributions=_distributions())
    measured = objective.measure(Hyperparameters.model_validate(trial.params))
    for name, value in measured.items():
        trial.set_user_attr(name, value)
    study.tell(trial, _value_of(measured))


def _value_of(measured: Mapping[str, Any]) -> float:
    return float(np.mean(measured["fold_values"]))


def _distributions() -> dict[str, optuna.distributions.BaseDistribution]:
    from optuna.distributions import FloatDistribution, IntDistribution

    return {
        d.name: IntDistribution(int(d.low), int(d.high), log=d.is_log)
        if d.kind == "int"
        else FloatDistribution(d.low, d.high, log=d.is_log)
        for d in SEARCH_SPACE
    }


def _open_study(name: str, storage: Path) -> optuna.Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(storage))),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
    )
    for trial in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # its process was killed
    return study


def _counter(total: int, progress: Progress | None) -> Callable[[], None]:
    done = iter(range(1, total + 1))

    def report() -> None:
        if progress is not None:
            progress(next(done), total)

    return report


def _complete(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])


def _tabulate(studies: Mapping[Method, optuna.Study]) -> pl.DataFrame:
    records = [
        {"method": method.value, "number": number, "value": trial.value, "state": "complete"}
        | trial.user_attrs
        | trial.params
        for method, study in studies.items()
        for number, trial in enumerate(_complete(study))
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "method": pl.String,
        "number": pl.Int64,
        "value": pl.Float64,
        **_TRIAL_ATTRIBUTES,
        "state": pl.String,
        **{d.name: pl.Int64 if d.kind == "int" else pl.Float64 for d in SEARCH_SPACE},
    }
    return pl.DataFrame(records, schema=schema)


def _rank_hyperparameters(studies: Mapping[Method, optuna.Study]) -> pl.DataFrame:
    import optuna

    trials = [trial for study in studies.values() for trial in _complete(study)]
    importances: dict[str, float] = {}
    if len(trials) >= _FEWEST_TRIALS_FOR_IMPORTANCE:
        pooled = optuna.create_study(direction="maximize")
        pooled.add_trials(trials)
        importances = optuna.importance.get_param_importances(pooled)
    return pl.DataFrame(
        {"hyperparameter": list(importances), "importance": list(importances.values())},
        schema={"hyperparameter": pl.String, "importance": pl.Float64},
    )
