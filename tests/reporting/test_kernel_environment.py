"""A kernel inherits what programs need, and nothing that could be a secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alertmill.reporting.kernels import KernelProcess, kernel_environment

SECRETS = (
    "AWS_SECRET_ACCESS_KEY",
    "ALERTMILL_TUNING_STORAGE",
    "ALERTMILL_SITE_TOKEN",
    "SLACK_TOKEN",
    "DATABASE_URL",
    "CLICKHOUSE_PASSWORD",
    "PREFECT_API_KEY",
    "HTTPS_PROXY",
    "MY_PATH_TOKEN",
)


@pytest.mark.parametrize(
    ("ends_by", "text"),
    [
        ("os.kill(os.getpid(), 9)", "killed by signal 9, probably for want of memory (peak not"),
        ("os.abort()", "killed by signal 6, probably for want of memory"),
        ("os.kill(os.getpid(), 15)", "killed by signal 15"),
        ("sys.exit(3)", ""),
    ],
)
def test_a_kernel_that_was_killed_says_by_which_signal(ends_by: str, text: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", f"import os, sys; {ends_by}"])  # noqa: S603
    process.wait()

    found = KernelProcess(process.pid, process).killed_by

    assert text in found
    assert bool(text) == bool(found)


@pytest.mark.parametrize("name", SECRETS)
def test_no_variable_with_a_secret_reaches_a_kernel(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "canary")

    assert "canary" not in str(kernel_environment(tmp_path))


@pytest.mark.parametrize("name", ["PATH", "LC_ALL", "TZ", "PYTHONPATH", "ALERTMILL_NETWORKS"])
def test_what_a_kernel_needs_to_run_is_kept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "kept")

    assert "kept" == kernel_environment(tmp_path)[name]
