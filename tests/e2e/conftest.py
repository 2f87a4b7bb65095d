"""The whole job in processes of its own: a database, a runs folder, copies of the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.workplaces import Workplace, copy_project


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """An empty place."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "home").mkdir()
    return Workplace(folder)


@pytest.fixture(scope="session")
def project_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that copies the project with some of its templates, for short runs."""

    def copy(*templates: str) -> Path:
        return copy_project(tmp_path_factory.mktemp("project"), *templates)

    return copy
