"""An installation on ports and folders of its own, and the world whose days are delivered to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alertmill.simulator import WorldParameters
from alertmill.simulator.knobs import TradingKnobs
from tests.e2e.unattended.deliveries import Upstream
from tests.e2e.unattended.installation import Installation
from tests.e2e.unattended.year import N_BEFORE, WINDOW_DAYS
from tests.e2e.workplaces import copy_project
from tests.support.services import free_port


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A project that `alertmill up` keeps running until the tests have ended."""
    tmp_path = tmp_path_factory.mktemp("installation")
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "ALERTMILL_STATE_DIR": str(tmp_path / "state"),
        "ALERTMILL_DATABASE_DIR": str(tmp_path / "state" / "clickhouse"),
        "ALERTMILL_RUNS_DIR": str(tmp_path / "runs"),
        "ALERTMILL_PREFECT_PORT": str(free_port()),
        "ALERTMILL_SITE_PORT": str(free_port()),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    installed = Installation(copy_project(tmp_path / "project", "05_model_evaluation"), environment)
    try:
        yield installed
    finally:
        installed.alertmill("down", "--now")
        for process in installed.processes():
            process.kill()
        installed.orchestrator.api.close()


@pytest.fixture(scope="session")
def upstream() -> Upstream:
    """A tiny world of more than a year."""
    return Upstream.simulated(
        WorldParameters(
            n_retail=200,
            n_schemes=120,
            n_snapshots=N_BEFORE + 366,
            window_days=WINDOW_DAYS,
            history_days=30,
            trading=TradingKnobs(bot_transfers=100),
        )
    )


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, installation: Installation, upstream: Upstream
) -> Path:
    """Where deliveries arrive; the first ones are loaded."""
    folder = tmp_path_factory.mktemp("deliveries")
    first = upstream.parameters.first_snapshot
    for number in range(N_BEFORE):
        upstream.deliver(first + timedelta(days=number), folder)
    done = installation.alertmill("ingest", "snapshots", str(folder), "--network", "ethereum")
    assert 0 == done.returncode, done.stdout[-3000:]
    return folder
