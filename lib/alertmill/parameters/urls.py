"""Which URLs name a place of deliveries: kinds that are read, and no secret in them."""

from __future__ import annotations

import re

SCHEMES = ("file", "s3")
"""Kinds of URL that are read, beside plain paths."""
EXPECTED = "a path, or a file:// or s3:// URL without user, password, token or query"
PLACE = (
    r"^(?:(?:[fF][iI][lL][eE]|[sS]3)://(?!.*::)[^@?#]*"
    r"|(?![A-Za-z][A-Za-z0-9+.-]*(?:://|::))[^\0]*)$"
)
"""Pattern of what `refusal_of` lets pass; the schema of a form refuses the rest."""
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)(?:://|::)")


def shown(url: str) -> str:
    """Return the kind of a URL, for a message: the rest may hold a secret; a path as it is."""
    found = _URL.match(url)
    return f"{found[1].lower()}://..." if found else url


def refusal_of(url: str) -> str | None:
    """Return what is wrong with a URL and what to do, without any of its secrets; None if nothing.

    Examples
    --------
    >>> refusal_of("s3://bucket/snapshots") is refusal_of("/data/upstream") is None
    True
    >>> refusal_of("gs://bucket/snapshots")
    'URLs of the kind gs:// are not read; copy the folder to a local one or to S3'
    """
    found = _URL.match(url)
    if found is None:
        return None
    scheme = found[1].lower()
    if "::" in url:
        return "nested URLs are not read; unpack it and name the folder"
    if scheme not in SCHEMES:
        return f"URLs of the kind {scheme}:// are not read; copy the folder to a local one or to S3"
    if re.search("[@?#]", url):
        return (
            "it holds a user, password, token or query, which the ledger and messages would show; "
            "give credentials in the environment"
        )
    return None
