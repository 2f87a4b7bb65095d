"""No message holds a secret, in whatever encoding a server or a proxy sends it back."""

from __future__ import annotations

import base64
import json
import pickle
import random
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from alertmill import redaction
from alertmill.errors import AlertmillError, QueryError
from alertmill.redaction import note_environment, note_secret, redacted
from alertmill.settings import Settings

ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a query": quote_plus,
    "with small digits": lambda secret: (
        quote(secret, safe="").lower() if "%" in quote(secret, safe="") else secret
    ),
    "twice in a URL": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in JSON": json.dumps,
    "in Python": repr,
    "in HTML": escape,
    "in hexadecimal": lambda secret: secret.encode().hex().upper(),
    "as a login": lambda secret: base64.b64encode(f"default:{secret}".encode()).decode(),
    "in base64 of a URL": lambda secret: base64.urlsafe_b64encode(f"{secret}?".encode()).decode(),
}


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what other tests noted, and afterwards what this one did."""
    monkeypatch.setattr(redaction, "_known", set())
    return iter([None])


def made_up(seed: int) -> str:
    """Return a password of 8 to 24 letters, digits and signs, of which some must be encoded."""
    draw = random.Random(seed)  # noqa: S311 - made up for a test
    letters = string.ascii_letters + string.digits + "%&+/=<>\"'\\ äß€"
    return "".join(draw.choices(letters, k=draw.randint(8, 24)))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_thirty_secrets_are_gone_in_every_encoding(encoding: str) -> None:
    left = []
    for seed in range(30):
        secret = made_up(seed)
        note_secret(secret)
        written = ENCODINGS[encoding](secret)

        found = redacted(f"before {written} after")

        if secret in found or not found.startswith("before ") or redaction.REDACTED not in found:
            left.append((secret, found))
    assert [] == left


def test_of_a_login_no_more_than_the_end_of_the_user_is_left() -> None:
    for user in ("u", "us", "use", "user"):
        note_secret("correct horse")
        login = base64.b64encode(f"{user}:correct horse".encode()).decode()

        rest = redacted(login).replace(redaction.REDACTED, "")

        assert len(rest) <= len(base64.b64encode(f"{user}:c".encode()))


def test_a_short_text_is_no_secret_and_other_texts_stay() -> None:
    note_secret("abc")
    note_secret("")
    note_secret(None)
    note_secret("hunter22")

    assert "abc of a table" == redacted("abc of a table")


def test_the_password_of_a_url_is_a_secret_of_its_own() -> None:
    note_secret("postgresql://me:s3cr3t-word@host/trials")

    assert "no login for me with [redacted]" == redacted("no login for me with s3cr3t-word")


def test_variables_whose_names_speak_of_a_secret_are_noted() -> None:
    held = {"AWS_SECRET_ACCESS_KEY": "abcdefgh12", "SMTP_PASSWORD": "ijklmnop34", "LANG": "C.UTF-8"}
    note_environment({**held, "USE_TOKENS": "yes", "TOKEN_FILE": str(Path.cwd())})

    assert "[redacted] [redacted] C.UTF-8 yes" == redacted("abcdefgh12 ijklmnop34 C.UTF-8 yes")
    assert str(Path.cwd()) == redacted(str(Path.cwd()))


def test_a_secret_is_found_whatever_letters_stand_around_it() -> None:
    """A quick look goes before the pattern, and must not overlook what the pattern finds."""
    for secret in ("ΑΣΣ-ß-İ-secret", "UPPER-and-lower"):
        note_secret(secret)

        assert "ΑΣ[redacted]ΣΑ" == redacted(f"ΑΣ{secret}ΣΑ")


LEAKING = """
import logging, sys
from alertmill.redaction import guard_output, note_secret

guard_output()
note_secret("correct-horse")
logging.basicConfig(stream=sys.stderr)
log = logging.getLogger("library")
log.warning("login %s of %d", "correct-horse", 1)
try:
    raise OSError("no route for me:correct-horse@host")
except OSError as error:
    log.exception("It failed: %s", error)
    raise RuntimeError("from Y29ycmVjdC1ob3JzZQ==") from error
"""


COMMAND = """
import sys
import typer
from alertmill import cli
from alertmill.redaction import note_secret

note_secret("correct-horse")
cli.app = typer.Typer(pretty_exceptions_enable=False)
sys.argv = ["alertmill"]

@cli.app.command()
def fail() -> None:
    raise RuntimeError("no route for me:correct-horse@host")

cli.main()
"""


def test_the_traceback_of_a_command_holds_no_secret() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", COMMAND], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "RuntimeError: no route for me:[redacted]@host" in done.stderr
    assert "correct-horse" not in done.stderr


def test_no_log_and_no_traceback_of_a_library_holds_a_secret() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", LEAKING], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "correct-horse" not in done.stderr
    assert "Y29ycmVjd" not in done.stderr
    assert "WARNING:library:login [redacted] of 1" in done.stderr
    assert "OSError: no route for me:[redacted]@host" in done.stderr
    assert "RuntimeError: from [redacted]" in done.stderr


def test_an_error_never_holds_a_secret_of_the_settings() -> None:
    Settings(_env_file=None, clickhouse_password=SecretStr("s3cr3t-word"))

    error = QueryError("the proxy said: Basic " + base64.b64encode(b"me:s3cr3t-word").decode())

    for shown in (str(error), repr(error), str(pickle.loads(pickle.dumps(error)))):  # noqa: S301
        assert "czNjcjN0LXdvcm" not in shown
        assert "[redacted]" in shown
    assert not str(AlertmillError())
