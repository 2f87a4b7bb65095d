"""A server installs no JupyterLab: what only the extras bring is needed by people alone."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

PROJECT = Path(__file__).resolve().parents[1]
CONFIGURATION = tomllib.loads((PROJECT / "pyproject.toml").read_text())
_READING: Any = nbformat  # it has no types


def name_of(requirement: str) -> str:
    """Return the name of a package, of a requirement such as ``moto[s3]>=5.1``."""
    return re.split(r"[\[<>=;! ]", requirement.lower())[0]


EXTRAS = {
    name_of(requirement)
    for requirements in CONFIGURATION["project"]["optional-dependencies"].values()
    for requirement in requirements
}


def pins(lock: str) -> dict[str, str]:
    """Return every package of a lock with its version and hashes."""
    found = re.findall(
        r"^(\S+?)==(.*?)(?=^\S|\Z)", (PROJECT / lock).read_text(), re.MULTILINE | re.DOTALL
    )
    return dict(found)


def sources() -> Iterator[tuple[str, str]]:
    """Yield the code that a run executes, by its place."""
    for folder in ("lib", "flows", "tasks", "notebook_templates"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            yield str(path.relative_to(PROJECT)), path.read_text()
    for path in sorted((PROJECT / "notebook_templates").glob("*.ipynb")):
        for cell in _READING.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                code = re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)
                yield f"{path.name}#{cell.id}", code


def imports_of(code: str) -> set[str]:
    """Return the packages that code imports, wherever it does."""
    nodes = list(ast.walk(ast.parse(code)))
    plain = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    parts = [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom) and not n.level]
    return {name.partition(".")[0] for name in plain + parts}


def test_no_run_imports_what_an_extra_brings() -> None:
    assert {"jupyterlab", "seaborn", "plotly", "s3fs"} <= EXTRAS
    assert [(place, EXTRAS & imports_of(code)) for place, code in sources()] == [
        (place, set()) for place, _ in sources()
    ]


def test_the_image_gets_the_versions_and_hashes_that_are_tested() -> None:
    tested, image = pins("requirements.lock"), pins("deploy/requirements.lock")

    assert image
    assert image.items() <= tested.items()


@pytest.mark.parametrize(
    "package", ["jupyterlab", "seaborn", "plotly", "python-docx", "pytest", "mypy", "sphinx"]
)
def test_the_image_holds_no_package_for_work_by_hand(package: str) -> None:
    assert package in pins("requirements.lock")
    assert package not in pins("deploy/requirements.lock")


def test_the_image_holds_what_the_library_and_its_installation_name() -> None:
    groups = CONFIGURATION["dependency-groups"]
    asked = [*CONFIGURATION["project"]["dependencies"], *groups["build"], "s3fs"]

    assert {name_of(one) for one in asked} - set(pins("deploy/requirements.lock")) == set()
