"""Try again what a lost connection interrupted, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

from alertmill.errors import DatabaseUnreachableError

Result = TypeVar("Result")

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.2
"""Doubled with every attempt."""

_LOGGER = logging.getLogger(__name__)


def retry_if_unreachable(run: Callable[[], Result]) -> Result:
    """Run what may run twice, up to `ATTEMPTS` times while the database cannot be reached.

    Raises
    ------
    DatabaseUnreachableError
        If the last attempt failed as well; any other error ends the first attempt.
    """
    return Retrying(
        retry=retry_if_exception_type(DatabaseUnreachableError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=FIRST_WAIT_SECONDS),
        before_sleep=_log,
        reraise=True,
    )(run)


def _log(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    _LOGGER.warning("attempt=%d failure=%s", state.attempt_number, failure)
