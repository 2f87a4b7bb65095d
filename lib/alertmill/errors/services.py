"""Errors of programs that Alertmill starts: the services of `alertmill up`, and a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError


class NotAProjectError(AlertmillError):
    """The working folder holds no deployments."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Build the message from the working folder."""
        return cls(
            f"{folder} holds no prefect.yaml, which lists the deployments; change to the "
            "project's folder and try again."
        )


class PortTakenError(AlertmillError):
    """Another program listens on a port that is needed."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, port: int, *, purpose: str, holder: str, setting: str) -> Self:
        """Build the message from the port, its purpose, the program that holds it, the setting."""
        return cls(
            f"port {port} of the {purpose} is taken by {holder}; end that program, or set "
            f"{setting} to a free port."
        )


class ServiceError(AlertmillError):
    """A program that `alertmill up` runs did not start, or does not answer."""

    @classmethod
    def not_ready(cls, name: str, *, seconds: float, log: Path) -> Self:
        """Build the message from the program, the time it was given, and its log."""
        return cls(
            f"the {name} did not answer within {seconds:.0f} seconds; read {log}, then start again."
        )

    @classmethod
    def ended(cls, name: str, *, last_line: str, log: Path) -> Self:
        """Build the message from the program, the last line it wrote, and its log."""
        return cls(f"the {name} ended while it started: {last_line}; {log} holds the rest.")

    @classmethod
    def refused(cls, name: str, error: Exception, *, log: Path) -> Self:
        """Build the message from the program, what happened to a request, and the log."""
        return cls(
            f"the {name} did not do what it was asked ({type(error).__name__}: {error}); read "
            f"{log}, then start again."
        )

    @classmethod
    def is_starting(cls, folder: Path) -> Self:
        """Build the message from the folder that another `alertmill up` or `down` works on."""
        return cls(
            f"another `alertmill up` or `alertmill down` is at work on {folder}; wait until it is "
            "done, then look with `alertmill status`."
        )

    @classmethod
    def manager_was_killed(cls) -> Self:
        """Build the message."""
        return cls(
            "the process manager was killed, and its programs go on without one; start again with "
            "`alertmill up`, which ends them first."
        )

    @classmethod
    def survived(cls, pids: list[int]) -> Self:
        """Build the message from the processes that did not end."""
        listed = ", ".join(map(str, pids))
        return cls(f"processes did not end even when killed: {listed}; look at them with ps.")


class UserInterfaceError(AlertmillError):
    """Prefect's page could not be kept from asking other hosts."""

    @classmethod
    def of(cls, folder: Path, n_found: int) -> Self:
        """Build the message from the folder of the copied page and how many keys it has."""
        return cls(
            f"{folder} holds {n_found} keys of a usage tracker, expected exactly 1, so the page "
            "could ask another host; install the Prefect version of requirements.lock."
        )


class PrintError(AlertmillError):
    """The reports could not be printed to PDF."""

    @classmethod
    def no_browser(cls, names: Sequence[str]) -> Self:
        """Build the message from the names of the programs that were looked for."""
        return cls(
            f"no browser can print: {', '.join(names)} not found; install Chromium, or name a "
            "Chromium, Chrome or Edge with --browser."
        )

    @classmethod
    def of(cls, page: Path, reason: str) -> Self:
        """Build the message from the page and what happened instead."""
        return cls(f"{page} was not printed: {reason}; try another program with --browser.")
