"""docs/simulator.md names every knob of the simulator with its default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from alertmill.simulator import DIFFICULTIES, SIZES, WorldParameters

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"


def test_the_document_holds_the_table_of_all_knobs() -> None:
    missing = [row for row in rows(WorldParameters()) if row not in DOCUMENT.read_text()]

    assert [] == missing


def test_the_document_holds_what_sizes_and_difficulties_are_made_of() -> None:
    named = {str(name): knobs for name, knobs in (SIZES | DIFFICULTIES).items()}
    lines = [
        f"| {name} | " + " | ".join(str(value) for value in knobs.model_dump().values()) + " |"
        for name, knobs in named.items()
    ]

    assert [] == [line for line in lines if line not in DOCUMENT.read_text()]


def rows(model: BaseModel, prefix: str = "") -> Iterator[str]:
    """One row of the table a knob, with those of a section after it."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from rows(value, f"{prefix}{name}.")
        else:
            yield f"| `{prefix}{name}` | {value} | {field.description} |"
