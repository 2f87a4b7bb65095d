"""A small run with a report, a manifest and the database that it was made from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertmill import pipeline
from alertmill.reporting.execution import execute_template
from alertmill.reporting.html import export_html
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.signing import sign_run
from alertmill.runs import Run
from alertmill.storage import Client
from tests.reporting.example_runs import write_template
from tests.support.databases import empty_database, unused_database
from tests.support.signing import signed_ledger
from tests.support.tiny_world import PARAMETERS, fill_tiny_world

SHA256 = "ab" * 32
"""Digest that the ledger of the database holds of the sources."""


@pytest.fixture(scope="session")
def world_client(embedded_dir: Path) -> Iterator[Client]:
    """A database with a derived tiny world."""
    with empty_database(unused_database(embedded_dir)) as client:
        fill_tiny_world(client, sha256=SHA256)
        yield client


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one template, which shows a table and a number of the run."""
    folder = tmp_path_factory.mktemp("templates")
    opened = "from alertmill.runs import Run\nrun = Run.open(run_dir)"
    shown = "run.predictions.select('score').describe()"
    write_template(folder, opened, shown, "run.model.metadata.best_iteration")
    return folder


@pytest.fixture(scope="session")
def published(
    world_client: Client, templates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """A run with every stage, a report, a manifest and a signature."""
    runs_dir = tmp_path_factory.mktemp("original") / "runs"
    now = datetime(2026, 1, 5, tzinfo=UTC)
    run = Run.create(runs_dir, PARAMETERS, key="original", now=now)
    pipeline.extract(run, world_client)
    pipeline.learn(run)
    pipeline.register(run, world_client)
    outcome = execute_template(templates / "01_example.ipynb", run)
    export_html(run, outcome)
    write_index(run, [outcome])
    write_manifest(run)
    sign_run(run, signed_ledger(runs_dir))
    return run


@pytest.fixture
def copied(published: Run, tmp_path: Path) -> Run:
    """A copy of the run, to be changed."""
    folder = tmp_path / "runs" / published.path.parent.name / published.run_id
    shutil.copytree(published.path, folder)
    return Run.open(folder)
