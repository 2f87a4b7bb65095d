"""Make a release: ``python deploy/release.py VERSION`` in the folder of the project.

Checks that nothing is uncommitted and that all tests pass, writes the version, dates the section of
the changelog, commits, and makes the tag. It pushes nothing. ``make release`` calls it.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

_NUMBER = r"(\d+)\.(\d+)\.(\d+)"
_IMAGES = ("deploy", "docs/operations.md")
"""Where the name of the image, with its version, stands."""
_UNRELEASED = "## Unreleased"
_KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


class ReleaseError(Exception):
    """Why there is no release, in one line."""


def main() -> int:
    """Release the version that the command line names, and return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", metavar="VERSION", help="such as 0.2.0")
    parser.add_argument("--check", default="make test", help="what must pass first")
    given = parser.parse_args()
    try:
        release(Path.cwd(), given.version, check=given.check)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Tagged v{given.version}. To publish it: git push --follow-tags")
    return 0


def release(folder: Path, version: str, *, check: str) -> None:
    """Check, write, commit and tag.

    Raises
    ------
    ReleaseError
        If the version is no higher one, something is uncommitted, the changelog says nothing of
        the version, or the check fails. Nothing was changed then.
    """
    check_version(folder, version)
    check_clean(folder)
    changelog = dated(
        (folder / "CHANGELOG.md").read_text(), version, f"{datetime.now(UTC):%Y-%m-%d}"
    )
    if subprocess.run(shlex.split(check), cwd=folder, check=False).returncode:  # noqa: S603 - of the maintainer
        raise ReleaseError(f"{check} failed; a release needs it to pass.")
    check_clean(folder)
    (folder / "CHANGELOG.md").write_text(changelog)
    write_version(folder, version)
    _git(folder, "commit", "--all", "--quiet", "--message", f"chore(release): {version}")
    _git(folder, "tag", "--annotate", f"v{version}", "--message", f"Alertmill {version}")


def check_version(folder: Path, version: str) -> None:
    """Refuse what is no version, or not higher than every tag."""
    if not re.fullmatch(_NUMBER, version):
        raise ReleaseError(f"{version!r} is no version; expected one such as 0.2.0.")
    tags = re.findall(rf"^v{_NUMBER}$", _git(folder, "tag", "--list"), re.MULTILINE)
    highest = max((tuple(map(int, tag)) for tag in tags), default=(-1,))
    if tuple(map(int, version.split("."))) <= highest:
        raise ReleaseError(
            f"{version} is not above the latest tag, {'.'.join(map(str, highest))}; choose a "
            "higher version."
        )


def check_clean(folder: Path) -> None:
    """Refuse a tree with changes that are not committed."""
    changed = _git(folder, "status", "--porcelain").splitlines()
    if changed:
        raise ReleaseError(
            f"{changed[0].strip()}: not committed, as {len(changed)} in all; commit or remove them."
        )


def dated(changelog: str, version: str, day: str) -> str:
    """Return the changelog with the unreleased entries in the dated section of the version.

    A section of the version without a date may exist; the unreleased entries then join it.

    Raises
    ------
    ReleaseError
        If there are no entries.
    """
    sections = re.split(r"^(?=## )", changelog, flags=re.MULTILINE)
    found = {section.splitlines()[0].strip(): section for section in sections[1:]}
    kinds = _kinds_of(found.pop(f"## {version}", ""))
    for kind, entries in _kinds_of(found.pop(_UNRELEASED, "")).items():
        kinds[kind] = "\n\n".join(filter(None, (entries, kinds.get(kind))))
    if not kinds:
        raise ReleaseError(f"CHANGELOG.md has no entries for {version}; write them first.")
    written = [f"### {kind}\n\n{kinds[kind]}\n" for kind in _KINDS if kind in kinds]
    released = "\n".join([f"## {version} - {day}\n", *written])
    older = "".join(f"\n{section.rstrip()}\n" for section in found.values())
    return f"{sections[0]}{_UNRELEASED}\n\n{released}{older}"


def _kinds_of(section: str) -> dict[str, str]:
    """Return the entries of a section by their kind, such as Added."""
    parts = re.split(r"^### (.+)$", section, flags=re.MULTILINE)
    unknown = set(parts[1::2]) - set(_KINDS)
    if unknown:
        raise ReleaseError(
            f"CHANGELOG.md has a heading {min(unknown)!r}; expected one of {', '.join(_KINDS)}."
        )
    return {kind: text.strip() for kind, text in zip(parts[1::2], parts[2::2], strict=True)}


def write_version(folder: Path, version: str) -> None:
    """Write the version into the package and the names of its image."""
    project = folder / "pyproject.toml"
    text = project.read_text()
    project.write_text(
        re.sub(r'^version = ".*"$', f'version = "{version}"', text, count=1, flags=re.MULTILINE)
    )
    for place in _IMAGES:
        found = folder / place
        for path in sorted(found.rglob("*")) if found.is_dir() else [found]:
            if path.is_file() and re.search(rf"\balertmill:{_NUMBER}", path.read_text()):
                renamed = re.sub(
                    rf"\balertmill:{_NUMBER}", f"alertmill:{version}", path.read_text()
                )
                path.write_text(renamed)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - git alone
        ["git", *arguments],  # noqa: S607 - that of the maintainer
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
