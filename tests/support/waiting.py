"""Wait for something that another process does, never longer than a deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

Result = TypeVar("Result")


def eventually(look: Callable[[], Result], *, seconds: float, pause: float = 0.05) -> Result:
    """Look again and again until the result counts as true, and return the last one."""
    return Retrying(
        retry=retry_if_result(lambda result: not result),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(pause),
        retry_error_callback=lambda state: state.outcome.result(),  # type: ignore[union-attr]
    )(look)
