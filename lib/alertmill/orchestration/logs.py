"""Logs of the programs of `alertmill up`."""

from __future__ import annotations

from pathlib import Path

from alertmill.orchestration.environment import StateFolder


def log_of(state: StateFolder, name: str) -> Path:
    """Return the log of a program."""
    return state.logs / f"{name}.log"


def last_line(log: Path) -> str:
    """Return the last line of a log that is not empty."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")
