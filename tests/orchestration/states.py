"""Runs of a real server in states in which processes have left them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from alertmill.orchestration.api import PrefectApi
from alertmill.orchestration.environment import POOL
from alertmill.orchestration.recovery_rules import RETRY_TAG

Row = dict[str, Any]


class Server:
    """A server, and what a test asks of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = PrefectApi(url, seconds=60)

    def post(self, path: str, row: Row) -> Row:
        """Send a row, and return the answer."""
        answer = self.api.request("POST", path, row).raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def make_pool(self, name: str, *, kind: str = "process") -> None:
        """Create a work pool unless it is there."""
        answer = self.api.request("POST", "/work_pools/", {"name": name, "type": kind})
        assert answer.status_code in (201, 409)

    def run_in(self, *states: str, pool: str = POOL, tags: Sequence[str] = (RETRY_TAG,)) -> str:
        """Create a run of a deployment and bring it through states; return its id."""
        self.make_pool(pool)
        flow = self.post("/flows/", {"name": "swept"})
        deployment = self.post(
            "/deployments/",
            {
                "name": f"swept-{uuid.uuid4().hex}", "flow_id": flow["id"], "work_pool_name": pool,
                "entrypoint": "nowhere.py:swept", "tags": list(tags),
            },
        )  # fmt: skip
        run = self.post(f"/deployments/{deployment['id']}/create_flow_run", {"state": None})
        self.bring(str(run["id"]), *states)
        return str(run["id"])

    def bring(self, run: str, *states: str, **more: str) -> None:
        """Bring a run through states."""
        for state in states:
            assert self.api.set_state(run, {"type": state, **more}), state

    def states(self, run: str) -> list[str]:
        """Return the names of the states of a run, in order of time."""
        rows = self.api.get(f"/flow_run_states/?flow_run_id={run}")
        return [row["name"] for row in sorted(rows, key=lambda row: row["timestamp"])]
