"""Where the end-to-end tests work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
            "ALERTMILL_STATE_DIR": str(self.folder / ".alertmill"),
            "PREFECT_HOME": str(self.folder / "prefect"),
        }

    @property
    def run_dirs(self) -> list[Path]:
        """Run folders, the oldest first."""
        return sorted(path.parent for path in self.folder.glob("runs/*/*/parameters.json"))

    def alertmill(
        self,
        *arguments: str,
        project: Path = PROJECT,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in the folder of a project."""
        command = [sys.executable, "-m", "alertmill.cli", *arguments]
        return subprocess.run(  # noqa: S603 - our own module
            command,
            cwd=project,
            env=environment or self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def copy_project(folder: Path, *templates: str) -> Path:
    """Copy the project into a folder, with some of its templates only, for short runs."""
    for name in ("flows", "tasks"):
        shutil.copytree(PROJECT / name, folder / name)
    (folder / "notebook_templates").mkdir()
    for name in (*(f"{template}.ipynb" for template in templates), "notebook_utils.py"):
        shutil.copy(PROJECT / "notebook_templates" / name, folder / "notebook_templates")
    shutil.copy(PROJECT / "prefect.yaml", folder)
    return folder
