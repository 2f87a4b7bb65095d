"""What the pages of a run hold inline: one style, one script, and the policy that lets them in."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

_TEMPLATES = Path(__file__).parent / "templates"
STYLE = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
SCRIPT = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
SCRIPT_SOURCE = f"'sha256-{b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"
"""The only script that may run, by the digest of its text, however it came into the page."""
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {SCRIPT_SOURCE}; "
    "base-uri 'none'; form-action 'none'"
)
"""The second layer: even HTML that got through may load nothing and run nothing."""
