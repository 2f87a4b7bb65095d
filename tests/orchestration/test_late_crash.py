"""A run that has crashed and was then completed stays so, whatever the server learns late."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prefect.automations import AutomationCore, ChangeFlowRunState, EventTrigger, Posture
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, temporary_settings

from alertmill.orchestration.automations import install
from alertmill.orchestration.recovery_rules import RETRY_STATE, RETRY_TAG
from alertmill.orchestration.watch import Watch
from alertmill.settings import Settings
from tests.orchestration.states import Row, Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

EARLIER = "Alertmill: a run that crashed is retried once"
CONTROL = "control"
HISTORY = ("PENDING", "RUNNING", "CRASHED", "SCHEDULED", "PENDING", "RUNNING", "COMPLETED")


def retrying(name: str, tag: str) -> AutomationCore:
    """The automation of an earlier version, for runs with a tag."""
    return AutomationCore(
        name=name,
        trigger=EventTrigger(
            posture=Posture.Reactive,
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related={
                "prefect.resource.role": "tag",
                "prefect.resource.id": f"prefect.tag.{tag}",
            },
            expect={"prefect.flow-run.Crashed"},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=timedelta(0),
        ),
        actions=[ChangeFlowRunState(name=RETRY_STATE, state=StateType.SCHEDULED)],
    )


def late_crash(run: str, tag: str) -> Row:
    """The event of a crash a quarter of an hour ago, as the server sends it."""
    return {
        "id": str(uuid.uuid4()),
        "occurred": (datetime.now(UTC) - timedelta(minutes=15)).isoformat(),
        "event": "prefect.flow-run.Crashed",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.run-count": "1"},
        "related": [
            {"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"},
        ],
    }


@pytest.fixture
def client(prefect_environment: dict[str, str]) -> Iterator[SyncPrefectClient]:
    """A client of the shared server, with the automations of an earlier version, and a control."""
    url = prefect_environment["PREFECT_API_URL"]
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as opened:
        opened.create_automation(retrying(EARLIER, RETRY_TAG))
        control = opened.create_automation(retrying(CONTROL, CONTROL))
        yield opened
        opened.delete_automation(control)


@pytest.mark.usefixtures("client")
def test_the_late_event_of_a_crash_wakes_no_completed_run(
    server: Server, settings: Settings
) -> None:
    run = server.run_in(*HISTORY)
    control = server.run_in(*HISTORY, tags=(CONTROL,))
    watch = Watch(settings, server.api)

    install()
    for late, tag in ((run, RETRY_TAG), (control, CONTROL)):
        server.api.request("POST", "/events", [late_crash(late, tag)]).raise_for_status()
    # The event does wake a run where an automation retries it.
    assert eventually(lambda: server.states(control)[-1] == RETRY_STATE, seconds=60)
    for _ in range(3):
        watch.look(datetime.now(UTC) + timedelta(minutes=1))

    assert "Completed" == server.states(run)[-1]


def test_the_automation_of_an_earlier_version_is_deleted(client: SyncPrefectClient) -> None:
    install()

    assert [] == client.read_automations_by_name(EARLIER)
