"""The table of first files in docs/data.md; ``python -m tests.inputs.table`` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.inputs.loaded_files import LOADED
from tests.inputs.made_up import FirstFile
from tests.inputs.refused_files import REFUSED

DOCUMENT = Path(__file__).parents[2] / "docs" / "data.md"
_BEGIN, _END = (
    "<!-- first files: written by tests/inputs/table.py -->",
    "<!-- end of first files -->",
)


def written_table() -> str:
    """Return the table as it should stand in the document."""
    rows = [_row(file) for file in (*LOADED, *REFUSED)]
    return "\n".join(["| file | options | outcome |", "|---|---|---|", *rows])


def table_in(document: Path) -> str:
    """Return the table as it stands in a document."""
    _, _, rest = document.read_text(encoding="utf-8").partition(_BEGIN)
    return rest.partition(_END)[0].strip()


def _row(file: FirstFile) -> str:
    given = f"`{file.given}`" if file.given else ""
    kind = "" if file.kind == "transfers" or "label" in file.what else "labels: "
    outcome = file.outcome.replace("|", "\\|")
    return f"| {kind}{file.what} | {given} | {outcome} |"


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, _, rest = text.partition(_BEGIN)
    _, _, end = rest.partition(_END)
    DOCUMENT.write_text(f"{begin}{_BEGIN}\n{written_table()}\n{_END}{end}", encoding="utf-8")
