"""The commands, each imported when it is used: `alertmill --help` is to answer at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

COMMANDS = {
    "demo": ("training", "demo"),
    "inspect": ("file_inspection", "inspect"),
    "ingest": ("ingest", "app"),
    "train": ("training", "train"),
    "tune-worker": ("training", "tune_worker"),
    "features": ("inspection", "list_features"),
    "checks": ("inspection", "list_checks"),
    "runs": ("inspection", "list_runs"),
    "models": ("models", "list_models"),
    "compare": ("comparison", "compare"),
    "promotions": ("models", "list_promotions"),
    "promote": ("models", "promote"),
    "reject": ("models", "reject"),
    "review": ("reviews", "review"),
    "approve": ("reviews", "approve"),
    "score": ("scoring", "score"),
    "export": ("export", "app"),
    "card": ("cards", "card"),
    "pdf": ("printing", "pdf"),
    "verify": ("audit", "verify"),
    "reproduce": ("reproduction", "reproduce"),
    "lineage": ("lineage", "lineage"),
    "keys": ("keys", "app"),
    "gc": ("housekeeping", "collect_garbage"),
    "rebuild": ("housekeeping", "rebuild"),
    "doctor": ("inspection", "doctor"),
    "serve": ("site", "serve"),
    "up": ("service", "up"),
    "down": ("service", "down"),
    "status": ("service", "status"),
    "messages": ("messages", "app"),
}
"""Module below this package and name in it: a function, or the group that the module is."""

_GROUP = "app"


class LazyGroup(TyperGroup):
    """The program: it lists its commands without importing them."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - passed on as typer gives them
        super().__init__(**settings)
        self.commands = _Loaded()  # type: ignore[assignment]  # nobody adds a command to it

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # as documented
        """Return the names, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Return the name and the summary of a command, which help and completion show."""
        del ctx
        return _summary(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Return the command that is called, imported now."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else self.commands[name], rest


class _Loaded(Mapping[str, Any]):
    """Commands by name, each imported once."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - typer keeps its commands private
        if name not in self._known:
            self._known[name] = _load(name, *COMMANDS[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _load(name: str, module: str, attribute: str) -> Any:  # noqa: ANN401
    found = getattr(import_module(f"{__package__}.{module}"), attribute)
    if attribute != _GROUP:
        found, function = typer.Typer(add_completion=False), found
        found.command(name)(function)
    return get_command(found)


def _summary(name: str) -> TyperCommand:
    return TyperCommand(name, help=_documentation(*COMMANDS[name]))


def _documentation(module: str, attribute: str) -> str | None:
    """Return the docstring of a function, or of the module of a group, from the source."""
    tree = ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))
    if attribute == _GROUP:
        return ast.get_docstring(tree)
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return next(ast.get_docstring(node) for node in functions if node.name == attribute)
