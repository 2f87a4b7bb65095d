"""The queries of the extract, as they lie beside this module."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

_COMMENT = re.compile(r"--[^\n]*")


def query_text(name: str) -> str:
    """Return the SQL of a query of the extract, with its placeholders."""
    return (files("alertmill.training.data") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def query_digest(name: str) -> str:
    """Return the hex sha256 of what a query does: without comments, each space once."""
    text = " ".join(_COMMENT.sub("", query_text(name)).split())
    return hashlib.sha256(text.encode()).hexdigest()
