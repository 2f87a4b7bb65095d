"""How tasks reach the database, and when it is worth trying again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from alertmill.runs import Run
from alertmill.storage import Client, ClientFactory, get_connection_params
from alertmill.vocabulary import Network


@contextmanager
def client_for(run: Run) -> Iterator[Client]:
    """Open the database of the run's network, as `client_of` does."""
    with client_of(run.parameters.network) as client:
        yield client


@contextmanager
def client_of(network: Network) -> Iterator[Client]:
    """Open the database of a network; close it at the end, so that others may have it."""
    with ClientFactory(get_connection_params(network)).client_context() as client:
        yield client


def is_worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only a lost connection may heal by itself; wrong input, credentials or data never do."""
    try:
        state.result()
    except ConnectionError:
        return True
    except Exception:  # noqa: BLE001 - every other failure is final, whatever its type
        return False
    return False
