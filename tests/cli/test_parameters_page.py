"""docs/parameters.md is what the models say."""

from __future__ import annotations

import re
from pathlib import Path

from alertmill.cli.parameters_page import parameters_page
from alertmill.parameters import IngestionParameters, TrainingRequest
from alertmill.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parameters.md"


def rows_of(page: str) -> dict[str, list[str]]:
    """Return the cells of every row by the name of its parameter, of the first flow that has it."""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    cells = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines]
    return {first.strip("`"): [first, *rest] for first, *rest in reversed(cells)}


def test_the_document_is_as_the_models_say() -> None:
    assert PAGE.read_text() == parameters_page(), "run make docs"


def test_a_row_says_what_the_form_and_the_option_say() -> None:
    rows = rows_of(parameters_page())

    budget = TrainingRequest.model_fields["review_budget"]
    expected = ["`review_budget`", budget.description, "whole number", "`20`", "≥ 1"]
    assert [*expected, "`--review-budget`"] == rows["review_budget"]
    assert rows["labels.strategy"][-1] == "`--label-strategy`"


def test_every_parameter_and_every_setting_has_a_row() -> None:
    names = set(rows_of(parameters_page()))

    assert {"tuning.n_trials", "split.embargo_days", "promotion.mode"} <= names
    assert set(IngestionParameters.model_fields) <= names
    assert {name.upper() for name in Settings.model_fields} <= names


def test_no_description_breaks_its_table() -> None:
    rows = rows_of(parameters_page())

    assert {len(cells) for cells in rows.values()} <= {4, 5, 6}
