"""Which code and which libraries make a run."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from pydantic import Field

from alertmill.files import sha256_of
from alertmill.frozen_model import FrozenModel
from alertmill.threads import usable_cores

_PACKAGE = Path(__file__).resolve().parent
_DISTRIBUTION = "alertmill"
_GIT_SECONDS = 20
_LOCK = _PACKAGE.parents[1] / "requirements.lock"
_CPU = Path("/proc/cpuinfo")


class Provenance(FrozenModel):
    """What a reviewer needs to make the same program again."""

    python: str
    platform: str = Field(description="Operating system and processor.")
    versions: dict[str, str] = Field(description="Alertmill, then what it depends on, by name.")
    processor: str = Field("", description="Model of the processor; empty where it is not known.")
    usable_cores: int | None = Field(None, description="Cores that the process could use.")
    lock_sha256: str | None = Field(
        None, description="Digest of requirements.lock; None outside a checkout."
    )
    code_commit: str | None = Field(description="Git commit of the code; None outside a checkout.")
    is_dirty: bool | None = Field(
        description="Whether files differ from the commit; None outside a checkout."
    )


@cache
def collect() -> Provenance:
    """Read the versions and the commit of the running program, once per process."""
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain") if commit else None
    return Provenance(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        versions=_versions(),
        processor=_processor(),
        usable_cores=usable_cores(),
        lock_sha256=sha256_of(_LOCK) if commit and _LOCK.is_file() else None,
        code_commit=commit,
        is_dirty=None if changes is None else bool(changes),
    )


def describe_code(provenance: Provenance) -> str:
    """Return the commit in a few letters, and whether the code differs from it.

    Examples
    --------
    >>> describe_code(Provenance(python="3.11", platform="Linux", versions={"alertmill": "0.1"},
    ...                          code_commit="d98eebc0" * 5, is_dirty=True))
    'd98eebc0d98e with uncommitted changes'
    """
    if provenance.code_commit is None:
        return f"release {provenance.versions[_DISTRIBUTION]}, not a git checkout"
    short = provenance.code_commit[:12]
    return f"{short} with uncommitted changes" if provenance.is_dirty else short


def _versions() -> dict[str, str]:
    declared = (re.match(r"[\w.-]+", line) for line in requires(_DISTRIBUTION) or ())
    names = sorted({found[0].lower() for found in declared if found})
    found = {name: _version(name) for name in (_DISTRIBUTION, *names)}
    return {name: text for name, text in found.items() if text is not None}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:  # an optional dependency, or one for another platform
        return None


def _processor() -> str:
    """Return the model, as Linux tells it: sums of floating-point numbers may depend on it."""
    lines = _CPU.read_text(encoding="utf-8").splitlines() if _CPU.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _git(*arguments: str) -> str | None:
    """Ask git about the checkout this file belongs to; None where it belongs to none.

    A package installed inside somebody else's checkout must not claim that commit.
    """
    if not (_PACKAGE.parents[1] / ".git").exists():
        return None
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            # git reads no checkout of another user, such as a service has, unless it is named so.
            ["git", "-c", f"safe.directory={_PACKAGE.parents[1]}", *arguments],  # noqa: S607 - git is wherever the operator has it
            cwd=_PACKAGE.parents[1],
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
