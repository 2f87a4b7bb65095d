"""Those who do the trials of a shared study: threads of this process, and other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event

from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import BoosterSettings
from alertmill.training.models.search_spaces import SearchSpace
from alertmill.training.tuning.objective import Fold, FoldObjective
from alertmill.training.tuning.plan import propose
from alertmill.training.tuning.study import Claim, SharedStudy

Progress = Callable[[int, int], None]
"""Called with the trials done and the trials in all."""

_POLL_SECONDS, _LOOK_SECONDS = 0.2, 1.0


class ObjectivePool:
    """As many objectives as there are trials at the same time, each made when it is first needed.

    Parameters are those of `FoldObjective`; the trials share the threads of the settings.
    """

    def __init__(
        self,
        rows: LabelledRows,
        folds: Sequence[Fold],
        *,
        settings: BoosterSettings,
        categorical: Sequence[str],
        max_bin: int,
        n_parallel: int,
    ) -> None:
        self.rows, self.folds = rows, folds
        self._settings = replace(settings, n_threads=max(1, settings.n_threads // n_parallel))
        self._categorical, self._max_bin = categorical, max_bin
        self._idle: SimpleQueue[FoldObjective] = SimpleQueue()

    @contextmanager
    def borrow(self) -> Iterator[FoldObjective]:
        """Yield an objective that nobody else uses meanwhile."""
        try:
            objective = self._idle.get_nowait()
        except Empty:
            objective = FoldObjective(
                self.rows,
                self.folds,
                settings=self._settings,
                categorical=self._categorical,
                max_bin=self._max_bin,
            )
        yield objective
        self._idle.put(objective)


class Workers:
    """The threads with which one process works on a study.

    Parameters
    ----------
    study : SharedStudy
        Whose trials are done.
    pool : ObjectivePool
        What measures them.
    space : SearchSpace
        Where points are proposed.
    seed : int
        Of the proposals.
    n_parallel : int
        Trials at the same time.
    """

    def __init__(
        self,
        study: SharedStudy,
        pool: ObjectivePool,
        space: SearchSpace,
        *,
        seed: int,
        n_parallel: int,
    ) -> None:
        self._study, self._pool, self._space = study, pool, space
        self._seed, self._n_parallel = seed, n_parallel
        self._stop = Event()
        self._ended: list[Claim] = []
        self._news: SimpleQueue[None] = SimpleQueue()

    def lead(self, *, is_over: Callable[[], bool], n_slots: int, progress: Progress | None) -> None:
        """Work until every trial has ended, here or elsewhere, or the time is over.

        Parameters
        ----------
        is_over : callable
            Whether no more trials are to be begun, by anybody.
        n_slots : int
            Trials of the plan.
        progress : callable, optional
            Told of every trial that has ended.
        """
        n_told = 0

        def tell() -> None:
            nonlocal n_told
            while progress is not None and n_told < len(self._study.ended_trials()):
                n_told += 1
                progress(n_told, n_slots)

        self._work(is_over, tell)
        while not self._study.is_ended and self._study.offer_missing():
            self._work(is_over, tell)

    def help(self) -> int:
        """Work until no trial is left or the one who leads ends the search; gives how many."""
        self._work(lambda: False, lambda: None)
        return len(self._ended)

    def _work(self, is_over: Callable[[], bool], tell: Callable[[], None]) -> None:
        self._stop.clear()
        with ThreadPoolExecutor(self._n_parallel, thread_name_prefix="trial") as threads:
            try:
                working = [threads.submit(self._take, is_over) for _ in range(self._n_parallel)]
                tell()
                while not all(future.done() for future in working):
                    self._wait_for_news()
                    tell()
            finally:
                self._stop.set()  # whoever has begun a trial ends it
        for future in working:
            future.result()

    def _wait_for_news(self) -> None:
        with suppress(Empty):  # what others have ended comes without news
            self._news.get(timeout=_LOOK_SECONDS)

    def _take(self, is_over: Callable[[], bool]) -> None:
        try:
            while not self._stop.is_set() and self._take_one(is_over):
                self._news.put(None)
        except BaseException:
            self._stop.set()
            raise
        finally:
            self._news.put(None)

    def _take_one(self, is_over: Callable[[], bool]) -> bool:
        """Do the next trial, or wait for one; False if none can come any more."""
        is_ended = self._study.is_ended
        if not is_ended and is_over():
            self._study.end()
            is_ended = True
        claim = None if is_ended else self._study.claim()
        if claim is not None:
            self._do(claim)
            self._ended.append(claim)
            return True
        self._study.recover()
        if not self._study.is_open(counts_waiting=not is_ended):
            return False
        self._stop.wait(_POLL_SECONDS)
        return True

    def _do(self, claim: Claim) -> None:
        study = self._study
        with study.beating(claim), self._pool.borrow() as objective:
            point = propose(claim.slot, self._space, seed=self._seed, before=claim.before)
            study.try_point(claim, point, self._space)
            hopeless = False

            def is_hopeless(progress: int, value: float) -> bool:
                nonlocal hopeless
                hopeless = study.is_hopeless(claim, progress, value)
                return hopeless

            measured = objective.measure(self._space.at(point), is_hopeless=is_hopeless)
            study.finish(claim, measured, is_pruned=hopeless)
