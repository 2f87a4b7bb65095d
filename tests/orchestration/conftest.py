"""One real Prefect server for the tests of this folder; they run in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.orchestration.deployed import Deployed, deploy_project
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
