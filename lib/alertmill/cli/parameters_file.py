"""Read the parameters of a run from a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from alertmill.errors import ConfigurationError

_BOOL = "tag:yaml.org,2002:bool"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml ships no types
    """YAML in which only true and false are no texts: ``off`` is a mode of promotion."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile("^(?:true|false|True|False)$"), list("tTfF"))


def read_parameters(file: Path) -> dict[str, Any]:
    """Return the parameters in a file; its name ends in .json, else it holds YAML.

    Raises
    ------
    ConfigurationError
        If the file holds no mapping of names to values.
    """
    try:
        text = file.read_text(encoding="utf-8")
        is_json = file.suffix.lower() == ".json"
        content = json.loads(text) if is_json else yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except (ValueError, yaml.YAMLError) as error:
        raise _refused(file, " ".join(str(error).split())) from None
    if not isinstance(content, dict):
        raise _refused(file, f"it holds {type(content).__name__}")
    return content


def _refused(file: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{file} cannot be read as parameters: {reason}; expected JSON or YAML with the names of "
        "the form, such as the parameters.json of a run."
    )
