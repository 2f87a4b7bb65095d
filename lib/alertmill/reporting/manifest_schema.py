"""The JSON schema of a manifest, for programs that read one without this library.

``python -m alertmill.reporting.manifest_schema`` prints docs/manifest.schema.json.
"""

from __future__ import annotations

import json
import sys

from pydantic import TypeAdapter

from alertmill.reporting.manifest import Manifest
from alertmill.reporting.scoring_report import ScoringManifest

_ABOUT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:alertmill:manifest:v1",
    "title": "manifest.json of an Alertmill run",
    "description": "Of a training or of a scoring; canonical JSON (RFC 8785), all times in UTC.",
}


def manifest_schema() -> str:
    """Return the schema (JSON Schema, draft 2020-12) as indented JSON."""
    either = TypeAdapter[Manifest | ScoringManifest](Manifest | ScoringManifest)
    return json.dumps({**_ABOUT, **either.json_schema()}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(manifest_schema())
