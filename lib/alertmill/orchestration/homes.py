"""Folders for what the orchestrator writes, where a user has no home or may not write there."""

from __future__ import annotations

import os
from pathlib import Path

from alertmill.settings import Settings


def writable_state_folder(settings: Settings) -> Path:
    """Return the state folder, or one among the runs where the state folder cannot be written.

    A checkout may be read-only, and the runs folder the one place that is not.
    """
    state = settings.alertmill_state_dir.resolve()
    return state if _is_writable(state) else settings.alertmill_runs_dir.resolve() / ".alertmill"


def home_environment(state: Path) -> dict[str, str]:
    """Return a home folder below ``state`` where the user has none that can be written.

    A container may run as a user without HOME and without an entry in passwd, or with HOME=/.
    """
    try:
        home = Path.home()
    except RuntimeError:
        home = None
    if home is not None and home.is_dir() and _is_writable(home):
        return {}
    folder = state / "home"
    folder.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(folder)}


def _is_writable(folder: Path) -> bool:
    """Return True if the folder can be written, or made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
