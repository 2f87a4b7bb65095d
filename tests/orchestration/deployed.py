"""The project's deployments on a test's server, under names and a work pool of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.support.services import PREFECT, ask

PROJECT = Path(__file__).resolve().parents[2]
POOL = "as-it-stands"
Row = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """Deployments that were made from prefect.yaml; the keys of ``ids`` are the names in it."""

    folder: Path
    environment: dict[str, str]
    ids: dict[str, str]

    @property
    def api(self) -> str:
        """Address of the server's API."""
        return self.environment["PREFECT_API_URL"]

    def request(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Return the answer of the server, whatever its status."""
        return ask(self.api, method, path, json)

    def create_run(self, name: str, parameters: Row, **fields: object) -> httpx.Response:
        """Ask the server for a run, as the page does."""
        body = {"parameters": {"parameters": parameters}, **fields}
        return self.request("POST", f"/deployments/{self.ids[name]}/create_flow_run", body)

    def runs_of(self, name: str) -> list[Row]:
        """Return the runs of a deployment, whatever their state."""
        wanted = {"deployments": {"id": {"any_": [self.ids[name]]}}}
        answer = self.request("POST", "/flow_runs/filter", wanted)
        return list(answer.json()) if answer.is_success else []

    def ended_runs_of(self, name: str) -> list[Row]:
        """Return the runs of a deployment that have come to an end."""
        ended = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        return [run for run in self.runs_of(name) if run["state_type"] in ended]

    def switch_off(self, name: str) -> None:
        """Switch the schedules of a deployment off."""
        path = f"/deployments/{self.ids[name]}"
        for schedule in self.request("GET", path).json()["schedules"]:
            one = f"{path}/schedules/{schedule['id']}"
            self.request("PATCH", one, {"active": False}).raise_for_status()


def deploy_project(folder: Path, environment: Mapping[str, str]) -> Deployed:
    """Deploy everything in prefect.yaml; ingestion runs every minute, no other schedule is on."""
    deliveries = folder / "deliveries"
    deliveries.mkdir()
    reaching = {
        **environment,
        "ALERTMILL_DATABASE_DIR": str(folder / "clickhouse"),
        "ALERTMILL_RUNS_DIR": str(folder / "runs"),
        "ALERTMILL_STATE_DIR": str(folder / "state"),
        # What prefect.yaml takes for the folder of the project.
        "PWD": str(PROJECT),
    }
    declared = yaml.safe_load((PROJECT / "prefect.yaml").read_text())
    names = [deployment["name"] for deployment in declared["deployments"]]
    for deployment in declared["deployments"]:
        _change(deployment, deliveries)
    file = folder / "prefect.yaml"
    file.write_text(yaml.safe_dump(declared))
    for arguments in (
        ("work-pool", "create", POOL, "--type", "process"),
        ("work-pool", "set-concurrency-limit", POOL, "1"),
        ("--no-prompt", "deploy", "--all", "--prefect-file", str(file)),
    ):
        subprocess.run([PREFECT, *arguments], cwd=PROJECT, env=reaching, check=True)  # noqa: S603 - our own environment's prefect
    answer = ask(reaching["PREFECT_API_URL"], "POST", "/deployments/filter", {})
    found = {deployment["name"]: deployment["id"] for deployment in answer.json()}
    return Deployed(folder, reaching, {name: found[_own_name(name)] for name in names})


def _change(deployment: Row, deliveries: Path) -> None:
    is_ingestion = deployment["name"] == "ingestion"
    for schedule in deployment.get("schedules", ()):
        schedule["active"] = is_ingestion
        if is_ingestion:
            schedule["cron"] = "* * * * *"
    if is_ingestion:
        deployment["parameters"]["parameters"]["url"] = str(deliveries)
    deployment["name"] = _own_name(deployment["name"])
    deployment["work_pool"]["name"] = POOL


def _own_name(name: str) -> str:
    return f"{name}-{POOL}"
