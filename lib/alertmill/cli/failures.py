"""What an operator can act on, as a line and an exit code."""

from __future__ import annotations

from errno import EACCES, EEXIST, EISDIR, ENOSPC, ENOTDIR, EPERM, EROFS

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alertmill.errors import BAD_INPUT, AlertmillError

_UNUSABLE = {EACCES, EEXIST, EISDIR, ENOSPC, ENOTDIR, EPERM, EROFS}
"""Errors of the system that are no defect of the program: a user can mend the file or folder."""


def describe_failure(error: Exception) -> tuple[str, int] | None:
    """Return text and exit code of an error; None for a defect, which keeps its traceback."""
    if isinstance(error, AlertmillError):
        return f"error: {error}", error.exit_code
    if isinstance(error, ValidationError):
        return _describe_parameters(error), BAD_INPUT
    if isinstance(error, OSError) and error.errno in _UNUSABLE:
        return _describe_unusable(error), BAD_INPUT
    return None


def _describe_unusable(error: OSError) -> str:
    place = "a file or folder" if error.filename is None else error.filename
    return (
        f"error: {place} cannot be used: {error.strerror}; expected a file or folder that you may "
        "read and write. Correct its permissions or the path."
    )


def _describe_parameters(error: ValidationError) -> str:
    return "\n".join(
        ": ".join(filter(None, ("error", _place(e["loc"]), _message(e)))) for e in error.errors()
    )


def _message(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no parameter of this name; alertmill train --help lists all."
    return error["msg"].removeprefix("Value error, ")


def _place(path: tuple[int | str, ...]) -> str:
    """Return the path of a field; empty for a rule between fields, which names them itself."""
    return ".".join(map(str, path))
