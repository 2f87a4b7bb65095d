"""Prefect blocks of this project, which a Prefect server finds by an entry point.

Every Prefect process imports this module, so the rest of the library is imported when it is used.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from prefect.blocks.abstract import NotificationBlock, NotificationError
from pydantic import Field, SecretStr, field_validator, model_validator

if TYPE_CHECKING:
    from alertmill.reporting.mail import Letterhead, MailServer

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Mail(NotificationBlock):
    """Mails about runs by SMTP, with the first page of the reports attached."""

    _block_type_name = "Alertmill Mail"
    _block_type_slug = "alertmill-mail"
    _description = "Sends the verdict of a run by mail, with the first page of its reports."

    host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$", description="Mail server (SMTP).")
    port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="Encryption: starttls (port 587), tls (port 465) or none."
    )
    user: str | None = Field(None, description="User name; none sends without a log-in.")
    password: SecretStr | None = Field(None, description="Password of the user.")
    sender: str = Field(description="Mail address that the mails come from.")
    recipients: list[str] = Field(min_length=1, description="Mail addresses of those who read.")
    runs_dir: str | None = Field(
        None, description="Absolute path of the runs folder, where the server runs."
    )
    attachment: Literal["index", "reports", "nothing"] = Field(
        "index", description="What is attached: the first page, all reports as a zip, or nothing."
    )
    max_megabytes: float = Field(8.0, gt=0, description="Largest attachment, in megabytes.")
    ca_file: str | None = Field(
        None, description="Certificates (PEM) of the authorities to trust; none: the system's."
    )

    @field_validator("sender", "recipients")
    @classmethod
    def _check_addresses(cls, value: str | list[str]) -> str | list[str]:
        for address in [value] if isinstance(value, str) else value:
            if not _ADDRESS.fullmatch(address):
                raise ValueError(
                    f"{address[:60]!r} is no mail address; expected one such as "
                    "desk@example.org, without a name and line breaks."
                )
        return value

    @model_validator(mode="after")
    def _check_encrypted(self) -> Self:
        if self.password is not None and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(
                "the password would cross the network unencrypted; expected security starttls "
                "or tls for a server on another machine."
            )
        return self

    async def notify(self, body: str, subject: str | None = None) -> None:
        """Send a mail.

        Parameters
        ----------
        body : str
            Text of the mail; a line ``Flow run id: …`` says whose report is attached.
        subject : str, optional
            Subject of the mail.

        Raises
        ------
        NotificationError
            If the mail could not be sent.
        """
        await asyncio.to_thread(self._send, body, subject or "Alertmill")

    def _send(self, body: str, subject: str) -> None:
        from alertmill.errors import MailError
        from alertmill.reporting.mail import write_mail

        try:
            self.server.send(write_mail(subject, body, self.letterhead))
        except MailError as error:
            self.logger.error("%s", error)  # noqa: TRY400 - the message says all, the traceback nothing
            raise NotificationError(str(error)) from None

    @property
    def server(self) -> MailServer:
        """The mail server."""
        from alertmill.reporting.mail import MailServer
        from alertmill.vocabulary import MailSecurity

        return MailServer(
            host=self.host,
            port=self.port,
            security=MailSecurity(self.security),
            user=self.user,
            password=self.password.get_secret_value() if self.password else None,
            ca_file=Path(self.ca_file) if self.ca_file else None,
        )

    @property
    def letterhead(self) -> Letterhead:
        """Sender, recipients and what is attached."""
        from alertmill.reporting.mail import Letterhead
        from alertmill.vocabulary import MailAttachment

        return Letterhead(
            sender=self.sender,
            recipients=tuple(self.recipients),
            runs_dir=Path(self.runs_dir) if self.runs_dir else None,
            attached=MailAttachment(self.attachment),
            max_megabytes=self.max_megabytes,
        )
