"""Send people a message when a run ends: verdicts to readers, failures to operators."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from alertmill.cli.options import say
from alertmill.errors import ConfigurationError
from alertmill.redaction import note_secret
from alertmill.settings import Settings
from alertmill.vocabulary import MailAttachment, MailSecurity

if TYPE_CHECKING:
    from alertmill.orchestration.blocks import Mail

app = typer.Typer(name="messages", help=__doc__, no_args_is_help=True, add_completion=False)

PASSWORD_VARIABLE = "ALERTMILL_SMTP_PASSWORD"  # noqa: S105 - a name
URL_VARIABLE = "ALERTMILL_WEBHOOK_URL"


@app.command()
def mail(  # noqa: PLR0913 - every option of the command is a parameter
    *,
    host: Annotated[str, typer.Option(help="Mail server (SMTP).")],
    sender: Annotated[str, typer.Option(help="Mail address that the mails come from.")],
    reader: Annotated[
        list[str] | None,
        typer.Option(help="Mail address that gets every verdict; may be given several times."),
    ] = None,
    operator: Annotated[
        list[str] | None,
        typer.Option(help="Mail address that gets every failure; may be given several times."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the mail server.")] = 587,
    security: Annotated[
        MailSecurity, typer.Option(help="Encryption; tls usually has port 465.")
    ] = MailSecurity.STARTTLS,
    user: Annotated[
        str | None,
        typer.Option(
            help=f"User name on the mail server. The password is read from {PASSWORD_VARIABLE}, "
            "or asked for."
        ),
    ] = None,
    attach: Annotated[
        MailAttachment,
        typer.Option(help="What is attached: the first page, or all reports as a zip."),
    ] = MailAttachment.INDEX,
    max_megabytes: Annotated[float, typer.Option(help="Largest attachment, in megabytes.")] = 8.0,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) of the authorities to trust.")
    ] = None,
    trial: Annotated[bool, typer.Option("--trial", help="Send a trial mail at once.")] = False,
) -> None:
    """Mail verdicts to readers and failures to operators; again, it replaces what was set before.

    The settings lie on the Prefect server, as blocks of the type Alertmill Mail.
    """
    recipients = {"readers": reader or [], "operators": operator or []}
    if not any(recipients.values()):
        raise ConfigurationError("nobody gets a mail; give --reader or --operator.")
    settings = Settings()
    _choose_server(settings)
    from alertmill.orchestration.blocks import Mail
    from alertmill.orchestration.messages import Audience, install_mail

    password = _secret(PASSWORD_VARIABLE, "Password of the mail server") if user else None
    for audience in (Audience(name) for name, addresses in recipients.items() if addresses):
        block = Mail(
            host=host,
            port=port,
            security=security.value,
            user=user,
            password=password,
            sender=sender,
            recipients=recipients[audience],
            runs_dir=str(settings.alertmill_runs_dir.resolve()),
            attachment=attach.value,
            max_megabytes=max_megabytes,
            ca_file=str(ca_file.resolve()) if ca_file else None,
        )
        if trial:
            _try(block, audience)
        install_mail(block, audience)
        say(f"Mails to {audience}: {', '.join(recipients[audience])}.")


@app.command()
def webhook(
    *,
    readers: Annotated[bool, typer.Option("--readers", help="Post verdicts.")] = False,
    operators: Annotated[bool, typer.Option("--operators", help="Post failures.")] = False,
) -> None:
    """Post verdicts or failures as JSON; again, it replaces what was set before.

    The URL is read from ALERTMILL_WEBHOOK_URL, or asked for: it often is a secret.
    """
    if not (readers or operators):
        raise ConfigurationError("nothing is posted; give --readers, --operators or both.")
    _choose_server(Settings())
    from alertmill.orchestration.messages import Audience, install_webhook

    url = _secret(URL_VARIABLE, "URL of the webhook")
    wanted = {Audience.READERS: readers, Audience.OPERATORS: operators}
    for audience in (audience for audience, is_wanted in wanted.items() if is_wanted):
        install_webhook(url, audience)
        say(f"Messages to {audience} are posted.")


def _choose_server(settings: Settings) -> None:
    """Take the server of PREFECT_API_URL, else that of `alertmill up`; Prefect reads it once."""
    from alertmill.orchestration.api import PrefectApi
    from alertmill.orchestration.environment import service_environment

    if not os.environ.get("PREFECT_API_URL"):
        os.environ.update(service_environment(settings))
    api = PrefectApi.configured()
    if api is None or not api.is_healthy():
        raise ConfigurationError(
            f"no Prefect server answers under {os.environ['PREFECT_API_URL']}; start one with "
            "alertmill up, or set PREFECT_API_URL."
        )


def _secret(variable: str, question: str) -> SecretStr:
    """Read a secret from the environment, else from the terminal; never from an option."""
    value = os.environ.get(variable) or typer.prompt(question, hide_input=True)
    note_secret(value)
    return SecretStr(value)


def _try(block: Mail, audience: str) -> None:
    from alertmill.reporting.mail import write_mail

    text = f"This is a trial. From now on, {audience} get mails about runs of Alertmill."
    block.server.send(write_mail("Alertmill: trial", text, block.letterhead))
