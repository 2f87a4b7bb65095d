"""The one command that runs everything, in real processes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

from tests.support.chromium import chromium
from tests.support.installations import Installation, wait_until
from tests.support.services import ask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_PAGES = (
    "/",
    "/v2/dashboard",
    "/v2/runs",
    "/v2/deployments",
    "/v2/settings",
    "/dashboard",
    "/runs",
    "/deployments",
    "/settings",
)
"""Of both of Prefect's user interfaces: the newer one lies below /v2."""

_SHOWS_TEXT = "document.body.innerText.trim().length > 0"
_PAGE_MILLISECONDS = 120_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A project that `alertmill up` runs."""
    installation = Installation.create(tmp_path_factory.mktemp("up"))
    try:
        started = installation.alertmill("up", "--detach")
        assert started.returncode == 0, started.stderr
        _schedule_soon(installation, "brief")
        yield installation
    finally:
        installation.kill()


def _schedule_soon(installation: Installation, name: str) -> None:
    """Add a schedule to a deployment whose first time comes in a minute, as the page does."""
    anchor = datetime.now(UTC) + timedelta(seconds=70)
    schedule = {"interval": 86400, "anchor_date": anchor.isoformat(), "timezone": "UTC"}
    path = f"/deployments/{installation.deployment(name)['id']}/schedules"
    body = [{"active": True, "schedule": schedule}]
    ask(installation.api, "POST", path, body).raise_for_status()


def test_page_and_site_answer_under_the_addresses_that_are_printed(running: Installation) -> None:
    again = running.alertmill("up")

    assert again.returncode == 0
    assert "Already up since" in again.stdout
    addresses = [word for word in again.stdout.split() if word.startswith("http://127.0.0.1:")]
    assert len(addresses) == 2
    for address in addresses:
        assert httpx.get(address, follow_redirects=True, timeout=60).status_code == 200


def test_no_page_of_either_interface_asks_another_host(running: Installation) -> None:
    origin = f"http://127.0.0.1:{running.prefect_port}"
    own = (origin, origin.replace("http", "ws"), "data:", "blob:")
    asked: list[str] = []

    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for path in _PAGES:
            page.goto(f"{origin}{path}", wait_until="networkidle", timeout=_PAGE_MILLISECONDS)
            page.wait_for_function(_SHOWS_TEXT, timeout=_PAGE_MILLISECONDS)

    assert len(asked) > len(_PAGES)
    assert [url for url in asked if not url.startswith(own)] == []


def test_the_server_makes_runs_for_the_schedules_that_are_on(running: Installation) -> None:
    def planned() -> list[bool]:
        runs = running.request(
            "POST", "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}}
        )
        return [run["auto_scheduled"] for run in runs]

    wait_until(lambda: True in planned(), seconds=90)

    shown = running.alertmill("doctor").stdout
    assert "waiting, schedule early: on, next run" in shown
    assert "waiting, schedule late: off" in shown


def test_one_run_at_a_time_may_hold_the_database(running: Installation) -> None:
    pool = running.request("GET", "/work_pools/local")

    assert pool["concurrency_limit"] == 1
    assert not pool["is_paused"]


def test_the_status_is_fine_and_shows_every_program(running: Installation) -> None:
    wait_until(lambda: "reported to the server" in running.alertmill("status").stdout, seconds=90)

    status = running.alertmill("status")

    assert status.returncode == 0, status.stdout
    lines = [line.split() for line in status.stdout.splitlines()]
    fine = {line[1] for line in lines if line[:1] == ["ok"]}
    assert {"server", "site", "watch", "worker"} <= fine


def test_a_port_that_is_taken_is_named_with_its_holder_and_setting(
    running: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = replace(running, folder=Installation.create(tmp_path_factory.mktemp("other")).folder)

    refused = other.alertmill("up")

    assert refused.returncode == 2
    assert f"port {running.prefect_port} of the Prefect server is taken by" in refused.stderr
    assert "pid" in refused.stderr
    assert "ALERTMILL_PREFECT_PORT" in refused.stderr


def test_a_run_of_a_schedule_runs_by_itself(running: Installation) -> None:
    deployment = {"id": {"any_": [running.deployment("brief")["id"]]}}
    completed = {"state": {"type": {"any_": ["COMPLETED"]}}}

    def runs() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = running.request(
            "POST", "/flow_runs/filter", deployments=deployment, flow_runs=completed
        )
        return found

    wait_until(lambda: bool(runs()))

    assert [run["auto_scheduled"] for run in runs()] == [True]


def test_a_program_that_is_killed_is_started_again(running: Installation) -> None:
    def worker() -> psutil.Process | None:
        found = (p for p in running.processes() if "worker" in p.cmdline())
        return next(found, None)

    wait_until(lambda: worker() is not None)
    killed = worker()
    assert killed is not None
    killed.kill()

    wait_until(lambda: (found := worker()) is not None and found != killed, seconds=120)
    assert "1 restart" in running.alertmill("status").stdout


def test_nothing_listens_beyond_this_machine(running: Installation) -> None:
    listening = {
        connection.laddr.ip
        for process in running.processes()
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening <= {"127.0.0.1", "::1"}
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", running.site_port)) == 0
