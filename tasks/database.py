"""How tasks reach the database, and when it is worth trying again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import get_run_logger
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from alertmill.runs import Run
from alertmill.storage import Client, ClientFactory, get_connection_params
from alertmill.storage.waiting import when_free
from alertmill.vocabulary import Network

HELD_SECONDS = 15 * 60
"""That a task waits for another process to close the embedded database, such as a command."""


@contextmanager
def client_for(run: Run) -> Iterator[Client]:
    """Open the database of the run's network, as `client_of` does."""
    with client_of(run.parameters.network) as client:
        yield client


@contextmanager
def client_of(network: Network) -> Iterator[Client]:
    """Open the database of a network; close it at the end, so that others may have it.

    While another process has the embedded database open, this waits, for `HELD_SECONDS` at most.
    """
    factory = ClientFactory(get_connection_params(network))
    with when_free(factory, seconds=HELD_SECONDS, report=_report) as client:
        yield client


def _report(sentence: str) -> None:
    get_run_logger().warning(sentence)


def is_worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only a lost connection may heal by itself; wrong input, credentials or data never do."""
    try:
        state.result()
    except ConnectionError:
        return True
    except Exception:  # noqa: BLE001 - every other failure is final, whatever its type
        return False
    return False
