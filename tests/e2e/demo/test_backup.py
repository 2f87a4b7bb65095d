"""The steps of docs/backup.md after the loss of the database, as an operator follows them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alertmill.runs import Run
from tests.e2e.workplaces import PROJECT, Workplace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SECTION = "## Restore after the loss of the database"


def steps() -> list[str]:
    """Blocks of commands of the section, in their order."""
    text = (PROJECT / "docs" / "backup.md").read_text()
    section = text.split(SECTION)[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)


def follow(step: str, place: Workplace) -> str:
    """Run a block of commands in a place, and return what it printed."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - commands of our own documentation
        ["/bin/bash", "-e", "-c", step],
        cwd=place.folder,
        env={**place.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, step + done.stdout + done.stderr
    return done.stdout


def test_the_documented_steps_bring_models_champion_and_decisions_back(
    workplace: Workplace, demo_run: Path, tmp_path: Path
) -> None:
    listed = [workplace.alertmill(command).stdout for command in ("models", "promotions")]
    place = Workplace(tmp_path)
    (tmp_path / "home").mkdir()
    shutil.copytree(workplace.folder / "runs", tmp_path / "backup" / "runs")
    shutil.copytree(workplace.folder / ".alertmill" / "keys", tmp_path / "backup" / "keys")

    *_, look = [follow(step, place) for step in steps()]

    assert Run.open(demo_run).registration.model_id in look
    assert "".join(listed) == look
    assert "Entered: 0 models" in follow("alertmill rebuild --network ethereum", place)


def test_garbage_collection_of_a_young_run_keeps_it_and_says_why(
    workplace: Workplace, demo_run: Path
) -> None:
    done = workplace.alertmill("gc", "--dry-run", "--keep-days", "1", "--keep-runs", "1")

    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if demo_run.name in line]
    assert " keep " in line
    assert done.stdout.strip().splitlines()[-1].startswith("0 runs would be removed, ")
