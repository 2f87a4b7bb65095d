"""The supervised worker: wait for the server, put dead runs in order, then take up runs."""

from __future__ import annotations

import os
import sys

from alertmill.errors import ConfigurationError
from alertmill.orchestration.api import PrefectApi
from alertmill.orchestration.environment import POOL
from alertmill.orchestration.polling import poll
from alertmill.orchestration.recovery import sweep

_SERVER_SECONDS = 600


def wait_for_server() -> PrefectApi:
    """Return the API of PREFECT_API_URL once the server answers.

    Raises
    ------
    ConfigurationError
        If PREFECT_API_URL is not set.
    """
    api = PrefectApi.configured()
    if api is None:
        raise ConfigurationError(
            "PREFECT_API_URL is not set; set it to the address of the Prefect server's API, such "
            "as http://127.0.0.1:4200/api."
        )
    poll(api.is_healthy, seconds=_SERVER_SECONDS)
    return api


def main() -> None:
    """Become Prefect's worker, once the server answers and dead runs are in order."""
    sweep(api=wait_for_server())
    # One name for this machine: a worker that is started again is the same worker to the server.
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", POOL]
    os.execv(sys.executable, command)  # noqa: S606 - the process manager watches this very process


if __name__ == "__main__":
    main()
