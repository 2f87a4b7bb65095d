"""The glossary names what the code is called."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (PROJECT / "docs" / "glossary.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| term ")
]


def words_of_the_code() -> set[str]:
    paths = (path for ending in ("*.py", "*.sql") for path in (PROJECT / "lib").rglob(ending))
    return {word for path in paths for word in re.findall(r"\w+(?:\.html)?", path.read_text())}


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    named = {name for *_, names in ROWS for name in re.findall(r"`([^`]+)`", names)}

    assert named - words_of_the_code() == set()


def test_every_term_stands_once_with_one_sentence_and_a_name() -> None:
    terms = [term for term, *_ in ROWS]

    assert sorted(set(terms)) == sorted(terms)
    for term, meaning, names in ROWS:
        assert meaning.endswith("."), term
        assert ". " not in meaning, term
        assert "`" in names, term
