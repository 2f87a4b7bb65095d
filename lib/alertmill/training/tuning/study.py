"""The study that the workers of a search share: its database, and who does which trial.

Every trial of the plan waits in the database from the start. A worker takes one by turning it from
waiting to running, which only one can do, beats while it works, and says what it found. A trial
whose worker is gone is offered again.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from alertmill.errors import TuningStorageError
from alertmill.training.models.search_spaces import Point, SearchSpace
from alertmill.training.tuning.objective import Measured
from alertmill.training.tuning.plan import Slot, distributions_of, is_among_worst
from alertmill.training.tuning.storage import (
    MOST_TRIES,
    SLOT,
    StorageLocation,
    WorkerName,
    describe,
    offer,
    offer_again,
    opened,
)

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

    Storage = optuna.storages.RDBStorage

_WORKER, _MEASURED, _ENDED = "worker", "measured", "ended"


@dataclass(frozen=True)
class Claim:
    """A trial that this worker has taken."""

    slot: Slot
    trial: optuna.trial.Trial
    before: Sequence[FrozenTrial]
    """Trials of the same method that had ended, or ran elsewhere, in the plan's order."""
    ended: Sequence[FrozenTrial]
    """Trials of every method that had been completed or pruned."""


class SharedStudy:
    """One study of one plan, seen by one worker.

    Open it by `SharedStudy.create` or `SharedStudy.join`. Its methods may be called from several
    threads.
    """

    def __init__(self, study: optuna.Study, storage: Storage, slots: Sequence[Slot]) -> None:
        self._study = study
        self._storage = storage
        self._slots = {slot.key: slot for slot in slots}
        self._places = {key: place for place, key in enumerate(self._slots)}
        self._worker = WorkerName.new()

    @classmethod
    def create(cls, location: StorageLocation, name: str, slots: Sequence[Slot]) -> Self:
        """Open the study of a plan, or begin it, and offer every trial that nobody has.

        Only one process may do so at a time: the one that ends the search.

        Raises
        ------
        TuningStorageError
            If the database cannot be opened.
        """
        import optuna

        with opened(location) as storage:
            study = optuna.create_study(
                storage=storage,
                study_name=name,
                direction="maximize",
                load_if_exists=True,
            )
        shared = cls(study, storage, slots)
        study.set_user_attr(_ENDED, value=False)
        shared.recover()
        shared.offer_missing()
        return shared

    @classmethod
    def join(cls, location: StorageLocation, name: str, slots: Sequence[Slot]) -> Self:
        """Open a study that another process has begun.

        Raises
        ------
        TuningStorageError
            If the database cannot be opened, or nobody has begun the study there.
        """
        import optuna

        if isinstance(location, Path) and not location.is_file():
            raise TuningStorageError.not_begun(describe(location))
        with opened(location) as storage:
            if name not in optuna.get_all_study_names(storage):
                raise TuningStorageError.not_begun(describe(location))
            study = optuna.load_study(study_name=name, storage=storage)
        return cls(study, storage, slots)

    def close(self) -> None:
        """Let go of the database."""
        self._storage.engine.dispose()

    # --- taking trials ------------------------------------------------------------------------

    def claim(self) -> Claim | None:
        """Take the first trial of the plan that waits; None if there is none to take now."""
        from optuna.trial import Trial, TrialState

        trials = self._trials()
        if any(t.state is TrialState.RUNNING and _WORKER not in t.user_attrs for t in trials):
            return None  # another is taking it, or was killed while it did: the order is not known
        held = {
            self._key(t) for t in trials if t.state not in (TrialState.WAITING, TrialState.FAIL)
        }
        for waiting in self._in_order(t for t in trials if t.state is TrialState.WAITING):
            trial_id = waiting._trial_id  # noqa: SLF001 - the storage knows trials by it alone
            # Before it runs, so that no trial can run without ever having beaten.
            self._storage.record_heartbeat(trial_id)
            # Offered twice, when a process was killed between two steps.
            wanted = TrialState.FAIL if self._key(waiting) in held else TrialState.RUNNING
            if self._turn(trial_id, wanted) and wanted is TrialState.RUNNING:
                trial = Trial(self._study, trial_id)
                trial.set_user_attr(_WORKER, self._worker.text)
                slot = self._slots[self._key(waiting)]
                told = (TrialState.COMPLETE, TrialState.PRUNED)
                ended = [t for t in trials if t.state in told]
                return Claim(slot, trial, self._before(slot, trials), ended)
        return None

    def try_point(self, claim: Claim, point: Point, space: SearchSpace) -> None:
        """Write down what a trial tries."""
        known = claim.trial.params
        for name, distribution in distributions_of(space).items():
            if name not in known:
                internal = distribution.to_internal_repr(point[name])
                self._storage.set_trial_param(_id_of(claim), name, internal, distribution)

    @contextmanager
    def beating(self, claim: Claim) -> Iterator[None]:
        """Show the others that a trial is being worked on."""
        # Study.optimize does so by itself, but it cannot share a number of trials.
        from optuna.storages._heartbeat import get_heartbeat_thread

        with get_heartbeat_thread(_id_of(claim), self._storage):
            yield

    # --- what came of them --------------------------------------------------------------------

    def is_hopeless(self, claim: Claim, progress: int, value: float) -> bool:
        """Note how far a trial has come; whether it should be pruned.

        A trial is compared with those that had ended when it was begun.
        """
        claim.trial.report(value, progress)
        values = (trial.intermediate_values for trial in claim.ended)
        reached = [told[progress] for told in values if progress in told]
        return claim.slot.can_be_pruned and is_among_worst(value, reached)

    def finish(self, claim: Claim, measured: Measured, *, is_pruned: bool) -> None:
        """Record what a trial found.

        When others have given this worker up in the meantime, what they find counts.
        """
        from optuna.trial import TrialState

        if not self._is_running(claim):
            return
        claim.trial.set_user_attr(_MEASURED, measured.model_dump(mode="json"))
        if is_pruned:
            self._study.tell(claim.trial, state=TrialState.PRUNED, skip_if_finished=True)
        else:
            self._study.tell(claim.trial, measured.value, skip_if_finished=True)

    def recover(self) -> None:
        """Offer trials again whose workers are gone."""
        import optuna
        from optuna.trial import TrialState

        for trial in self._trials():
            if (
                trial.state is TrialState.RUNNING
                and self._worker.knows_gone(trial.user_attrs.get(_WORKER))
                and self._turn(trial._trial_id, TrialState.FAIL)  # noqa: SLF001 - as above
            ):
                offer_again(self._study, trial)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            optuna.storages.fail_stale_trials(self._study)

    def offer_missing(self) -> int:
        """Offer every trial of the plan that is neither offered, nor done, nor given up.

        Gives how many; some are missing when a process was killed between two steps.
        """
        from optuna.trial import TrialState

        trials = self._trials()
        present = {self._key(t) for t in trials if t.state is not TrialState.FAIL}
        failed = Counter(self._key(t) for t in trials if t.state is TrialState.FAIL)
        missing = [k for k in self._slots if k not in present and failed[k] < MOST_TRIES]
        for key in missing:
            offer(self._study, key)
        return len(missing)

    def end(self) -> None:
        """End the study: no worker starts another trial."""
        self._study.set_user_attr(_ENDED, value=True)

    @property
    def is_ended(self) -> bool:
        """True if somebody has ended the search before its last trial."""
        return bool(self._study.user_attrs.get(_ENDED, False))

    # --- reading ------------------------------------------------------------------------------

    def is_open(self, *, counts_waiting: bool = True) -> bool:
        """Return True if a trial is running, or waits for a worker."""
        from optuna.trial import TrialState

        states = {t.state for t in self._trials()}
        return TrialState.RUNNING in states or (counts_waiting and TrialState.WAITING in states)

    def has_begun(self) -> bool:
        """Return True if the first trial of the plan was taken; given up counts."""
        from optuna.trial import TrialState

        first = next(iter(self._slots))
        own = [t for t in self._trials() if self._key(t) == first]
        return bool(own) and all(t.state is not TrialState.WAITING for t in own)

    def ended_trials(self) -> list[tuple[Slot, FrozenTrial]]:
        """Return what was done or given up, one trial a slot, in the plan's order."""
        from optuna.trial import TrialState

        found: dict[str, FrozenTrial] = {}
        failed: dict[str, list[FrozenTrial]] = {}
        for trial in self._in_order(t for t in self._trials() if t.state.is_finished()):
            if trial.state is TrialState.FAIL:
                failed.setdefault(self._key(trial), []).append(trial)
            else:
                found.setdefault(self._key(trial), trial)
        given_up = {k: t[-1] for k, t in failed.items() if len(t) >= MOST_TRIES and k not in found}
        both = found | given_up
        return [(self._slots[key], both[key]) for key in self._places if key in both]

    def _before(self, slot: Slot, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        from optuna.trial import TrialState

        told = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
        return self._in_order(
            t
            for t in trials
            if t.state in told
            and t.params
            and self._key(t) != slot.key
            and self._slots[self._key(t)].method is slot.method
        )

    def _trials(self) -> list[FrozenTrial]:
        return [t for t in self._study.get_trials(deepcopy=False) if self._key(t) in self._slots]

    def _in_order(self, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        return sorted(trials, key=lambda t: (self._places[self._key(t)], t.number))

    @staticmethod
    def _key(trial: FrozenTrial) -> str:
        return str(trial.user_attrs.get(SLOT, ""))

    def _turn(self, trial_id: int, state: optuna.trial.TrialState) -> bool:
        """Change the state of a trial; False if another worker was quicker."""
        import optuna

        try:
            return self._storage.set_trial_state_values(trial_id, state=state)
        except optuna.exceptions.UpdateFinishedTrialError:
            return False

    def _is_running(self, claim: Claim) -> bool:
        from optuna.trial import TrialState

        return self._storage.get_trial(_id_of(claim)).state is TrialState.RUNNING

    @staticmethod
    def measured_of(trial: FrozenTrial) -> Measured | None:
        """Return what a trial has found; None if it was given up."""
        told = trial.user_attrs.get(_MEASURED)
        return None if told is None else Measured.model_validate(told)


def _id_of(claim: Claim) -> int:
    """Return the number by which the storage knows a trial."""
    return claim.trial._trial_id  # noqa: SLF001 - there is no other way to name it
