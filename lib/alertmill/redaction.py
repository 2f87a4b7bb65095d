"""Keep passwords out of messages, also in what a server or a proxy sends back.

A secret that this process was given is noted once. Every message of ours then loses it, as it is
and in the encodings in which programs write it down: quoted for a URL, JSON, Python or HTML, as
hexadecimal digits, and in base64, where it may stand at any place of a longer text, as in the
header of a login.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import quote, quote_plus, urlsplit

REDACTED = "[redacted]"
_FEWEST_LETTERS = 4
"""A shorter text stands in too many words by chance, and is no secret that could be kept."""
_BITS_OF_BYTE, _BITS_OF_LETTER = 8, 6
_ALIGNMENTS = 3
_known: set[str] = set()


def note_secret(secret: str | None) -> None:
    """Keep a secret out of every later message; of a URL with a password, its password as well."""
    if not secret or len(secret) < _FEWEST_LETTERS:
        return
    _known.add(secret)
    note_secret(_password_of(secret))


def redacted(text: str) -> str:
    """Return a text without the secrets that were noted, and without their encodings.

    Examples
    --------
    >>> note_secret("correct horse")
    >>> redacted("no user correct%20horse; Authorization: Basic ZGVmYXVsdDpjb3JyZWN0IGhvcnNl")
    'no user [redacted]; Authorization: Basic ZGVmYXVsdDp[redacted]'
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = _pattern(secret).sub(REDACTED, text)
    return text


def _password_of(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:  # no URL
        return None


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
