"""Mails about runs: verdict and link as text, the first page of the reports attached."""

from __future__ import annotations

import re
import smtplib
import ssl
import unicodedata
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from alertmill.errors import MailError
from alertmill.reporting.index import ARCHIVE, INDEX
from alertmill.runs import Run
from alertmill.vocabulary import MailAttachment, MailSecurity

_TIMEOUT_SECONDS = 30
_MEGABYTE = 1_000_000
_SUBJECT_LENGTH = 150
RUN_LINE = "Flow run id"
"""Begins the line of a mail's text that names the flow run."""
_RUN_ID = re.compile(
    rf"^{RUN_LINE}: ([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\s*$", re.MULTILINE
)


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in."""

    host: str
    port: int
    security: MailSecurity
    user: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    """Certificates (PEM) of the authorities to trust; None for those of the system."""

    def send(self, mail: EmailMessage) -> None:
        """Hand in a mail.

        Raises
        ------
        MailError
            If the server cannot be reached, or refuses the log-in, the mail or a recipient.
        """
        try:
            with self._connect() as connection:
                if self.user is not None:
                    connection.login(self.user, self.password or "")
                refused = connection.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError.of(self.host, self.port, error) from None
        if refused:
            raise MailError.refused(self.host, self.port, sorted(refused))

    def _connect(self) -> smtplib.SMTP:
        if self.security is MailSecurity.TLS:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT_SECONDS, context=self._context()
            )
        connection = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        if self.security is MailSecurity.STARTTLS:
            connection.starttls(context=self._context())
        return connection

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


@dataclass(frozen=True)
class Letterhead:
    """Who writes to whom, and what is attached."""

    sender: str
    recipients: tuple[str, ...]
    runs_dir: Path | None = None
    """Folder of the runs; None attaches nothing."""
    attached: MailAttachment = MailAttachment.INDEX
    max_megabytes: float = 8.0
    """A larger attachment is left out, and the text says so: mail servers refuse large mails."""


def write_mail(subject: str, text: str, letterhead: Letterhead) -> EmailMessage:
    """Compose the mail about a run.

    Parameters
    ----------
    subject : str
        Becomes one line: line breaks and control characters in it, which could begin another
        header, count as spaces.
    text : str
        The run is that of its last line ``Flow run id: …``; without one nothing is attached.
    letterhead : Letterhead
        Who writes to whom.
    """
    mail = EmailMessage()
    mail["From"] = letterhead.sender
    mail["To"] = ", ".join(letterhead.recipients)
    mail["Subject"] = _one_line(subject)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(domain=letterhead.sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    file = _file_of(text, letterhead)
    if file is None:
        mail.set_content(text)
        return mail
    n_bytes = file.path.stat().st_size
    if n_bytes > letterhead.max_megabytes * _MEGABYTE:
        mail.set_content(f"{text.rstrip()}\n\n{_too_large(file, n_bytes, letterhead)}\n")
        return mail
    mail.set_content(text)
    mail.add_attachment(
        file.path.read_bytes(), maintype=file.maintype, subtype=file.subtype, filename=file.name
    )
    return mail


@dataclass(frozen=True)
class _File:
    path: Path
    name: str
    maintype: str
    subtype: str


def _file_of(text: str, letterhead: Letterhead) -> _File | None:
    found = _RUN_ID.findall(text)
    if not found or letterhead.runs_dir is None or letterhead.attached is MailAttachment.NOTHING:
        return None
    run = Run.find(letterhead.runs_dir, key=found[-1])
    if run is None:
        return None
    if letterhead.attached is MailAttachment.REPORTS:
        file = _File(run.path / ARCHIVE, f"{run.run_id}.zip", "application", "zip")
    else:
        file = _File(run.path / "reports" / INDEX, f"{run.run_id}.html", "text", "html")
    is_plain = file.path.is_file() and not file.path.is_symlink()
    return file if is_plain else None


def _too_large(file: _File, n_bytes: int, letterhead: Letterhead) -> str:
    return (
        f"{file.name} is not attached: it has {n_bytes / _MEGABYTE:.1f} MB, at most "
        f"{letterhead.max_megabytes:g} MB are attached. Open the link instead."
    )


def _one_line(text: str) -> str:
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = " ".join(plain.split())
    return line if len(line) <= _SUBJECT_LENGTH else f"{line[: _SUBJECT_LENGTH - 1]}…"
