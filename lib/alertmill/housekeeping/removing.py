"""Remove the files of a run, so that a crash at any moment leaves no run that only looks whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger
from alertmill.housekeeping.inventory import StoredRun, files_below, network_dirs
from alertmill.removals import (
    KEPT_FILES,
    REMOVALS_FOLDER,
    Removal,
    begin_removal,
    begun_removals,
    finish_record,
    record_path,
    record_removal,
    removal_of,
)
from alertmill.runs import Run


@dataclass(frozen=True)
class Remover:
    """Removes runs in the name of somebody, at a time."""

    actor: str
    now: datetime
    """With a time zone."""
    signed: SignedLedger
    """Of the runs folder."""

    def remove(self, run: StoredRun, *, rule: str, reason: str) -> Removal:
        """Record the removal of a run and delete its files.

        Of a finished run `KEPT_FILES` stay; the folder of another one goes as a whole.

        Parameters
        ----------
        run : StoredRun
            The run.
        rule : str
            Limits that were in force.
        reason : str
            How the run exceeded them.
        """
        parameters = Run.open(run.path).parameters
        kept = tuple(name for name in KEPT_FILES if (run.path / name).is_file())
        removal = Removal(
            network=run.network,
            run_id=run.run_id,
            model_type=run.model_type,
            start_date=parameters.start_date,
            end_date=parameters.end_date,
            state=run.state,
            removed_at=self.now,
            actor=self.actor,
            rule=rule,
            reason=reason,
            manifest_sha256=run.manifest_sha256,
            n_files=run.n_files,
            n_bytes=run.n_bytes,
            kept=kept if run.is_finished else (),
        )
        # Signed before the run goes: whoever completes a removal after a crash signs nothing.
        pending = begin_removal(run.path, removal)
        self.signed.enter(EntryKind.REMOVAL, pending, becoming=record_path(run.path))
        record_removal(run.path)
        delete_all_but(run.path, removal.kept)
        return removal


def finish_removals(runs_dir: Path) -> None:
    """Complete the removals that a crash interrupted."""
    for network in network_dirs(runs_dir):
        for run_dir in begun_removals(network):
            finish_record(run_dir)
        for record in sorted((network / REMOVALS_FOLDER).glob("[!.]*.json")):
            run_dir = network / record.stem
            removal = removal_of(run_dir)
            if removal is not None and _has_others(run_dir, removal.kept):
                delete_all_but(run_dir, removal.kept)


def delete_all_but(run_dir: Path, kept: tuple[str, ...]) -> None:
    """Delete every file of a folder except those kept, and the folders that become empty."""
    for parent, folders, files in os.walk(run_dir, topdown=False):
        below = Path(parent)
        links = [name for name in folders if (below / name).is_symlink()]
        for path in (below / name for name in (*files, *links)):
            if path.relative_to(run_dir).as_posix() not in kept:
                path.unlink(missing_ok=True)
        if not any(below.iterdir()):
            below.rmdir()


def _has_others(run_dir: Path, kept: tuple[str, ...]) -> bool:
    names = {path.relative_to(run_dir).as_posix() for path in files_below(run_dir)}
    return bool(names - set(kept)) or (run_dir.is_dir() and not kept)
