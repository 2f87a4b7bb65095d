"""Every template has the items of its plan, in small cells and in the committed form."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from alertmill.reporting.canonical import is_canonical
from tests.notebook_templates.cells import NOT_IN_A_CELL, TEMPLATES, code_cells, covered
from tests.notebook_templates.plan import REPORTS


@pytest.mark.parametrize("name", REPORTS)
def test_every_planned_item_is_delivered_once(name: str) -> None:
    found = Counter(item for cell in code_cells(name) for item in covered(cell))

    assert {f"nb{name[:2]}-{item}": 1 for item in REPORTS[name]} == dict(found)


@pytest.mark.parametrize("name", REPORTS)
def test_a_template_is_in_the_committed_form(name: str) -> None:
    assert is_canonical(TEMPLATES / f"{name}.ipynb")


@pytest.mark.parametrize("name", REPORTS)
def test_a_cell_is_short_and_defines_nothing(name: str) -> None:
    cells = [cell for cell in code_cells(name) if "setup" not in cell.metadata.get("tags", [])]

    for cell in cells:
        assert len(cell.source.splitlines()) <= 8, cell.id
        found = [
            node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, NOT_IN_A_CELL)
        ]
        assert not found, cell.id
