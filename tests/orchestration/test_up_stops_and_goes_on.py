"""Stopping, loss of power, starting again: one project through its life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.installations import Installation, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def _schedules(installation: Installation) -> dict[str, bool]:
    return {s["slug"]: s["active"] for s in installation.deployment("waiting")["schedules"]}


def _switch(installation: Installation, slug: str, *, is_on: bool) -> None:
    """Switch a schedule as the page does."""
    deployment = installation.deployment("waiting")
    schedule: dict[str, Any] = next(s for s in deployment["schedules"] if s["slug"] == slug)
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
    installation.request("PATCH", path, active=is_on)


def test_a_project_is_stopped_loses_power_and_goes_on(tmp_path: Path) -> None:
    installation = Installation.create(tmp_path)
    try:
        _stop_waits_for_a_run_and_a_second_interrupt_ends_it(installation)
        _a_start_with_a_changed_file_keeps_the_switches(installation)
        _a_start_after_a_loss_of_power_works(installation)
    finally:
        installation.kill()


def _stop_waits_for_a_run_and_a_second_interrupt_ends_it(installation: Installation) -> None:
    up = installation.up()
    assert _schedules(installation) == {"early": True, "late": False}
    _switch(installation, "early", is_on=False)
    _switch(installation, "late", is_on=True)
    run_id, child = installation.start_waiting_run()
    assert psutil.pid_exists(child)

    up.send_signal(2)
    wait_until(lambda: "Waiting for a long piece of work (running since" in installation.output)
    assert up.poll() is None
    seconds = installation.interrupt(up)

    assert up.returncode == 0, installation.output
    assert installation.processes() == []
    assert seconds < 15
    (installation.folder / "run_id").write_text(run_id)


def _a_start_with_a_changed_file_keeps_the_switches(installation: Installation) -> None:
    with (installation.folder / "prefect.yaml").open("a") as file:
        file.write("\n# a change\n")

    started = installation.alertmill("up", "--detach")

    assert started.returncode == 0, started.stderr
    assert _schedules(installation) == {"early": False, "late": True}
    assert "The schedule early of waiting stays off, as it was set" in started.stderr
    assert not installation.request("GET", "/work_pools/local")["is_paused"]
    run_id = (installation.folder / "run_id").read_text()
    state = installation.request("GET", f"/flow_runs/{run_id}")["state"]
    assert state["type"] != "RUNNING" or state["name"] != "Running"


def _a_start_after_a_loss_of_power_works(installation: Installation) -> None:
    installation.kill()
    status = installation.alertmill("status")
    assert status.returncode == 1
    assert "not running; start with `alertmill up`" in status.stdout

    up = installation.up()
    assert _schedules(installation) == {"early": False, "late": True}
    seconds = installation.interrupt(up)

    assert up.returncode == 0
    assert installation.processes() == []
    assert seconds < 15
