"""The whole job in processes of its own: a database, a runs folder, copies of the project."""

from __future__ import annotations

import shutil
import subprocess
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
def demo(workplace: Workplace) -> subprocess.CompletedProcess[str]:
    """What `alertmill demo` on a small world said."""
    return workplace.alertmill("demo", "--size", "small")


@pytest.fixture(scope="session")
def demo_run(workplace: Workplace, demo: subprocess.CompletedProcess[str]) -> Path:
    """Folder of the run that the demo made."""
    assert demo.returncode == 0, demo.stderr[-3000:]
    return workplace.run_dirs[0]


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
