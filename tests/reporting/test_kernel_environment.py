"""A kernel inherits what programs need, and nothing that could be a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.reporting.kernels import kernel_environment

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
