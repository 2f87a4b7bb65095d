"""Public names of a package that are imported when they are first used (PEP 562).

Importing such a package takes milliseconds, and its user need not know which module defines a name.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path


def lazy_exports(
    package: str, file: str
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a package that imports its names lazily.

    The names are those that the package imports from its own modules in its block
    ``if TYPE_CHECKING``, so that type checkers, editors and this function read the same lines.
    A name must differ from the name of every module: importing the module would replace it.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    file : str
        ``__file__`` of the package.

    Returns
    -------
    callable, callable
        The function that imports the module of a name and returns the name's value, or raises
        AttributeError; the function that lists all names of the package.
    """
    module_of = dict(_imported_names(ast.parse(Path(file).read_text(encoding="utf-8"))))

    def get_attribute(name: str) -> object:
        here = sys.modules[package]
        if name not in module_of:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=here)  # Python suggests the nearest name
        value = getattr(import_module(module_of[name]), name)
        setattr(here, name, value)
        return value

    def list_attributes() -> list[str]:
        return sorted({*vars(sys.modules[package]), *module_of})

    return get_attribute, list_attributes


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each name of the block ``if TYPE_CHECKING`` with the module that defines it."""
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for statement in block.body:
                if isinstance(statement, ast.ImportFrom) and statement.module:
                    yield from ((alias.name, statement.module) for alias in statement.names)
