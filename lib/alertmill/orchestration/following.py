"""Watch what runs, and report what a person may want to know."""

from __future__ import annotations

from collections.abc import Callable

from alertmill.errors import ServiceError
from alertmill.orchestration.manager import Manager
from alertmill.orchestration.marked_processes import processes_of
from alertmill.orchestration.polling import poll

_EVERY_SECONDS = 2
_END_SECONDS = 20


def follow(manager: Manager, *, report: Callable[[str], None]) -> None:
    """Return when everything was stopped from elsewhere; report programs started again.

    Raises
    ------
    ServiceError
        If the process manager was killed, and its programs go on.
    """
    seen = _restarts(manager)
    while manager.is_running:
        found = _restarts(manager)
        for name in sorted(found):
            if found[name] > seen.get(name, 0):
                report(f"The {name} ended and was started again.")
        seen = {**seen, **found}
        poll(lambda: not manager.is_running, seconds=_EVERY_SECONDS)
    if not poll(lambda: not processes_of(manager.state), seconds=_END_SECONDS):
        raise ServiceError.manager_was_killed()
    report("Stopped from elsewhere.")


def _restarts(manager: Manager) -> dict[str, int]:
    """Return how often each program was started again; nothing if the manager is ending."""
    if not manager.answers():
        return {}
    return {program.name: program.n_restarts for program in manager.programs()}
