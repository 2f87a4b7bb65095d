"""Wait for another process to close the embedded database, which only one may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_fixed

from alertmill.errors import AnotherFolderOpenError, DatabaseHeldError
from alertmill.storage.connection import Client, ClientFactory

_PAUSE_SECONDS = 2.0


@contextmanager
def when_free(
    factory: ClientFactory,
    *,
    seconds: float,
    report: Callable[[str], object],
    pause_seconds: float = _PAUSE_SECONDS,
) -> Iterator[Client]:
    """Yield a client as soon as no other process has the database open.

    Parameters
    ----------
    factory : ClientFactory
        Opens the client.
    seconds : float
        Longest wait.
    report : callable
        Called once, when the wait begins, with a sentence that names the holder.
    pause_seconds : float
        Between two attempts.

    Raises
    ------
    DatabaseHeldError
        If another process still has the database open after that time.
    """

    def log(state: RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome is not None:
            reason = str(state.outcome.exception()).partition(",")[0]
            report(f"Waiting for {_describe(seconds)} at most: {reason}.")

    retrying = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(pause_seconds),
        before_sleep=log,
        reraise=True,
    )
    with ExitStack() as stack:
        yield retrying(lambda: stack.enter_context(factory.client_context()))


def _describe(seconds: float) -> str:
    minutes = seconds / 60
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, DatabaseHeldError) and not isinstance(error, AnotherFolderOpenError)
