"""Users without a home, and read-only checkouts, have a place for the orchestrator's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alertmill.orchestration.homes import home_environment, writable_state_folder
from alertmill.settings import Settings


def settings_in(folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        alertmill_state_dir=folder / "state",
        alertmill_runs_dir=folder / "runs",
    )


def test_a_home_that_can_be_written_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert {} == home_environment(tmp_path / "state")
    assert not (tmp_path / "state").exists()


def test_a_user_without_home_and_entry_in_passwd_gets_one_in_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)

    assert {"HOME": str(tmp_path / "state" / "home")} == home_environment(tmp_path / "state")
    assert (tmp_path / "state" / "home").is_dir()


def test_a_home_that_is_no_folder_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/dev/null")

    assert {"HOME": str(tmp_path / "home")} == home_environment(tmp_path)


def test_the_state_folder_is_used_where_it_can_be_made(tmp_path: Path) -> None:
    assert tmp_path / "state" == writable_state_folder(settings_in(tmp_path))


def test_a_state_folder_that_cannot_be_made_moves_to_the_runs(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands here")

    assert tmp_path / "runs" / ".alertmill" == writable_state_folder(settings_in(tmp_path))
