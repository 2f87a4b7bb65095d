"""A release is one command, and changes nothing unless all is well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

PROJECT = Path(__file__).resolve().parents[1]
CHANGELOG = """\
# Changes

## Unreleased

### Fixed

- A fault.

### Added

- A late wish.

## 0.9.0

### Added

- A wish.

## 0.8.0 - 2025-01-01

### Added

- The first.
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git as a maintainer with a name."""
    named = ["-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.org"]
    return subprocess.run(  # noqa: S603 - git alone
        ["git", *named, *arguments],  # noqa: S607 - that of this machine
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository with the files of ours that a release writes."""
    shutil.copytree(PROJECT / "deploy", tmp_path / "deploy")
    (tmp_path / "docs").mkdir()
    for name in ("pyproject.toml", "docs/operations.md"):
        shutil.copy(PROJECT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "Maintainer")
    git(tmp_path, "config", "user.email", "maintainer@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "start")
    return tmp_path


def release(
    project: Path, version: str, *, check: str = "true"
) -> subprocess.CompletedProcess[str]:
    """Run the command with something short in the place of all tests."""
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(project / "deploy" / "release.py"), version, "--check", check],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_release_writes_version_changelog_and_tag_in_one_commit(project: Path) -> None:
    released = release(project, "0.9.0")

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert (released.returncode, released.stderr) == (0, "")
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "describe", "--exact-match").strip() == "v0.9.0"
    assert git(project, "log", "--format=%s", "-1").strip() == "chore(release): 0.9.0"
    assert 'version = "0.9.0"' in (project / "pyproject.toml").read_text()
    assert "--tag alertmill:0.9.0 ." in (project / "docs" / "operations.md").read_text()
    assert (
        '"default": "alertmill:0.9.0"'
        in (project / "deploy" / "kubernetes" / "work-pool.json").read_text()
    )
    unreleased, older = CHANGELOG.partition("## 0.9.0")[0], CHANGELOG.partition("## 0.8.0")[2]
    assert (project / "CHANGELOG.md").read_text() == (
        f"{unreleased.partition('### Fixed')[0]}## 0.9.0 - {today}\n\n"
        "### Added\n\n- A late wish.\n\n- A wish.\n\n### Fixed\n\n- A fault.\n\n"
        f"## 0.8.0{older}"
    )


def test_the_next_release_takes_what_is_unreleased(project: Path) -> None:
    release(project, "0.9.0")
    changelog = project / "CHANGELOG.md"
    changelog.write_text(
        changelog.read_text().replace("Unreleased\n", "Unreleased\n\n### Changed\n\n- More.\n")
    )
    git(project, "commit", "--all", "--quiet", "--message", "more")

    released = release(project, "0.10.0")

    sections = [line for line in changelog.read_text().splitlines() if line.startswith("## ")]
    assert released.returncode == 0
    assert [one.split(" - ")[0] for one in sections] == [
        "## Unreleased",
        "## 0.10.0",
        "## 0.9.0",
        "## 0.8.0",
    ]


@pytest.mark.parametrize(
    ("version", "check", "expected"),
    [
        ("1.0", "true", "'1.0' is no version"),
        ("0.9.0", "false", "false failed"),
        ("0.9.0", "touch made_by_a_test", "made_by_a_test: not committed"),
    ],
)
def test_a_release_that_may_not_be_changes_nothing(
    project: Path, version: str, check: str, expected: str
) -> None:
    refused = release(project, version, check=check)

    assert refused.returncode == 1
    assert expected in refused.stderr
    assert git(project, "diff", "--stat") + git(project, "tag") == ""


def test_a_version_that_is_not_above_the_last_one_is_refused(project: Path) -> None:
    git(project, "tag", "v0.10.0")

    assert "0.9.0 is not above the latest tag, 0.10.0" in release(project, "0.9.0").stderr


def test_a_release_without_a_word_in_the_changelog_is_refused(project: Path) -> None:
    (project / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n")
    git(project, "commit", "--all", "--quiet", "--message", "empty")

    assert "no entries for 0.9.0" in release(project, "0.9.0").stderr
