"""A small world of runs, and the site on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alertmill.runs import Run
from alertmill.site import catalogue
from tests.site.serving import running_site
from tests.site.worlds import finish_run


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests share a look for a moment, and do not wait long for one; tests need the latest."""
    monkeypatch.setattr(catalogue, "_SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(catalogue, "_SECONDS_BETWEEN_DEEP_LOOKS", 0.0)
    monkeypatch.setattr(catalogue, "_SECONDS_TO_WAIT", 60.0)


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """Return an empty folder of runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture
def run(runs_dir: Path) -> Run:
    """Return a finished run in the folder."""
    return finish_run(runs_dir)


@pytest.fixture
def site(runs_dir: Path) -> Iterator[httpx.Client]:
    """Return a client of the site on the folder."""
    with (
        running_site(runs_dir) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield client
