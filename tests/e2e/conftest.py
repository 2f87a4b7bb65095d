"""The whole job in processes of its own: a database, a runs folder, copies of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workplace:
    """A place where the command line is used, with nothing in the home folder."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Environment of an operator who works here."""
        return {
            **os.environ,
            "HOME": str(self.folder / "home"),
            "ALERTMILL_DATABASE_DIR": str(self.folder / "clickhouse"),
            "ALERTMILL_RUNS_DIR": str(self.folder / "runs"),
            "PREFECT_HOME": str(self.folder / "prefect"),
        }

    @property
    def run_dirs(self) -> list[Path]:
        """Run folders, the oldest first."""
        return sorted(path.parent for path in self.folder.glob("runs/*/*/parameters.json"))

    def alertmill(
        self, *arguments: str, project: Path = PROJECT
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in the folder of a project."""
        command = [sys.executable, "-m", "alertmill.cli", *arguments]
        return subprocess.run(  # noqa: S603 - our own module
            command, cwd=project, env=self.environment, capture_output=True, text=True, check=False
        )


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


def copy_project(folder: Path, *templates: str) -> Path:
    """Copy flows, tasks and some of the templates to a folder."""
    for name in ("flows", "tasks"):
        shutil.copytree(PROJECT / name, folder / name)
    (folder / "notebook_templates").mkdir()
    for name in (*(f"{template}.ipynb" for template in templates), "notebook_utils.py"):
        shutil.copy(PROJECT / "notebook_templates" / name, folder / "notebook_templates" / name)
    shutil.copy(PROJECT / "prefect.yaml", folder / "prefect.yaml")
    return folder
