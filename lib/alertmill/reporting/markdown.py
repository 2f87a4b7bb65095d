"""Text as Markdown of which nothing is taken for markup, whatever it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")


def plain(text: str) -> str:
    r"""Write text in one line that Markdown and HTML show as it is.

    Examples
    --------
    >>> plain("alert_scorer <b>|")
    'alert\\_scorer &lt;b&gt;\\|'
    """
    one_line = " ".join(text.split())
    escaped = one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table of plain text."""
    lines = [heads, tuple("---" for _ in heads), *(tuple(map(plain, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
