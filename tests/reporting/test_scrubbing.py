"""No secret reaches a notebook or a page: kernels get none, and outputs lose what is known."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from alertmill import redaction
from alertmill.redaction import note_environment, note_secret
from alertmill.reporting import kernels
from alertmill.reporting.execution import execute_template
from alertmill.reporting.html import export_html
from alertmill.reporting.scrubbing import redact_outputs
from alertmill.runs import Run
from tests.reporting.example_runs import executed, make_run, write_template

N_CANARIES = 30
SHOW_ALL = """
import base64, json, os
from IPython.display import HTML, display
print(dict(os.environ))
display(HTML(json.dumps(dict(os.environ))))
print(base64.b64encode(repr(sorted(os.environ.values())).encode()).decode())
"""
_V4: Any = nbformat.v4  # it has no types


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what other tests noted, and afterwards what this one did."""
    monkeypatch.setattr(redaction, "_known", set())
    return iter([None])


def canaries() -> dict[str, str]:
    """Return thirty made-up secrets by the names of their variables."""
    draw = random.Random(7)  # noqa: S311 - made up for a test
    return {
        f"SERVICE_{n}_{draw.choice(('TOKEN', 'PASSWORD', 'SECRET', 'API_KEY'))}": "".join(
            draw.choices(string.ascii_letters + string.digits, k=draw.randint(12, 30))
        )
        for n in range(N_CANARIES)
    }


def left_in(folder: Path, secrets: dict[str, str]) -> list[str]:
    """Return the names of the secrets that stand in a file of a folder, as they are or encoded."""
    texts = [path.read_text() for path in folder.rglob("*.*") if path.suffix in (".ipynb", ".html")]
    texts += [path.read_text() for path in folder.rglob("*.json")]
    found = []
    for name, secret in secrets.items():
        forms = [secret]
        for n in range(3):  # wherever the secret begins, in letters that it alone decides
            encoded = base64.b64encode(b"\0" * n + secret.encode()).decode()
            forms.append(encoded[4:-4])
        if any(form in text for form in forms for text in texts):
            found.append(name)
    return found


def show_environment(folder: Path) -> Run:
    """Run a notebook that shows its whole environment, in three ways and in an error."""
    run = make_run(folder)
    template = write_template(folder, SHOW_ALL, "raise ValueError(str(dict(os.environ)))")
    export_html(run, execute_template(template, run))
    return run


@pytest.mark.slow
@pytest.mark.parametrize("layer_off", ["allow-list", "redaction", "none"])
def test_no_canary_is_written_even_with_one_of_the_two_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer_off: str
) -> None:
    secrets = canaries()
    for name, secret in secrets.items():
        monkeypatch.setenv(name, secret)
    if layer_off == "allow-list":
        monkeypatch.setattr(kernels, "_KEPT", re.compile(".*"))
    if layer_off != "redaction":
        note_environment(secrets)

    run = show_environment(tmp_path)

    assert [] == left_in(run.path, secrets)
    written = (run.path / "notebooks" / "01_example.ipynb").read_text()
    assert (redaction.REDACTED in written) == (layer_off == "allow-list")


@pytest.mark.slow
def test_without_both_layers_every_canary_would_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the test above would prove nothing."""
    secrets = canaries()
    for name, secret in secrets.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setattr(kernels, "_KEPT", re.compile(".*"))

    run = show_environment(tmp_path)

    assert sorted(secrets) == sorted(left_in(run.path, secrets))


def test_every_kind_of_output_loses_a_secret_and_pictures_stay() -> None:
    note_secret("correct-horse")
    cell = executed(
        "1",
        {"text/html": "<p>correct-horse</p>", "image/png": "correct-horse"},
        {"application/json": json.loads('{"a": ["correct-horse", 1]}')},
    )
    cell.outputs += [
        _V4.new_output("stream", text="a correct-horse"),
        _V4.new_output("error", ename="E", evalue="correct-horse", traceback=["correct-horse"]),
    ]

    redact_outputs(_V4.new_notebook(cells=[cell]))

    shown, plain, stream, error = cell.outputs
    assert "<p>[redacted]</p>" == shown.data["text/html"]
    assert "correct-horse" == shown.data["image/png"]
    assert {"a": ["[redacted]", 1]} == plain.data["application/json"]
    assert "a [redacted]" == stream.text
    assert ("[redacted]", ["[redacted]"]) == (error.evalue, error.traceback)


def test_a_password_that_is_a_short_word_makes_no_holes_into_a_report() -> None:
    note_secret("cell")
    cell = executed("1", {"text/plain": "every cell above ran"})

    redact_outputs(_V4.new_notebook(cells=[cell]))

    assert "every cell above ran" == cell.outputs[0].data["text/plain"]
