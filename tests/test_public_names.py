"""Names can be imported from the packages, which load nothing heavy before a name is used."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

LIBRARY = Path(__file__).resolve().parents[1] / "lib" / "alertmill"
PACKAGES = (
    "answers",
    "checks",
    "evaluation",
    "explanation",
    "plotting",
    "storage",
    "tables",
    "training",
)
OTHER_PUBLIC_MODULES = (
    "experiments",
    "interactive",
    "parameters",
    "pipeline",
    "runs",
    "settings",
    "vocabulary",
)
OF_THE_NOTEBOOKS = {
    "training": "FeatureExtractor FeatureBuilder ModelTrainer ModelStorage TimeAddressFolds",
    "storage": "ClientFactory get_connection_params",
}
FRESH_IMPORT = """
import importlib, json, sys, time
start = time.perf_counter()
package = importlib.import_module(sys.argv[1])
seconds = time.perf_counter() - start
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"seconds": seconds, "dir": dir(package), "loaded": loaded}))
"""
HEAVY = {"clickhouse_connect", "lightgbm", "matplotlib", "numpy", "pandas", "polars", "sklearn"}


def imported(package: str) -> ModuleType:
    """Return one of the packages."""
    return importlib.import_module(f"alertmill.{package}")


def files_of(package: str) -> list[Path]:
    """Return the files of a package or module."""
    folder = LIBRARY / package
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def definitions(path: Path) -> set[str]:
    """Return the classes and functions that a module defines."""
    body = ast.parse(path.read_text()).body
    return {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}


@pytest.mark.process
@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_imported_quickly_and_shows_its_names(package: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", FRESH_IMPORT, f"alertmill.{package}"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)

    assert found["seconds"] < 0.5
    assert HEAVY & set(found["loaded"]) == set()
    assert set(imported(package).__all__) <= set(found["dir"])


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_what_its_module_defines(package: str) -> None:
    module = imported(package)

    for name in module.__all__:
        source = getattr(getattr(module, name), "__module__", f"alertmill.{package}")
        # The client is the driver's.
        assert name == "Client" or source.startswith(f"alertmill.{package}"), name


@pytest.mark.parametrize("package", OF_THE_NOTEBOOKS)
def test_the_names_that_a_notebook_begins_with_are_public(package: str) -> None:
    assert set(OF_THE_NOTEBOOKS[package].split()) <= set(imported(package).__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_and_star_imports_see_the_same_names(package: str) -> None:
    tree = ast.parse((LIBRARY / package / "__init__.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = [node for node in imports if str(node.module).startswith(f"alertmill.{package}.")]
    public = sorted(imported(package).__all__)
    starred: dict[str, object] = {}

    exec(f"from alertmill.{package} import *", starred)  # noqa: S102 - our own package

    assert sorted(alias.name for node in own for alias in node.names) == public
    assert sorted(set(starred) - {"__builtins__"}) == public


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_is_that_of_a_module(package: str) -> None:
    modules = {path.stem for path in (LIBRARY / package).iterdir()}

    assert modules & set(imported(package).__all__) == set()


def test_no_public_name_has_two_meanings() -> None:
    public = {name for package in PACKAGES for name in imported(package).__all__}
    places = (*PACKAGES, *OTHER_PUBLIC_MODULES)
    defined = Counter(
        name for place in places for path in files_of(place) for name in definitions(path)
    )

    assert {name: n for name, n in defined.items() if name in public and n > 1} == {}
    assert len(public) == sum(len(imported(package).__all__) for package in PACKAGES)


def test_a_misspelt_name_is_refused_with_the_nearest_one() -> None:
    training = imported("training")

    with pytest.raises(AttributeError, match="'FeatureExtracter'") as caught:
        training.FeatureExtracter  # noqa: B018 - reading it is the test
    assert (caught.value.name, caught.value.obj) == ("FeatureExtracter", training)
