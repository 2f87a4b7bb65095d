"""The automation of the Prefect server that finds runs whose process has died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.automations import AutomationCore, ChangeFlowRunState, EventTrigger, Posture
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType

from alertmill.orchestration.recovery_rules import OUR_TAG, SILENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import Automation

__all__ = ["OUR_TAG", "install", "recovery_automations", "upsert"]

_RUNS = "prefect.flow-run.*"
_SIGNS_OF_LIFE = {"prefect.flow-run.Running", "prefect.flow-run.heartbeat"}
_REMOVED = ("Alertmill: a run that crashed is retried once",)
"""Names of automations that earlier versions installed and that would do harm today."""


def install(automations: Sequence[AutomationCore] | None = None) -> None:
    """Create the automations of the product on the server, or bring them up to date.

    An automation is recognised by its name. One that a person has switched off stays so. Those of
    earlier versions that are no longer used are deleted.
    """
    with get_client(sync_client=True) as client:
        for name in _REMOVED:
            for automation in client.read_automations_by_name(name):
                client.delete_automation(automation.id)
        for wanted in automations if automations is not None else recovery_automations():
            upsert(client, wanted)


def recovery_automations() -> list[AutomationCore]:
    """Return the automation that finds dead runs; what retries them looks at their states."""
    return [_crash_silent_runs()]


def upsert(client: SyncPrefectClient, wanted: AutomationCore) -> None:
    """Create an automation, or change the one of its name where it differs.

    Further automations of the same name are removed, so that nothing happens twice.
    """
    found = client.read_automations_by_name(wanted.name)
    if not found:
        client.create_automation(wanted)
        return
    first, *others = sorted(found, key=_id_of)
    for other in others:
        client.delete_automation(other.id)
    kept = _as_read(wanted.model_copy(update={"enabled": first.enabled}))
    if _as_read(first) != kept:
        client.update_automation(first.id, kept)


def _crash_silent_runs() -> AutomationCore:
    return AutomationCore(
        name="Alertmill: a run without a sign of life has crashed",
        description=(
            "The process of a flow run sends a heartbeat every 30 seconds. A run that sends none "
            "for 75 seconds is set to Crashed, so that its place is free for the next one."
        ),
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match={"prefect.resource.id": _RUNS},
            match_related=_tagged(OUR_TAG),
            after=_SIGNS_OF_LIFE,
            # Every event of the run, because a final state may have any name, such as Promoted.
            expect={_RUNS},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=SILENCE,
        ),
        # Never with force: an action may come late, when the run has ended well.
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                message="No sign of life for 75 seconds: the process has died.",
            )
        ],
    )


def _tagged(tag: str) -> dict[str, str]:
    return {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{tag}"}


def _id_of(automation: Automation) -> str:
    return str(automation.id)


def _as_read(automation: AutomationCore) -> AutomationCore:
    """Return what makes an automation, with every field set that the server lets one change."""
    fields = set(AutomationCore.model_fields) - {"owner_resource"}
    return AutomationCore.model_validate_json(automation.model_dump_json(include=fields))
