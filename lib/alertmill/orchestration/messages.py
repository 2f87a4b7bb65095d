"""Messages to people: automations that mail, or post to a webhook, how a run ended."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, cast
from uuid import UUID

from prefect.automations import AutomationCore, CallWebhook, EventTrigger, Posture, SendNotification
from prefect.blocks.webhook import Webhook
from prefect.types import SecretDict
from pydantic import SecretStr

from alertmill.orchestration.automations import OUR_TAG, install
from alertmill.reporting.mail import RUN_LINE
from alertmill.vocabulary import PromotionVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prefect.events.actions import ActionTypes

    from alertmill.orchestration.blocks import Mail

_FAILED_STATES = ("Failed", "TimedOut", "Crashed")


class Audience(StrEnum):
    """Who reads a message."""

    READERS = "readers"
    """People who read reports: they get every verdict, and no failure."""
    OPERATORS = "operators"
    """People who keep the runs going: they get every failure, and no report."""

    @property
    def states(self) -> Sequence[str]:
        """Names of the final states that this audience reads about."""
        if self is Audience.OPERATORS:
            return _FAILED_STATES
        return [verdict.value.capitalize() for verdict in PromotionVerdict]


SUBJECT = "{{ flow_run.state.name }}: {{ flow.name }} {{ flow_run.name }}"
TEXT = f"""\
{{{{ flow_run.state.name }}}}: {{{{ flow_run.state.message }}}}

Run: {{{{ flow_run.name }}}}
In Prefect: {{{{ flow_run|ui_url }}}}
{RUN_LINE}: {{{{ flow_run.id }}}}
"""
"""Text of a mail; the state's message holds the verdict, or the error, and the link."""
PAYLOAD = (
    '{"text": {{ (flow_run.state.name ~ ": " ~ flow_run.name ~ ". " ~ flow_run.state.message)'
    "|tojson }}, "
    '"state": {{ flow_run.state.name|tojson }}, '
    '"run": {{ flow_run.name|tojson }}, '
    '"message": {{ flow_run.state.message|tojson }}, '
    '"flow_run_id": {{ (flow_run.id ~ "")|tojson }}, '
    '"url": {{ flow_run|ui_url|tojson }}}'
)
"""JSON that a webhook gets; chat programs show the field text."""


def install_mail(mail: Mail, audience: Audience) -> None:
    """Mail an audience from now on; a second time replaces the first.

    Parameters
    ----------
    mail : Mail
        Mail server, sender and recipients. It is kept on the Prefect server, the password
        encrypted.
    audience : Audience
        Readers get verdicts, operators get failures.
    """
    mail.register_type_and_schema()
    block_id = _saved(mail, f"alertmill-{audience}")
    action = SendNotification(block_document_id=block_id, subject=SUBJECT, body=TEXT)
    install([message_automation(f"Alertmill: mail to {audience}", audience, action)])


def install_webhook(url: SecretStr, audience: Audience) -> None:
    """Post to a webhook from now on; a second time replaces the first."""
    webhook = Webhook(
        method="POST", url=url, headers=SecretDict({"Content-Type": "application/json"})
    )
    block_id = _saved(webhook, f"alertmill-{audience}")
    action = CallWebhook(block_document_id=block_id, payload=PAYLOAD)
    install([message_automation(f"Alertmill: webhook to {audience}", audience, action)])


def message_automation(name: str, audience: Audience, action: ActionTypes) -> AutomationCore:
    """Return the automation that acts when one of our runs ends in a way the audience reads about.

    Only runs that bear our tag count, so that other flows of the server send no messages.
    """
    what = "failed" if audience is Audience.OPERATORS else "ended with a verdict"
    return AutomationCore(
        name=name,
        description=f"Tells {audience} that a run {what}. Change it with alertmill messages.",
        trigger=EventTrigger(
            posture=Posture.Reactive,
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related={
                "prefect.resource.role": "tag",
                "prefect.resource.id": f"prefect.tag.{OUR_TAG}",
            },
            expect={f"prefect.flow-run.{state}" for state in audience.states},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=timedelta(0),
        ),
        actions=[action],
    )


def _saved(block: Mail | Webhook, name: str) -> UUID:
    # Its type allows for the asynchronous call as well.
    return cast("UUID", block.save(name, overwrite=True, _sync=True))  # type: ignore[call-arg]  # added by its decorator
