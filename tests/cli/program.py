"""The command line as a user meets it: with its exit code, and errors in place of tracebacks."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

import pytest

from alertmill import cli


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str


class Program:
    """Runs commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        """Run `alertmill` with these arguments."""
        self._capsys.readouterr()
        with patch("sys.argv", ["alertmill", *arguments]), pytest.raises(SystemExit) as ended:
            cli.main()
        written = self._capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, written.out, written.err)
