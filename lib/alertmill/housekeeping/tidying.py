"""Housekeeping of the runs folder: what would go, what stays and why, and the removal itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alertmill.errors import ManifestError
from alertmill.files import remove_left_behind
from alertmill.housekeeping.inventory import StoredRun, files_below, list_runs, network_dirs
from alertmill.housekeeping.protection import (
    QUIET,
    ModelDecision,
    decisions_of_ledger,
    protected_models,
    protections_of,
)
from alertmill.housekeeping.removing import Remover, finish_removals
from alertmill.housekeeping.retention import Fate, decide_retention, limits_of
from alertmill.parameters import HousekeepingParameters
from alertmill.promotions import PromotionLedger
from alertmill.removals import Removal
from alertmill.reporting.manifest import verify
from alertmill.reviews.reading import approved_manifests
from alertmill.wording import counted

_UNIT = 1024
Decisions = Mapping[str, Sequence[ModelDecision]]
"""Decisions about models that the databases hold, by network."""


@dataclass(frozen=True)
class HousekeepingReport:
    """What housekeeping found and did."""

    fates: tuple[Fate, ...]
    removed: tuple[Removal, ...]
    """Empty of a dry run."""
    n_temporary: int
    """Temporary files without a writer that were deleted."""
    is_dry_run: bool

    @property
    def sentence(self) -> str:
        """Number of removed and kept runs, and the space that becomes free."""
        gone = [fate.run for fate in self.fates if fate.is_removed]
        verb = "would be removed" if self.is_dry_run else "removed"
        size = f" ({size_text(sum(run.n_bytes for run in gone))})" if gone else ""
        return f"{counted(len(gone), 'run')} {verb}{size}, {len(self.fates) - len(gone):,} kept."


def tidy(
    runs_dir: Path,
    parameters: HousekeepingParameters,
    *,
    remover: Remover,
    decisions: Decisions | None = None,
) -> HousekeepingReport:
    """Remove the runs that exceed their limits, and what crashes left behind.

    A run that no longer matches its manifest is kept: a person must see it.

    Parameters
    ----------
    runs_dir : Path
        Folder of all runs.
    parameters : HousekeepingParameters
        Limits; with ``dry_run`` nothing is changed.
    remover : Remover
        In whose name, and when.
    decisions : mapping, optional
        Decisions about models from the databases, beside those of the ledgers.

    Raises
    ------
    PromotionLedgerError, RemovalRecordError, ReviewLedgerError
        If the files that say which runs must stay cannot be read; nothing is removed then.
    """
    is_dry = parameters.dry_run
    if not is_dry:
        finish_removals(runs_dir)
    n_temporary = 0 if is_dry else len(_remove_temporary(runs_dir, now=remover.now))
    fates = decide(runs_dir, parameters, decisions=decisions or {}, now=remover.now)
    gone = () if is_dry else tuple(fate for fate in fates if fate.is_removed)
    removed = tuple(
        remover.remove(f.run, rule=limits_of(f.run, parameters).text, reason=f.reason) for f in gone
    )
    return HousekeepingReport(fates, removed, n_temporary, is_dry)


def decide(
    runs_dir: Path, parameters: HousekeepingParameters, *, decisions: Decisions, now: datetime
) -> tuple[Fate, ...]:
    """Decide about every run, and verify those that would be removed."""
    runs, approved = list_runs(runs_dir), approved_manifests(runs_dir)
    protections: dict[Path, str] = {}
    for network in network_dirs(runs_dir):
        entries = decisions_of_ledger(PromotionLedger(network).entries())
        models = protected_models(
            [*entries, *decisions.get(network.name, ())],
            keep_former_champions=parameters.keep_former_champions,
        )
        own = [run for run in runs if run.network == network.name]
        protections |= protections_of(own, models, approved=approved, now=now)
    decided = decide_retention(runs, parameters, protections=protections, now=now)
    return tuple(_unless_changed(fate) for fate in decided)


def fate_rows(fates: Sequence[Fate]) -> list[dict[str, str]]:
    """Return a table of every run, its size, what becomes of it and why."""
    return [
        {
            "run": f"{fate.run.network}/{fate.run.run_id}",
            "model type": fate.run.model_type,
            "state": fate.run.state.value,
            "size": size_text(fate.run.n_bytes),
            "outcome": "remove" if fate.is_removed else "keep",
            "why": fate.reason,
        }
        for fate in fates
    ]


def size_text(n_bytes: int) -> str:
    """Write a size in the unit that a person reads.

    Examples
    --------
    >>> size_text(0), size_text(1536), size_text(25 << 20), size_text(3 << 30)
    ('0 bytes', '2 KiB', '25 MiB', '3.0 GiB')
    """
    if n_bytes < _UNIT:
        return counted(n_bytes, "byte")
    if n_bytes < _UNIT**2:
        return f"{n_bytes / _UNIT:.0f} KiB"
    if n_bytes < _UNIT**3:
        return f"{n_bytes / _UNIT**2:.0f} MiB"
    return f"{n_bytes / _UNIT**3:.1f} GiB"


def _unless_changed(fate: Fate) -> Fate:
    if not (fate.is_removed and fate.run.is_finished):
        return fate
    reason = _difference(fate.run)
    return Fate(fate.run, is_removed=False, reason=reason) if reason else fate


def _difference(run: StoredRun) -> str | None:
    try:
        found = verify(run.path)
    except ManifestError:
        return "its manifest cannot be read; a person must look at it"
    n_files = len(found.deviations)
    if n_files == 0:
        return None
    differ = "differs" if n_files == 1 else "differ"
    return f"{counted(n_files, 'file')} {differ} from its manifest; see alertmill verify {run.path}"


def _remove_temporary(runs_dir: Path, *, now: datetime) -> list[Path]:
    """Delete temporary files whose writer is gone, or that are a day old and name no writer."""
    removed = remove_left_behind(runs_dir)
    for path in files_below(runs_dir):
        if path.name.startswith(".") and path.name.endswith(".part"):
            age = now.timestamp() - path.lstat().st_mtime
            if age > QUIET.total_seconds():
                path.unlink(missing_ok=True)
                removed.append(path)
    return removed
