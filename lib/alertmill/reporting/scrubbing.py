"""Take known secrets out of what cells showed, before anything of a notebook is written.

Kernels get no secret in the first place, see `alertmill.reporting.kernels`: this is the second of
two layers, for what a cell has read from a file or a service.
"""

from __future__ import annotations

import json
from typing import Any

from alertmill.redaction import redacted

_Node = Any
_FEWEST_LETTERS = 8
"""A password that is a short word must not make holes into the sentences of a report."""


def redact_outputs(notebook: _Node) -> None:
    """Take every secret that this process knows out of all outputs, in place; pictures stay."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            _redact(output)


def _redact(output: _Node) -> None:
    if output.output_type == "stream":
        output.text = _without_secrets(output.text)
    elif output.output_type == "error":
        output.evalue = _without_secrets(output.evalue)
        output.traceback = [_without_secrets(line) for line in output.traceback]
    else:
        for kind, content in output.data.items():
            output.data[kind] = content if kind.startswith("image/png") else _redacted(content)
        output.metadata = _redacted(output.metadata)


def _redacted(content: Any) -> Any:  # noqa: ANN401 - text, or what JSON holds
    if isinstance(content, str):
        return _without_secrets(content)
    written = json.dumps(content)
    kept = _without_secrets(written)
    return content if kept == written else json.loads(kept)


def _without_secrets(text: str) -> str:
    return redacted(text, fewest_letters=_FEWEST_LETTERS)
