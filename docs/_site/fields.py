"""Fields of pydantic models in the reference: their descriptions, which no docstring holds."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def describe_fields(
    app: object, kind: str, name: str, described: object, options: object, lines: list[str]
) -> None:
    """Add a section on the fields to the docstring of a pydantic model."""
    del app, name, options
    if kind == "class" and isinstance(described, type) and issubclass(described, BaseModel):
        own = {field: info for field, info in described.model_fields.items() if info.description}
        if own and "Parameters" not in lines:
            lines += ["", "Parameters", "----------"]
            for field, info in own.items():
                lines += [f"{field} : {_type_of(info)}", f"    {info.description}"]


def _type_of(info: FieldInfo) -> str:
    name = getattr(info.annotation, "__name__", None) or str(info.annotation)
    return name if info.is_required() else f"{name}, optional"
