"""What an operator can act on, as a line and an exit code."""

from __future__ import annotations

from errno import (
    EACCES,
    EDQUOT,
    EEXIST,
    EISDIR,
    EMFILE,
    ENFILE,
    ENOMEM,
    ENOSPC,
    ENOTDIR,
    EPERM,
    EROFS,
)

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alertmill.errors import BAD_INPUT, AlertmillError
from alertmill.memory import usable_memory

_UNUSABLE = {EACCES, EEXIST, EISDIR, ENOTDIR, EPERM, EROFS}
"""Errors of the system that are no defect of the program: a user can mend the file or folder."""
_FULL = {ENOSPC, EDQUOT}
_TOO_MANY_FILES = {EMFILE, ENFILE}
_WANT_OF_MEMORY = ("failed to map segment", "annot allocate memory", "can't start new thread")
"""Words of the system where a library, or a thread, has no room in the address space."""


def describe_failure(error: Exception) -> tuple[str, int] | None:
    """Return text and exit code of an error; None for a defect, which keeps its traceback."""
    if isinstance(error, AlertmillError):
        return f"error: {error}", error.exit_code
    if isinstance(error, ValidationError):
        return _describe_parameters(error), BAD_INPUT
    of_machine = _describe_machine(error)
    return None if of_machine is None else (f"error: {of_machine}", BAD_INPUT)


def _describe_machine(error: Exception) -> str | None:
    """Return what of the machine is short or cannot be used; None if it is not the machine."""
    number = error.errno if isinstance(error, OSError) else None
    if number == ENOMEM or _wants_memory(error):
        return (
            f"the memory does not suffice: {usable_memory().sentence}. Raise the limit, or take a "
            "shorter range or a smaller file."
        )
    if not isinstance(error, OSError):
        return None
    if number in _FULL:
        return (
            f"{_place_of(error)} cannot be written: {error.strerror}; expected free space. Free "
            "some, or name a folder on another disk."
        )
    if number in _TOO_MANY_FILES:
        return (
            f"{_place_of(error)} cannot be opened: {error.strerror}; expected a higher limit of "
            "open files. Raise it, as with ulimit -n 1024."
        )
    return _describe_unusable(error) if number in _UNUSABLE else None


def _wants_memory(error: Exception) -> bool:
    # The interpreter loses the reason where there was no room for it.
    if isinstance(error, MemoryError | SystemError):
        return True
    return isinstance(error, ImportError | RuntimeError) and any(
        words in str(error) for words in _WANT_OF_MEMORY
    )


def _place_of(error: OSError) -> str:
    return "a file or folder" if error.filename is None else str(error.filename)


def _describe_unusable(error: OSError) -> str:
    return (
        f"{_place_of(error)} cannot be used: {error.strerror}; expected a file or folder that you "
        "may read and write. Correct its permissions or the path."
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
