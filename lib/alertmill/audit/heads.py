"""Heads of the ledger: its last entry, remembered where whoever rewrites the runs cannot reach."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from alertmill.errors import ConfigurationError
from alertmill.frozen_model import FrozenModel

_TEXT = re.compile(r"(?P<number>[1-9]\d*):(?P<sha256>[0-9a-f]{64})")


class LedgerHead(FrozenModel):
    """Number and digest of an entry; the digest stands for all entries up to it."""

    number: int = Field(ge=1)
    sha256: str

    @property
    def text(self) -> str:
        """The head as reports print it and `alertmill verify --head` takes it."""
        return f"{self.number}:{self.sha256}"

    @classmethod
    def of_text(cls, text: str) -> LedgerHead:
        """Read what `text` wrote.

        Raises
        ------
        ConfigurationError
            If it is no head.
        """
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise ConfigurationError(
                f"{text.strip()[:90]!r} is no head of a ledger; expected a number, a colon and 64 "
                "hexadecimal digits, as reports print them."
            )
        return cls(number=int(found["number"]), sha256=found["sha256"])


@dataclass(frozen=True)
class KnownHead:
    """A head that was kept outside the runs folder."""

    head: LedgerHead
    place: str
    """Where, as in "the database of ethereum"."""


def append_head(path: Path, head: LedgerHead) -> None:
    """Append a line to the operator's file; what stands there is never changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, f"{head.text}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def heads_in_file(path: Path) -> list[KnownHead]:
    """Read the heads that `append_head` wrote; none without the file.

    Raises
    ------
    ConfigurationError
        If a line is no head.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [KnownHead(LedgerHead.of_text(line), str(path)) for line in lines if line.strip()]
