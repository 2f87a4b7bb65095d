"""Keep Prefect's page from asking another host.

Its newer page starts a usage tracker before it reads the setting that switches the tracker off.
The server serves a copy of the page in the state folder; there the tracker has no key, and
without one it sends nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

from alertmill.errors import UserInterfaceError
from alertmill.files import write_text

_KEY = re.compile(r"return`[0-9a-f]{32}`")
_NO_KEY = "return``/* key of the usage tracker removed */"


def silence_page(ui: Path) -> None:
    """Remove the tracker's key from the copy of the page; do nothing if that is done.

    Parameters
    ----------
    ui : Path
        Folder into which the server copied its pages; the newer one is in ``v2``.

    Raises
    ------
    UserInterfaceError
        If the page holds no key or several, as another version of Prefect might.
    """
    scripts = sorted((ui / "v2" / "assets").glob("*.js"))
    texts = {path: path.read_text(encoding="utf-8") for path in scripts}
    if any(_NO_KEY in text for text in texts.values()):
        return
    found = [path for path, text in texts.items() for _ in _KEY.findall(text)]
    if len(found) != 1:
        raise UserInterfaceError.of(ui, len(found))
    write_text(found[0], _KEY.sub(_NO_KEY, texts[found[0]]))
