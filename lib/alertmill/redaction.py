"""Keep passwords out of messages, also in what a server or a proxy sends back.

A secret that this process was given is noted once. Every message of ours then loses it, as it is
and in the encodings in which programs write it down: quoted for a URL, JSON, Python or HTML, as
hexadecimal digits, and in base64, where it may stand at any place of a longer text, as in the
header of a login. Logs and tracebacks of a process lose it after `guard_output`, with whatever a
library has put into them.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

REDACTED = "[redacted]"
_FEWEST_LETTERS = 4
"""A shorter text stands in too many words by chance, and is no secret that could be kept."""
_BITS_OF_BYTE, _BITS_OF_LETTER = 8, 6
_ALIGNMENTS = 3
_SECRET_NAME = re.compile(
    r"(?i)PASSW|SECRET|TOKEN|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE_KEY|AUTH_STRING"
)
"""Names of environment variables that hold a secret."""
_FEWEST_LETTERS_OF_VARIABLE = 8
_known: set[str] = set()


def note_secret(secret: str | None) -> None:
    """Keep a secret out of every later message; of a URL with a password, its password as well."""
    if not secret or len(secret) < _FEWEST_LETTERS:
        return
    _known.add(secret)
    note_secret(_password_of(secret))


def note_environment(environment: Mapping[str, str]) -> None:
    """Keep out of every later message what variables hold whose names speak of a secret."""
    for name, value in environment.items():
        is_long = len(value) >= _FEWEST_LETTERS_OF_VARIABLE
        if is_long and _SECRET_NAME.search(name) and not _is_path(value):
            note_secret(value)


def redacted(text: str, *, fewest_letters: int = _FEWEST_LETTERS) -> str:
    """Return a text without the secrets that were noted, and without their encodings.

    Parameters
    ----------
    text : str
        Any text.
    fewest_letters : int
        Shorter secrets stay: in a long text they stand by chance.

    Examples
    --------
    >>> note_secret("correct horse")
    >>> redacted("no user correct%20horse; Authorization: Basic ZGVmYXVsdDpjb3JyZWN0IGhvcnNl")
    'no user [redacted]; Authorization: Basic ZGVmYXVsdDp[redacted]'
    """
    folded = text.casefold()
    for secret in sorted(_known, key=len, reverse=True):
        if len(secret) < fewest_letters:
            break
        # A search for each form is a hundred times as fast as their pattern.
        if any(form in folded for form in _folded_forms(secret)):
            text = _pattern(secret).sub(REDACTED, text)
            folded = text.casefold()
    return text


def guard_output() -> None:
    """Take secrets out of every later log record, and of the traceback that ends this process.

    Whatever handles a record gets it so: a console, a file or an orchestrator's server.
    """
    make = logging.getLogRecordFactory()
    if not getattr(make, "redacts", False):

        def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401 - as logging's
            return _without_secrets(make(*args, **kwargs))

        make_redacted.redacts = True  # type: ignore[attr-defined]
        logging.setLogRecordFactory(make_redacted)
    sys.excepthook = _print_redacted


def _without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # the handler says what is wrong with the arguments
        return record
    if (kept := redacted(message)) != message:
        record.msg, record.args = kept, ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = redacted("".join(traceback.format_exception(*record.exc_info)).rstrip())
    return record


def _print_redacted(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))


def _is_path(value: str) -> bool:
    """Return whether a value only says in which file a secret lies."""
    return os.path.exists(value)  # noqa: PTH110 - of any text, however long


def _password_of(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:  # no URL
        return None


@cache
def _folded_forms(secret: str) -> tuple[str, ...]:
    """Return all forms without regard to capitals, to see quickly whether one can be there."""
    forms = (
        *_percent_encoded(secret),
        secret.encode().hex(),
        *_in_base64(secret),
        *_spellings(secret),
    )
    return tuple({form.casefold() for form in forms})


@cache
def _pattern(secret: str) -> re.Pattern[str]:
    """Return what finds a secret in all its forms, the longest first."""
    loose = _longest_first({*_percent_encoded(secret), secret.encode().hex()})
    encoded, exact = _longest_first(_in_base64(secret)), _longest_first(_spellings(secret))
    return re.compile(
        "|".join(
            [
                *(f"(?i:{re.escape(form)})" for form in loose),
                # The next letter may hold the last bits of the secret.
                *(f"{re.escape(form)}[A-Za-z0-9+/_-]?={{0,2}}" for form in encoded),
                *map(re.escape, exact),
            ]
        )
    )


def _longest_first(forms: Iterable[str]) -> list[str]:
    return sorted({*forms}, key=len, reverse=True)


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield repr(secret)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)


def _percent_encoded(secret: str) -> Iterator[str]:
    """Yield a secret as a URL holds it; the digits may be capitals or not."""
    for once in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        if once != secret:
            yield once
            yield quote(once, safe="")


def _in_base64(secret: str) -> Iterator[str]:
    """Yield the letters that a secret alone decides, at each place that it can have in a text."""
    content = secret.encode()
    for n_before in range(_ALIGNMENTS):
        n_first = -(-n_before * _BITS_OF_BYTE // _BITS_OF_LETTER)
        n_last = (n_before + len(content)) * _BITS_OF_BYTE // _BITS_OF_LETTER
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            letters = encode(b"\0" * n_before + content).decode()[n_first:n_last]
            if len(letters) >= _FEWEST_LETTERS:
                yield letters
