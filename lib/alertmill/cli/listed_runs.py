"""The runs as `alertmill runs` lists them: what the report site knows, and who is at work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alertmill.orchestration.recovery_rules import locks_folder
from alertmill.promotions import LEDGER_FOLDER, PromotionEntry
from alertmill.run_lock import live_holders
from alertmill.runs import suffix_of, suffix_of_run
from alertmill.settings import Settings
from alertmill.site.catalogue import Catalogue
from alertmill.site.ledgers import LedgerFolder
from alertmill.site.measures import measure_text
from alertmill.site.summaries import RunState, RunSummary
from alertmill.vocabulary import PromotionVerdict

COLUMNS = ("run", "network", "dates", "state", "role", "average precision", "ROC AUC")
_SPLIT = "test_all"


@dataclass(frozen=True)
class ListedRun:
    """One run in one line."""

    path: Path
    summary: RunSummary
    state: str
    """finished, failed, running, crashed or unreadable."""
    is_champion: bool

    @property
    def row(self) -> tuple[str, ...]:
        """Cells of `COLUMNS`."""
        s = self.summary
        dates = f"{s.start_date} to {s.end_date}" if s.start_date else "unknown"
        role = "champion" if self.is_champion else ""
        metrics = (self._metric("average_precision"), self._metric("roc_auc"))
        return (str(self.path), s.network, dates, self.state, role, *metrics)

    @property
    def record(self) -> dict[str, Any]:
        """The run for programs: the report site's JSON, with path, state and role."""
        shown = self.summary.model_dump(mode="json", exclude={"page"})
        return {
            "path": str(self.path),
            **shown,
            "state": self.state,
            "is_champion": self.is_champion,
        }

    def _metric(self, metric: str) -> str:
        measure = self.summary.measure(metric, _SPLIT)
        return "not evaluated" if measure is None else measure_text(measure)


def find_runs(settings: Settings) -> list[ListedRun]:
    """Return the runs that were not removed, the newest first.

    A run without manifest and failure is running while a process of this installation works on it;
    else it has crashed. The champion is read from the ledgers beside the runs.
    """
    root = settings.alertmill_runs_dir
    found = Catalogue(root).snapshot(seconds=float("inf"))
    at_work = runs_at_work(settings)
    champions = {network: _champions(root, network) for network in found.networks}
    return [
        ListedRun(
            path=root / run.network / run.run_id,
            summary=run,
            state=_state(run, at_work),
            is_champion=run.model_id in champions[run.network],
        )
        for run in found.runs
        if run.state is not RunState.REMOVED
    ]


def runs_at_work(settings: Settings) -> set[str]:
    """Return the suffixes of the runs on which a process of this installation works."""
    return {
        suffix_of_run(Path(holder.continues)) if holder.continues else suffix_of(holder.flow_run_id)
        for holder in live_holders(locks_folder(settings))
    }


def _state(run: RunSummary, at_work: Collection[str]) -> str:
    is_at_work = suffix_of_run(Path(run.run_id)) in at_work
    if run.state in (RunState.UNFINISHED, RunState.FAILED) and is_at_work:
        return "running"
    return "crashed" if run.state is RunState.UNFINISHED else run.state.value


def _champions(root: Path, network: str) -> set[str]:
    ledger = LedgerFolder(root.resolve(), network, LEDGER_FOLDER, PromotionEntry)
    ledger.refresh()
    return champions_of(ledger.entries)


def champions_of(entries: Iterable[PromotionEntry]) -> set[str]:
    """Return the ids of the models that were promoted last, one of each type and window."""
    ordered = sorted(entries, key=lambda entry: entry.decided_at)
    promoted = [e for e in ordered if e.verdict is PromotionVerdict.PROMOTED]
    return set({(e.model_type, e.window_days): e.model_id for e in promoted}.values())
