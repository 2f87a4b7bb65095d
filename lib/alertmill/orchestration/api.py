"""Read the Prefect server's API with a time limit, and without the seconds that `prefect` loads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential

from alertmill.orchestration.environment import POOL, server_url
from alertmill.settings import Settings

_SECONDS = 8.0
_ATTEMPTS = 6
_PAGE = 200
"""Most rows that the server returns at once."""

Row = dict[str, Any]


@dataclass(frozen=True)
class PrefectApi:
    """An address of the API, and how to log in there."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = _SECONDS
    """Time limit of a request."""

    @classmethod
    def of_up(cls, settings: Settings, *, seconds: float = _SECONDS) -> PrefectApi:
        """Return the API of the server that `alertmill up` starts, with a time limit."""
        return cls(f"{server_url(settings)}/api", seconds=seconds)

    @classmethod
    def configured(cls, environment: Mapping[str, str] = os.environ) -> PrefectApi | None:
        """Return the API of PREFECT_API_URL, a server of one's own or Prefect Cloud."""
        url = environment.get("PREFECT_API_URL")
        if not url:
            return None
        key = environment.get("PREFECT_API_KEY")
        return cls(url.rstrip("/"), {"Authorization": f"Bearer {key}"} if key else {})

    def is_healthy(self) -> bool:
        """Return whether the server answers, and can use its database."""
        try:
            return self._client.get(f"{self.url}/ready").is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False

    def get(self, path: str) -> Any:  # noqa: ANN401 - the shape is that of the path
        """Return what the server holds under a path."""
        return self.request("GET", path).raise_for_status().json()

    def rows(self, path: str, **filters: object) -> list[Row]:
        """Return the first page of rows that fit the filters."""
        answer = self.request("POST", path, json={"limit": _PAGE, **filters})
        found: list[Row] = answer.raise_for_status().json()
        return found

    def events(self, wanted: Row) -> list[Row]:
        """Return the first page of events that fit the filter."""
        answer = self.request("POST", "/events/filter", json={"filter": wanted, "limit": 50})
        found: list[Row] = answer.raise_for_status().json()["events"]
        return found

    def create(self, path: str, row: Row) -> None:
        """Create a row."""
        self.request("POST", path, json=row).raise_for_status()

    def set_state(self, run_id: str, state: Row) -> bool:
        """Set the state of a flow run, never by force; return whether the server accepted it."""
        answer = self.request("POST", f"/flow_runs/{run_id}/set_state", json={"state": state})
        return bool(answer.raise_for_status().json()["status"] == "ACCEPT")

    def pause_pool(self, *, is_paused: bool) -> None:
        """Keep the worker from taking up runs, or let it again."""
        self.request("PATCH", f"/work_pools/{POOL}", {"is_paused": is_paused})

    def runs_in_states(self, *types: str) -> list[Row]:
        """Return the flow runs whose state is of one of the types, such as RUNNING."""
        return self.rows(
            "/flow_runs/filter",
            flow_runs={"state": {"type": {"any_": list(types)}}},
            sort="EXPECTED_START_TIME_DESC",
        )

    def request(self, method: str, path: str, json: object | None = None) -> httpx.Response:
        """Return the answer of the server, whatever its status; a busy server is asked again.

        A server whose SQLite is locked answers 503 and has done nothing.
        """
        asking = Retrying(
            retry=retry_if_result(_is_busy),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential(multiplier=0.25),
            retry_error_callback=lambda last: last.outcome.result(),  # type: ignore[union-attr]
        )
        return asking(self._client.request, method, f"{self.url}{path}", json=json)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @cached_property
    def _client(self) -> httpx.Client:
        """One for all requests, because making it reads every certificate of the system."""
        is_here = httpx.URL(self.url).host in {"127.0.0.1", "localhost", "::1"}
        # A proxy of the environment does not lead to this machine.
        return httpx.Client(headers=dict(self.headers), timeout=self.seconds, trust_env=not is_here)


def _is_busy(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
