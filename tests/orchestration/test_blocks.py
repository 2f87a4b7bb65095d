"""The block that sends mails takes only what it can send safely."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from importlib.metadata import entry_points
from typing import Any

import pytest
from prefect.blocks.abstract import NotificationError
from pydantic import ValidationError

from alertmill.orchestration.blocks import Mail
from tests.support.receivers import mail_box
from tests.support.services import free_port

SECRET = "a-password"  # noqa: S105 - of a test


@pytest.mark.parametrize(
    "change",
    [
        {"recipients": ["desk@example.org\nBcc: thief@example.org"]},
        {"recipients": ["desk@example.org, thief@example.org"]},
        {"recipients": ["Desk <desk@example.org>"]},
        {"recipients": ["desk"]},
        {"recipients": []},
        {"sender": "bot@example.org\r\nSubject: x"},
        {"host": "mail.example.org\n"},
        {"port": 0},
    ],
)
def test_what_could_begin_a_header_or_is_no_address_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _mail(**change)


def test_a_password_never_crosses_the_network_unencrypted() -> None:
    with pytest.raises(ValidationError, match="unencrypted; expected security starttls"):
        _mail(host="mail.example.org", security="none", user="bot", password=SECRET)

    assert "none" == _mail(security="none", user="bot", password=SECRET).security


def test_the_password_is_not_printed() -> None:
    assert SECRET not in repr(_mail(user="bot", password=SECRET))


def test_it_mails_all_recipients_at_once() -> None:
    with mail_box() as box:
        mail = _mail(port=box.port, recipients=["a@example.org", "b@example.org"])
        asyncio.run(mail.notify("Kept: the champion stays.", "Kept"))

    assert [["a@example.org", "b@example.org"]] == box.envelopes
    assert ["Kept"] == [mail["Subject"] for mail in box.mails]


def test_a_server_that_does_not_answer_fails_the_action_with_its_reason() -> None:
    port = free_port()

    with pytest.raises(NotificationError) as caught:
        asyncio.run(_mail(port=port).notify("text", "subject"))

    assert f"no mail was sent by 127.0.0.1:{port}" in caught.value.log
    assert "alertmill messages mail" in caught.value.log


def test_a_prefect_server_finds_the_block_by_its_entry_point() -> None:
    (entry,) = entry_points(group="prefect.collections", name="alertmill")

    assert "alertmill.orchestration.blocks" == entry.value


def test_it_costs_a_prefect_process_little_to_know_the_block() -> None:
    program = (
        "import sys, alertmill.orchestration.blocks;"
        "print({'polars', 'sklearn', 'matplotlib', 'chdb'} & set(sys.modules))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "set()" == done.stdout.strip()


def _mail(**changes: Any) -> Mail:  # noqa: ANN401 - fields of the block
    fields = {
        "host": "127.0.0.1",
        "port": 25,
        "security": "none",
        "sender": "bot@example.org",
        "recipients": ["desk@example.org"],
    }
    return Mail(**fields | changes)
