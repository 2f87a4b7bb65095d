"""Readers get verdicts with the first page attached, operators get failures, nobody gets both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from alertmill.reporting.addresses import ReportSite
from alertmill.runs import Run
from alertmill.settings import Settings
from tests.orchestration.ended_run import NAME
from tests.reporting.decided_runs import SENTENCE
from tests.support.receivers import MailBox, mail_box, web_hook
from tests.support.services import ask
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PROJECT = Path(__file__).resolve().parents[2]
READER, OPERATOR = "desk@example.org", "operations@example.org"
PASSWORD = "a-password-that-nobody-may-read"  # noqa: S105 - of a test
ARRIVE_SECONDS = 120


@dataclass(frozen=True)
class Received:
    """What came for the runs: one without our tag, one with a verdict, one that failed."""

    box: MailBox
    posted: list[dict[str, Any]]
    environment: Mapping[str, str]
    kept: Run
    failed: Run
    untagged: str
    """Id of the flow run without our tag."""

    @property
    def mail_to_reader(self) -> EmailMessage:
        """The mail that the reader got; Prefect sends it again when the first takes long."""
        return self.box.to(READER)[0]

    @property
    def mail_to_operator(self) -> EmailMessage:
        """The mail that the operator got."""
        return self.box.to(OPERATOR)[0]


@pytest.fixture(scope="module")
def received(
    prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Received]:
    """Set up mail and webhook twice, let three runs end, and wait for what arrives."""
    runs_dir = tmp_path_factory.mktemp("messages") / "runs"
    with mail_box() as box, web_hook() as (url, posted):
        environment = {
            **prefect_environment,
            "ALERTMILL_RUNS_DIR": str(runs_dir),
            "ALERTMILL_SMTP_PASSWORD": PASSWORD,
            "ALERTMILL_WEBHOOK_URL": url,
        }
        for _ in range(2):
            _set_up(environment, box.port)
        how = "kept", "kept:alertmill", "failed:alertmill"
        untagged, kept, failed = _end_runs(environment, *how)
        eventually(lambda: len(box.mails) > 1 and len(posted) > 1, seconds=ARRIVE_SECONDS)
        yield Received(
            box,
            posted,
            environment,
            *(Run.find(runs_dir, key=key) for key in (kept, failed)),  # type: ignore[arg-type]
            untagged,
        )


def test_readers_get_the_verdict_with_the_link(received: Received) -> None:
    mail = received.mail_to_reader

    text = _text(mail)
    assert f"Kept: training {NAME}" == mail["Subject"]
    assert f"Kept: {SENTENCE} Report: {_address(received.kept)}" in text
    assert "/flow-run/" in text


def test_the_first_page_is_attached(received: Received) -> None:
    (part,) = received.mail_to_reader.iter_attachments()

    page = (received.kept.path / "reports" / "index.html").read_bytes()
    assert f"{received.kept.run_id}.html" == part.get_filename()
    assert page == part.get_payload(decode=True)


def test_operators_get_the_failure_with_what_to_do(received: Received) -> None:
    mail = received.mail_to_operator

    text = " ".join(_text(mail).split())
    assert f"Failed: training {NAME}" == mail["Subject"]
    assert "Stopped in the stage extract: none of the trials was finished" in text
    assert "Give the machine more memory" in text
    assert _address(received.failed) in text


def test_runs_without_our_tag_send_no_message(received: Received) -> None:
    told = [_text(mail) for mail in received.box.mails] + [post["url"] for post in received.posted]

    assert told
    assert [text for text in told if received.untagged in text] == []


def test_each_audience_gets_its_own_runs_alone(received: Received) -> None:
    mails = received.box.to(READER), received.box.to(OPERATOR)

    assert [{"Kept"}, {"Failed"}] == [
        {m["Subject"].split(":")[0] for m in found} for found in mails
    ]
    assert {"Kept", "Failed"} == {post["state"] for post in received.posted}
    assert 2 == len({post["flow_run_id"] for post in received.posted})


def test_the_webhook_gets_json_with_verdict_and_link(received: Received) -> None:
    by_state = {message["state"]: message for message in received.posted}

    kept = by_state["Kept"]
    message = f"{SENTENCE} Report: {_address(received.kept)} "
    assert {"Kept", "Failed"} == set(by_state)
    assert f"Kept: {NAME}. {message}" == kept["text"]
    assert (message, NAME, "application/json") == (kept["message"], kept["run"], kept["type"])
    assert kept["url"].endswith(kept["flow_run_id"])


def test_setting_up_again_replaces_the_automations(received: Received) -> None:
    automations = _post(received, "/automations/filter")

    names = sorted(row["name"] for row in automations if "to " in row["name"])
    assert [
        "Alertmill: mail to operators",
        "Alertmill: mail to readers",
        "Alertmill: webhook to operators",
        "Alertmill: webhook to readers",
    ] == names


def test_the_password_logs_in_and_is_shown_to_nobody(received: Received) -> None:
    home = Path(received.environment["PREFECT_HOME"])

    blocks = json.dumps(_post(received, "/block_documents/filter"))
    log = (home.parent / "services.log").read_text()
    assert 1 == len(set(received.box.logins)), "however often a slow delivery logs in again"
    assert PASSWORD not in blocks + log
    assert PASSWORD.encode() not in (home / "prefect.db").read_bytes()


def test_without_a_server_the_command_says_how_to_start_one(received: Received) -> None:
    environment = {**received.environment, "PREFECT_API_URL": "http://127.0.0.1:9/api"}

    done = _alertmill(environment, "messages", "webhook", "--readers")

    assert 2 == done.returncode
    assert "no Prefect server answers under http://127.0.0.1:9/api" in done.stderr
    assert "alertmill up" in done.stderr


def _set_up(environment: Mapping[str, str], port: int) -> None:
    mail = _alertmill(
        environment,
        *("messages", "mail", "--host", "127.0.0.1", "--port", str(port), "--security", "none"),
        *("--user", "bot", "--sender", "bot@example.org"),
        *("--reader", READER, "--operator", OPERATOR),
    )
    webhook = _alertmill(environment, "messages", "webhook", "--readers", "--operators")
    assert (0, 0) == (mail.returncode, webhook.returncode), mail.stderr + webhook.stderr


def _end_runs(environment: Mapping[str, str], *how: str) -> list[str]:
    done = _python(environment, "tests.orchestration.ended_run", *how)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _alertmill(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return _python(environment, "alertmill.cli", *arguments)


def _python(
    environment: Mapping[str, str], module: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )


def _post(received: Received, path: str) -> list[dict[str, Any]]:
    answer = ask(received.environment["PREFECT_API_URL"], "POST", path, {})
    rows: list[dict[str, Any]] = answer.raise_for_status().json()
    return rows


def _address(run: Run) -> str:
    return ReportSite.of(Settings(_env_file=None)).index(run)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text
