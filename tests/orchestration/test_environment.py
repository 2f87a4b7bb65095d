"""Where the programs of `alertmill up` keep their files, and the environment they run in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest

from alertmill.errors import ServiceError
from alertmill.orchestration.environment import MARK, StateFolder, service_environment
from alertmill.orchestration.exclusive import exclusively
from alertmill.orchestration.manager import Manager, running_server
from alertmill.settings import Settings


def _settings(folder: Path) -> Settings:
    return Settings(_env_file=None, alertmill_state_dir=folder, alertmill_prefect_port=4321)


def test_the_programs_use_their_own_server_and_keep_what_else_was_set(tmp_path: Path) -> None:
    inherited = {
        "PREFECT_API_URL": "https://api.prefect.cloud/api",
        "PREFECT_HOME": "/home/somebody/.prefect",
        "CLICKHOUSE_HOST": "db.example.org",
        "no_proxy": "example.org",
    }

    environment = service_environment(_settings(tmp_path), inherited)

    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert environment["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert environment["CLICKHOUSE_HOST"] == "db.example.org"
    assert environment["NO_PROXY"] == environment["no_proxy"] == "example.org,127.0.0.1,localhost"
    assert environment[MARK] == str(tmp_path)


def test_nothing_is_reported_to_anybody_and_runs_give_a_sign_of_life(tmp_path: Path) -> None:
    environment = service_environment(_settings(tmp_path), {})

    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"


def test_a_socket_has_a_short_path_however_deep_the_folder_is(tmp_path: Path) -> None:
    shallow = StateFolder(Path("/srv/alertmill/.alertmill"))
    deep = StateFolder(tmp_path / ("deep" * 25))

    assert shallow.socket.is_relative_to(shallow.root)
    assert len(os.fsencode(deep.socket)) < 104
    assert deep.socket != StateFolder(tmp_path / ("deep" * 24)).socket


@pytest.mark.parametrize("later_seconds", [0, 60])
def test_a_process_id_that_another_program_has_got_is_no_manager(
    tmp_path: Path, later_seconds: int
) -> None:
    state = StateFolder(tmp_path)
    manager = Manager.record(state, os.getpid())
    record = {
        "pid": os.getpid(),
        "create_time": psutil.Process().create_time() + later_seconds,
    }
    (state.supervisor / "running.json").write_text(json.dumps(record))

    assert Manager.find(state) == (None if later_seconds else manager)


@pytest.mark.parametrize("content", [None, "", '{"pid": 4194303, "create_time": 1.0}'])
def test_without_a_readable_record_of_a_live_process_there_is_no_manager(
    tmp_path: Path, content: str | None
) -> None:
    state = StateFolder(tmp_path)
    state.create()
    if content is not None:
        (state.supervisor / "running.json").write_text(content)

    assert Manager.find(state) is None


def test_one_start_at_a_time_works_on_a_folder(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)

    with exclusively(state), pytest.raises(ServiceError, match="is at work on"), exclusively(state):
        pass
    with exclusively(state):
        pass


def test_a_run_by_hand_finds_the_server_that_is_up(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert running_server(settings) == {}

    Manager.record(StateFolder.of(settings), os.getpid())

    assert running_server(settings) == {"PREFECT_API_URL": "http://127.0.0.1:4321/api"}
