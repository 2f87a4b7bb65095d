"""docs/features.md is what the declarations say."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from alertmill.cli import app
from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations import build_catalogue

PAGE = Path(__file__).resolve().parents[2] / "docs" / "features.md"
CATALOGUE = build_catalogue()


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["features", *arguments])
    assert 0 == result.exit_code, result.output
    return result.output


def test_the_document_is_the_catalogue_as_it_is_declared() -> None:
    assert PAGE.read_text() == invoke("--markdown"), "run make docs"


def test_the_command_prints_a_line_for_every_feature() -> None:
    first_words = [line.split()[0] for line in invoke().splitlines()]

    assert ["feature", *CATALOGUE.names] == first_words


def test_a_group_alone_can_be_printed() -> None:
    printed = invoke("--group", "exposure").splitlines()[1:]

    names = [f.name for f in CATALOGUE.features if f.group is FeatureGroup.EXPOSURE]
    assert names == [line.split()[0] for line in printed]


def test_no_cell_of_the_document_breaks_its_table() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    assert {8, 2} == {line.count(" | ") + 1 for line in rows}
