"""The page on reliability names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
ROW = re.compile(r"^\| .+ \| .+ \| `([\w/]+\.py)`: (.+) \|$", re.MULTILINE)


def test_every_fault_is_held_by_tests_that_exist() -> None:
    page = (TESTS.parent / "docs" / "reliability.md").read_text()
    rows = ROW.findall(page)

    missing = [
        f"{file}: {name}"
        for file, names in rows
        for name in re.findall(r"`(\w+)`", names)
        if not re.search(rf"^def test_{name}\(", (TESTS / file).read_text(), re.MULTILINE)
    ]

    n_faults = len(re.findall(r"^\| (?!fault|--)", page, re.MULTILINE))
    assert n_faults == len(rows) > 30
    assert [] == missing
