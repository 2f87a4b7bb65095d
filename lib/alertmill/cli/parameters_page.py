"""Every parameter as a page of Markdown, from the models that form and command line come from.

``python -m alertmill.cli.parameters_page`` prints docs/parameters.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from alertmill.cli.training import OPTIONS
from alertmill.parameters import (
    DemoParameters,
    HousekeepingParameters,
    IngestionParameters,
    PromotionRequest,
    ReviewRequest,
    ScoringParameters,
    TrainingRequest,
)
from alertmill.parameters.section import Section
from alertmill.settings import Settings

_INTRODUCTION = """\
<!-- Written by `make docs` from lib/alertmill/parameters and settings.py: change it there. -->
# Parameters

The names are those of `parameters.json` and of the deployments; a dot leads into a section. The
descriptions are those of the form in the Prefect UI and of `alertmill train -h`. A required
parameter has no default.
"""
_FLOWS: Mapping[str, tuple[type[Section], str]] = {
    "Training": (
        TrainingRequest,
        "The deployment `training` and `alertmill train`; a run keeps its first and last date.",
    ),
    "Ingestion": (
        IngestionParameters,
        "The deployment `ingestion`; `alertmill ingest snapshots` has them as options.",
    ),
    "Scoring": (
        ScoringParameters,
        "The deployment `scoring`; `alertmill score` has them as options.",
    ),
    "Housekeeping": (HousekeepingParameters, "The deployment `housekeeping` and `alertmill gc`."),
    "Promotion": (PromotionRequest, "The deployment `promotion`."),
    "Review": (
        ReviewRequest,
        "The deployment `review`; `alertmill review` and `alertmill approve` have them as options.",
    ),
    "Demo": (DemoParameters, "The deployment `demo` and `alertmill demo`."),
}
_HEAD = ("Parameter", "Meaning", "Type", "Default", "Limits")
_LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_TYPES: Mapping[object, str] = {
    bool: "yes or no",
    date: "date",
    float: "number",
    int: "whole number",
    str: "text",
    time: "time of day",
}
_Rows = Iterator[tuple[str, FieldInfo]]


def parameters_page() -> str:
    """Return the page: a table for each flow, then the settings of the environment."""
    options = {".".join(option.path): f"`{option.name}`" for option in OPTIONS}
    parts = [_INTRODUCTION]
    for title, (model, text) in _FLOWS.items():
        more = options if model is TrainingRequest else {}
        parts += [f"## {title}", text, _table(_fields_of(model), more)]
    settings = ((name.upper(), field) for name, field in Settings.model_fields.items())
    parts += [
        "## Settings",
        "Environment variables, or lines of `.env`, for all commands and flows.",
        _table(settings, {}),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _fields_of(model: type[BaseModel], path: str = "") -> _Rows:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from _fields_of(kind, f"{path}{name}.")
        else:
            yield f"{path}{name}", field


def _table(fields: _Rows, options: Mapping[str, str]) -> str:
    head = (*_HEAD, "Option") if options else _HEAD
    rows = [head, tuple("---" for _ in head)]
    for name, field in fields:
        cells = (f"`{name}`", str(field.description), _type(field), _default(field), _limits(field))
        rows.append((*cells, options[name]) if options else cells)
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _type(field: FieldInfo) -> str:
    return _name_of(field.annotation)


def _name_of(kind: Any) -> str:  # noqa: ANN401 - an annotation of any form
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return " or ".join(_name_of(part) for part in get_args(kind) if part is not NoneType)
    if origin is tuple:
        return f"list of {_name_of(get_args(kind)[0])}"
    if origin is dict:
        return "reasons by name"
    if origin is not None:  # Annotated
        return _name_of(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(f"`{member.value}`" for member in kind)
    return _TYPES.get(kind, "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "not set"
    if value in ((), {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if str(value) else "empty"


def _limits(field: FieldInfo) -> str:
    found = [
        f"{sign} {limit:g}" if isinstance(limit, int | float) else f"{sign} {limit}"
        for rule in field.metadata
        for name, sign in _LIMITS.items()
        if (limit := getattr(rule, name, None)) is not None
    ]
    return ", ".join(found)


if __name__ == "__main__":
    print(parameters_page(), end="")  # noqa: T201 - the page itself
