"""Ask again until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable


def poll(condition: Callable[[], bool], *, seconds: float, every_seconds: float = 0.5) -> bool:
    """Return whether the condition came true in time.

    Parameters
    ----------
    condition : callable
        Asked at once, and then again after each pause.
    seconds : float
        Time limit. The condition is asked at least once.
    every_seconds : float
        Pause between two questions.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every_seconds)
    return True
