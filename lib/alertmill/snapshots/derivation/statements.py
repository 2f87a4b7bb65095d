"""The SQL files of this package."""

from __future__ import annotations

from importlib.resources import files


def statement(name: str) -> str:
    """Text of ``sql/<name>.sql``."""
    return (files("alertmill.snapshots.derivation") / "sql" / f"{name}.sql").read_text(
        encoding="utf-8"
    )
