"""Mails about runs carry text, link and first page; nothing in a name can begin a header."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from alertmill.errors import MailError
from alertmill.reporting.index import write_index
from alertmill.reporting.mail import Letterhead, MailServer, write_mail
from alertmill.runs import Run
from alertmill.vocabulary import MailAttachment, MailSecurity
from tests.reporting.example_runs import PARAMETERS
from tests.support.receivers import mail_box
from tests.support.services import free_port

FLOW_RUN_ID = "0a1b2c3d-0000-4000-8000-00000000beef"
TEXT = f"Kept: the champion stays. Report: http://127.0.0.1/x\n\nFlow run id: {FLOW_RUN_ID}\n"
LETTERHEAD = Letterhead(sender="bot@example.org", recipients=("desk@example.org",))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of that flow run, with a first page and an archive."""
    now = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
    run = Run.create(tmp_path / "runs", PARAMETERS, key=FLOW_RUN_ID, now=now)
    write_index(run, ())
    return run


def test_the_first_page_of_the_run_is_attached(run: Run) -> None:
    mail = write_mail("Kept", TEXT, _letterhead(run))

    (part,) = mail.iter_attachments()
    assert (f"{run.run_id}.html", "text/html") == (part.get_filename(), part.get_content_type())
    assert (run.path / "reports" / "index.html").read_bytes() == part.get_payload(decode=True)
    assert TEXT == _body(mail)


def test_all_reports_are_attached_as_a_zip_if_wanted(run: Run) -> None:
    mail = write_mail("Kept", TEXT, _letterhead(run, attached=MailAttachment.REPORTS))

    (part,) = mail.iter_attachments()
    assert (f"{run.run_id}.zip", "application/zip") == (
        part.get_filename(),
        part.get_content_type(),
    )
    assert (run.path / "reports.zip").read_bytes() == part.get_content()


def test_nothing_is_attached_if_nothing_is_wanted(run: Run) -> None:
    mail = write_mail("Kept", TEXT, _letterhead(run, attached=MailAttachment.NOTHING))

    assert [] == list(mail.iter_attachments())


def test_a_page_that_is_too_large_is_left_out_and_the_text_says_so(run: Run) -> None:
    mail = write_mail("Kept", TEXT, _letterhead(run, max_megabytes=0.001))

    assert [] == list(mail.iter_attachments())
    assert "is not attached" in _body(mail)
    assert "at most 0.001 MB" in _body(mail)


@pytest.mark.parametrize(
    "text",
    [
        "no run is named",
        "Flow run id: ../../etc",
        "Flow run id: 00000000-0000-4000-8000-000000000000",
    ],
)
def test_a_text_without_a_known_run_goes_out_without_an_attachment(run: Run, text: str) -> None:
    mail = write_mail("Failed", text, _letterhead(run))

    assert [] == list(mail.iter_attachments())
    assert text == _body(mail).strip()


def test_the_last_line_decides_which_run_is_attached(run: Run) -> None:
    other = "Flow run id: 00000000-0000-4000-8000-000000000000\n"

    mail = write_mail("Kept", other + TEXT, _letterhead(run))

    assert [f"{run.run_id}.html"] == [part.get_filename() for part in mail.iter_attachments()]


def test_a_link_in_place_of_the_first_page_is_not_followed(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    page = run.path / "reports" / "index.html"
    page.unlink()
    page.symlink_to(secret)

    assert [] == list(write_mail("Kept", TEXT, _letterhead(run)).iter_attachments())


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x00\n", "\u2028", "\x0b"])
def test_a_line_break_in_a_name_begins_no_header(break_: str) -> None:
    mail = write_mail(f"Kept: run{break_}Bcc: thief@example.org", "text", LETTERHEAD)

    assert mail["Bcc"] is None
    assert "Kept: run Bcc: thief@example.org" == mail["Subject"]
    assert b"\nBcc:" not in mail.as_bytes()


def test_a_long_subject_is_cut() -> None:
    subject = write_mail("x" * 500, "text", LETTERHEAD)["Subject"]

    assert 150 == len(subject)
    assert subject.endswith("…")


def test_a_mail_arrives_encrypted_and_with_a_log_in(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with mail_box(context) as box:
        server = MailServer(
            "127.0.0.1", box.port, MailSecurity.STARTTLS, "bot", "secret", tmp_path / "ca.pem"
        )
        server.send(write_mail("Kept: größer", "Ünïcode — text", LETTERHEAD))

    (mail,) = box.to("desk@example.org")
    assert 1 == len(box.logins)
    assert "Kept: größer" == mail["Subject"]
    assert "Ünïcode — text" == _body(mail).strip()


def test_a_certificate_of_somebody_else_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with mail_box(context) as box:
        server = MailServer(
            "127.0.0.1", box.port, MailSecurity.STARTTLS, "bot", "secret", tmp_path / "ca.pem"
        )
        with pytest.raises(MailError, match="certificate verify failed"):
            server.send(write_mail("Kept", "text", LETTERHEAD))

    assert ([], []) == (box.mails, box.logins)


def test_a_server_that_does_not_answer_is_named() -> None:
    port = free_port()
    server = MailServer("127.0.0.1", port, MailSecurity.NONE)

    with pytest.raises(MailError, match=rf"127\.0\.0\.1:{port}: .*refused"):
        server.send(write_mail("Kept", "text", LETTERHEAD))


def test_a_refused_recipient_is_named_and_the_others_have_the_mail() -> None:
    letterhead = Letterhead("bot@example.org", ("nobody@example.org", "desk@example.org"))
    with mail_box() as box:
        server = MailServer("127.0.0.1", box.port, MailSecurity.NONE)
        with pytest.raises(MailError, match=r"refused nobody@example\.org"):
            server.send(write_mail("Kept", "text", letterhead))

    assert 1 == len(box.to("desk@example.org"))


def _letterhead(
    run: Run, *, attached: MailAttachment = MailAttachment.INDEX, max_megabytes: float = 8.0
) -> Letterhead:
    return Letterhead(
        "bot@example.org", ("desk@example.org",), run.path.parents[1], attached, max_megabytes
    )


def _body(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text
