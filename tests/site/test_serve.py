"""`alertmill serve` as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from alertmill.runs import Run
from tests.site.worlds import Plan, finish_run

COMMAND = [sys.executable, "-m", "alertmill.cli", "serve"]
pytestmark = pytest.mark.slow


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a process that keeps everything in the folder."""
    own = {"ALERTMILL_STATE_DIR": str(folder / "state"), "ALERTMILL_RUNS_DIR": str(folder / "runs")}
    return {**os.environ, **own, **settings}


@contextmanager
def serving(
    folder: Path, *options: str, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command on a free port; give the process and the address that it prints."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, "--port", "0", *options], cwd=folder, env=environment(folder, **settings or {}),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()


def refused(folder: Path, *options: str, **settings: str) -> str:
    """Run the command, which ends with exit code 2; return what it says."""
    done = subprocess.run(  # noqa: S603 - our own program
        [*COMMAND, *options], cwd=folder, env=environment(folder, **settings),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 2 == done.returncode, done.stderr
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_serves_and_ends_at_once(
    tmp_path: Path, run: Run, number: signal.Signals
) -> None:
    with (
        serving(tmp_path) as (process, url),
        httpx.Client(base_url=url, transport=httpx.HTTPTransport(retries=8)) as client,
    ):
        assert run.run_id in client.get("/").text
        # The connection of the client is still open, and must not hold the end up.
        process.send_signal(number)
        code = process.wait(timeout=10)

    assert url.startswith("http://127.0.0.1:")
    assert 0 == code
    assert 1 == len(list((tmp_path / "state/site").glob("catalogue-*.json")))


def test_a_run_that_finishes_appears(tmp_path: Path, runs_dir: Path) -> None:
    with (
        serving(tmp_path) as (_, url),
        httpx.Client(base_url=url, transport=httpx.HTTPTransport(retries=8)) as client,
    ):
        before = client.get("/api/runs").json()["total"]
        run = finish_run(runs_dir, Plan())
        # Requests share a look for a moment, so that the first may still show what was before.
        found = [client.get("/api/runs").json()["runs"] for _ in range(200)]

    assert 0 == before
    assert run.run_id == found[-1][0]["run_id"]


def test_a_port_in_use_is_an_error_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = refused(tmp_path, "--port", str(port))

    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in message
    assert 1 == len(message.splitlines())


def test_other_machines_are_not_served_without_a_password(tmp_path: Path) -> None:
    message = refused(tmp_path, "--host", "0.0.0.0")  # noqa: S104 - it is refused

    assert "ALERTMILL_SITE_TOKEN is not set" in message
    assert 1 == len(message.splitlines())


def test_a_root_path_that_is_no_path_is_refused(tmp_path: Path) -> None:
    assert "expected a path that starts with /" in refused(tmp_path, "--root-path", "alertmill")


def test_the_password_and_the_path_come_from_settings_and_options(tmp_path: Path, run: Run) -> None:
    token = "a long random text"  # noqa: S105 - of this test
    settings = {"ALERTMILL_SITE_TOKEN": token}
    with (
        serving(tmp_path, "--root-path", "/x/", settings=settings) as (_, url),
        httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client,
    ):
        closed = client.get(url)
        opened = client.get(url, auth=("anybody", token))

    assert url.endswith("/x/")
    assert 401 == closed.status_code
    assert f'href="/x/runs/ethereum/{run.run_id}/"' in opened.text
