"""One real Prefect server for the tests of this folder; they run in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertmill.settings import Settings
from tests.orchestration.deployed import Deployed, deploy_project
from tests.orchestration.states import Server
from tests.support.services import prefect_server


@pytest.fixture(scope="session")
def prefect_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of a process that talks to the shared Prefect server."""
    with prefect_server(tmp_path_factory.mktemp("server"), os.environ) as environment:
        yield environment


@pytest.fixture(scope="session")
def deployed(
    prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Deployed:
    """The deployments of prefect.yaml on the shared server."""
    return deploy_project(tmp_path_factory.mktemp("deployed"), prefect_environment)


@pytest.fixture
def server(prefect_environment: dict[str, str]) -> Iterator[Server]:
    """The shared server, without runs at work."""
    opened = Server(prefect_environment["PREFECT_API_URL"])
    yield opened
    for run in opened.api.runs_in_states("RUNNING", "PENDING", "CANCELLING", "SCHEDULED"):
        opened.api.request("DELETE", f"/flow_runs/{run['id']}")
    opened.api.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose state and runs lie in a folder of the test."""
    return Settings(
        _env_file=None, alertmill_state_dir=tmp_path / "state", alertmill_runs_dir=tmp_path / "runs"
    )
