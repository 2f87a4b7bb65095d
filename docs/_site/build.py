"""Build the documents as a static site: ``python docs/_site/build.py FOLDER``.

The sources are copied to ``FOLDER/source``, where the pages of the reference are added, and the
site is written to ``FOLDER/html``. A warning of Sphinx, such as one of a link that leads nowhere,
fails the build; so does a public name that no page describes.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import shutil
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from sphinx.cmd.build import build_main
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.inventory import InventoryFile

import alertmill

PROJECT = Path(__file__).resolve().parents[2]
ROOT_PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE")
MODULES = ("interactive", "pipeline", "runs", "settings", "vocabulary")
"""Modules without ``__all__`` that notebooks and the how-tos import."""
CONTENTS: dict[str, tuple[str, ...]] = {
    "Start": ("docs/tutorial", "docs/glossary", "docs/architecture"),
    "How to": ("docs/how-to/*",),
    "Data and models": (
        "docs/data",
        "docs/simulator",
        "docs/features",
        "docs/labels",
        "docs/models",
        "docs/parameters",
        "docs/checks",
        "docs/leaks",
        "docs/validity",
    ),
    "Operation": (
        "docs/operations",
        "docs/scheduling",
        "docs/scores",
        "docs/site",
        "docs/messages",
        "docs/recovery",
        "docs/backup",
        "docs/audit",
        "docs/reliability",
        "docs/server",
    ),
    "Results": ("docs/results", "docs/performance"),
    "Reference": ("reference/*",),
    "Project": (
        "docs/decisions/README",
        "docs/decisions/0*",
        "docs/dependencies",
        "notebook_templates/README",
        "CONTRIBUTING",
        "SECURITY",
        "CHANGELOG",
    ),
}
"""Captions of the navigation and their pages; a page that none of them names fails the build."""


def main() -> int:
    """Build the site into the folder that the command line names, and return an exit code."""
    folder = Path(sys.argv[1]).resolve()
    source, html = folder / "source", folder / "html"
    shutil.rmtree(folder, ignore_errors=True)
    copy_documents(source)
    write_reference(source / "reference")
    failed = render(source, html)
    lost = sorted(set(public_names()) - described_names(html))
    for name in lost:
        print(f"No page describes {name}.", file=sys.stderr)
    shutil.copy(html / "README.html", html / "index.html")
    return 1 if failed or lost else 0


def render(source: Path, html: Path) -> int:
    """Render a folder of documents, and return an exit code: 1 if Sphinx warns of anything."""
    options = ["--quiet", "--fail-on-warning", "--keep-going", "-c", str(Path(__file__).parent)]
    doctrees = html.with_name("doctrees")
    return build_main([*options, "-d", str(doctrees), str(source), str(html)])


def copy_documents(source: Path) -> None:
    """Copy the documents, with the navigation at the end of the first page."""
    shutil.copytree(PROJECT / "docs", source / "docs", ignore=shutil.ignore_patterns("_site"))
    (source / "notebook_templates").mkdir()
    for page in (*ROOT_PAGES, "notebook_templates/README.md"):
        shutil.copy(PROJECT / page, source / page)
    (source / "lib").symlink_to(PROJECT / "lib")
    with (source / "README.md").open("a") as readme:
        for caption, pages in CONTENTS.items():
            lines = "\n".join(pages)
            readme.write(
                f"\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {caption}\n\n{lines}\n```\n"
            )


def public_modules() -> list[str]:
    """Return the packages that list public names, and the modules that stand for themselves."""
    packages = [
        found.name
        for found in pkgutil.walk_packages(alertmill.__path__, "alertmill.")
        if found.ispkg and hasattr(importlib.import_module(found.name), "__all__")
    ]
    return sorted([*packages, *(f"alertmill.{name}" for name in MODULES)])


def names_of(module: str) -> list[str]:
    """Return the public names of a module: those it lists, else those it defines."""
    loaded = importlib.import_module(module)
    defined = [
        name
        for name, value in vars(loaded).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module
    ]
    return sorted(getattr(loaded, "__all__", defined))


def public_names() -> Iterable[str]:
    """Yield every public name with its module."""
    for module in public_modules():
        yield from (f"{module}.{name}" for name in names_of(module))


def described_names(html: Path) -> set[str]:
    """Return the names that a page of the built site describes."""
    inventory = InventoryFile.loads((html / "objects.inv").read_bytes(), uri="").data
    return {name for kind, names in inventory.items() if kind.startswith("py:") for name in names}


def write_reference(folder: Path) -> None:
    """Write one page for each public module; autodoc fills it from the docstrings."""
    folder.mkdir()
    for module in public_modules():
        (folder / f"{module}.rst").write_text(page_of(module))


def page_of(module: str) -> str:
    """Return the page of a module: its docstring, a table of its names, then each of them."""
    entries = [entry_of(module, name) for name in names_of(module)]
    table = "\n".join(f"   {name}" for name in names_of(module) if not is_data(module, name))
    return (
        f"{module}\n{'=' * len(module)}\n\n.. automodule:: {module}\n\n"
        f".. currentmodule:: {module}\n\n.. autosummary::\n\n{table}\n\n" + "\n".join(entries)
    )


def is_data(module: str, name: str) -> bool:
    """Return True if a name is neither a class nor a function."""
    return not callable(getattr(importlib.import_module(module), name))


def entry_of(module: str, name: str) -> str:
    """Return the directive that describes a name."""
    if is_data(module, name):
        text = textwrap.indent("\n".join(docstring_of_data(module, name)), "   ")
        return f".. py:data:: {name}\n\n{text}\n"
    value = getattr(importlib.import_module(module), name)
    if not isinstance(value, type):
        return f".. autofunction:: {name}\n"
    is_ours = value.__module__.startswith("alertmill.")
    return f".. autoclass:: {name}\n" + ("   :members:\n" if is_ours else "")


def docstring_of_data(module: str, name: str) -> list[str]:
    """Return the lines below the assignment of a name, wherever its module takes it from.

    autodoc reads them only in the module that a user imports the name from, which may be another.
    """
    tree = ast.parse(Path(str(importlib.import_module(module).__file__)).read_text())
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            imported = {alias.asname or alias.name for alias in statement.names}
            if name in imported:
                return docstring_of_data(statement.module, name)
    found = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name))
    if not found:
        raise SystemExit(f"{module}.{name} has no docstring below its assignment; write one.")
    return found


if __name__ == "__main__":
    sys.exit(main())
