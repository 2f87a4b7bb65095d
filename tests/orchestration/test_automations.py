"""The automation that finds dead runs is on the server once, in the form of this version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prefect.automations import AutomationCore
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from alertmill.orchestration.automations import install, recovery_automations, upsert

pytestmark = pytest.mark.slow
NAMES = sorted(automation.name for automation in recovery_automations())


@pytest.fixture
def client(prefect_environment: dict[str, str]) -> SyncPrefectClient:
    """A client of the shared server, without any automation of ours."""
    url = prefect_environment["PREFECT_API_URL"]
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as opened:
        for automation in ours(opened):
            opened.delete_automation(automation.id)
        yield opened


def ours(client: SyncPrefectClient) -> list[AutomationCore]:
    found = [one for name in NAMES for one in client.read_automations_by_name(name)]
    return sorted(found, key=lambda one: one.name)


def test_installing_twice_creates_each_automation_once_and_changes_none(
    client: SyncPrefectClient,
) -> None:
    install()
    first = [(one.name, one.id, one.model_dump()) for one in ours(client)]
    install()

    assert NAMES == [name for name, _, _ in first]
    assert first == [(one.name, one.id, one.model_dump()) for one in ours(client)]


def test_an_automation_of_another_version_is_changed_and_keeps_its_id(
    client: SyncPrefectClient,
) -> None:
    install()
    before = ours(client)
    old = before[0].model_copy(update={"description": "of another version"})
    upsert(client, AutomationCore(**old.model_dump(exclude={"id"})))

    install()

    assert before == ours(client)


def test_an_automation_that_a_person_switched_off_stays_off(client: SyncPrefectClient) -> None:
    install()
    client.pause_automation(ours(client)[0].id)

    install([one.model_copy(update={"description": "new"}) for one in recovery_automations()])

    assert [(False, "new")] == [(one.enabled, one.description) for one in ours(client)]


def test_a_second_automation_of_the_same_name_is_removed(client: SyncPrefectClient) -> None:
    install()
    first = ours(client)[0]
    client.create_automation(AutomationCore(**first.model_dump(exclude={"id"})))
    assert len(ours(client)) == len(NAMES) + 1

    install()

    assert NAMES == [one.name for one in ours(client)]


def test_no_automation_forces_a_state() -> None:
    actions = [action for one in recovery_automations() for action in one.actions]

    assert actions
    assert not any(getattr(action, "force", False) for action in actions)


def test_a_run_counts_as_dead_after_more_than_two_heartbeats() -> None:
    crash = recovery_automations()[0]

    assert crash.trigger.within > 2 * timedelta(seconds=30)
