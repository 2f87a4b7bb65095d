"""The Prefect server of an `alertmill up`, asked through its API as a schedule or a reader asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from prefect.server.schemas.schedules import CronSchedule
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from alertmill.orchestration.api import PrefectApi

_PATIENCE_SECONDS = 120
TERMINAL = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")


@dataclass(frozen=True)
class FlowRun:
    """One flow run, as the API shows it."""

    id: str
    name: str
    state_type: str
    state_name: str
    message: str
    run_count: int
    scheduled_time: datetime

    @classmethod
    def of(cls, answer: dict[str, Any]) -> FlowRun:
        """Read an answer of the API."""
        state = answer["state"]
        return cls(
            id=answer["id"],
            name=answer["name"],
            state_type=state["type"],
            state_name=state["name"],
            message=state["message"] or "",
            run_count=answer["run_count"],
            scheduled_time=datetime.fromisoformat(answer["expected_start_time"]),
        )


@dataclass(frozen=True)
class Orchestrator:
    """A server that stands in for a year: it makes the runs that its schedules name."""

    api: PrefectApi

    def deployment(self, name: str) -> dict[str, Any]:
        """Return a deployment by ``flow/deployment``."""
        return self._call("GET", f"/deployments/name/{name}")

    def switch_off(self, name: str) -> None:
        """Switch the schedules of a deployment off, so that only moved clocks make runs."""
        deployment = self.deployment(name)
        for schedule in deployment["schedules"]:
            path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
            self._call("PATCH", path, {"active": False})

    def allow(self, pool: str, *, n_runs: int) -> None:
        """Let so many runs of a work pool work at once."""
        self._call("PATCH", f"/work_pools/{pool}", {"concurrency_limit": n_runs})

    def dates(self, name: str, *, start: datetime, end: datetime) -> Sequence[datetime]:
        """Return the times at which the deployment's own schedule fires, from start up to end."""
        (schedule,) = self.deployment(name)["schedules"]
        cron = CronSchedule.model_validate(schedule["schedule"])
        return asyncio.run(cron.get_dates(n=1_000, start=start, end=end - timedelta(seconds=1)))

    def create(self, name: str, at: datetime, parameters: dict[str, Any]) -> FlowRun:
        """Create the run of a deployment for a scheduled time; the same time makes one run."""
        deployment = self.deployment(name)
        merged = deployment["parameters"]["parameters"] | parameters
        body = {
            "parameters": {"parameters": merged},
            "idempotency_key": f"moved clock {name} {at.isoformat()}",
            "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": at.isoformat()}},
        }
        path = f"/deployments/{deployment['id']}/create_flow_run"
        return FlowRun.of(self._call("POST", path, body))

    def run(self, run_id: str) -> FlowRun:
        """Return a flow run."""
        return FlowRun.of(self._call("GET", f"/flow_runs/{run_id}"))

    def n_runs(self, *names: str) -> int:
        """Return how many runs of these deployments there are, whatever their state."""
        ids = [self.deployment(name)["id"] for name in names]
        wanted = {"deployments": {"id": {"any_": ids}}}
        return int(self._call("POST", "/flow_runs/count", wanted))

    def _call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Ask the API; a server that is busy, or being started again, is asked anew."""
        asking = Retrying(
            stop=stop_after_delay(_PATIENCE_SECONDS),
            wait=wait_fixed(1),
            retry=retry_if_exception(_is_passing),
            reraise=True,
        )
        answer = asking(lambda: self.api.request(method, path, body).raise_for_status())
        return answer.json() if answer.content else None


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx.TransportError)
