"""A locale that is not UTF-8 changes no file and fails no message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from alertmill.parameters import ChecksParameters, TrainingParameters
from alertmill.runs import Run

reason = "f\u00fcr immer \u20ac"
asked = TrainingParameters(
    network="ethereum", start_date="2024-01-01", end_date="2024-02-29",
    checks=ChecksParameters(muted={"AM014": reason}),
)
now = datetime(2024, 6, 1, tzinfo=UTC)
run = Run.create(Path(sys.argv[1]), asked, key="k", now=now)
assert asked == Run.open(run.path).parameters
assert run.path == Run.create(Path(sys.argv[1]), asked, key="k", now=now).path
"""


def test_parameters_are_the_same_when_they_are_read_again(tmp_path: Path) -> None:
    """Python warns, here fails, where a file would be opened in the encoding of the locale."""
    strict = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning:alertmill"]

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *strict, "-c", PROGRAM, str(tmp_path)], capture_output=True, check=False
    )

    assert (0, b"") == (done.returncode, done.stderr)


def test_a_message_with_letters_that_the_terminal_lacks_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alertmill.cli", "doctor", "--network", "m\u00fcnze \u20ac"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert 2 == done.returncode
    assert done.stderr.startswith(b"error: unknown network 'm\xfcnze \\u20ac'")
    assert b"Traceback" not in done.stderr
