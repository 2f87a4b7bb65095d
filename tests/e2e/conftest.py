"""The whole job in processes of its own: a database, a runs folder, copies of the project."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.workplaces import PROJECT, Workplace


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """An empty place."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "home").mkdir()
    return Workplace(folder)


@pytest.fixture(scope="session")
def project_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give a function that copies the project with some of its templates, for short runs."""

    def copy(*templates: str) -> Path:
        folder = tmp_path_factory.mktemp("project")
        for name in ("flows", "tasks"):
            shutil.copytree(PROJECT / name, folder / name)
        (folder / "notebook_templates").mkdir()
        for name in (*(f"{template}.ipynb" for template in templates), "notebook_utils.py"):
            shutil.copy(PROJECT / "notebook_templates" / name, folder / "notebook_templates")
        shutil.copy(PROJECT / "prefect.yaml", folder)
        return folder

    return copy
