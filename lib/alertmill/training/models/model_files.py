"""Read the files of a model so that no damaged, huge or strange one does harm."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from alertmill.errors import ArtifactChangedError, UnreadableModelError

MOST_BYTES = 1 << 30
"""Of one file; a model of 10,000 trees takes a hundredth of it."""
_NAMES = "feature_names="


def read_model_text(path: Path, *, expected: str | None = None) -> str:
    """Return the text of a file of a model.

    Parameters
    ----------
    path : Path
        The file.
    expected : str, optional
        Its SHA-256, if it is known.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    ArtifactChangedError
        If it has another digest than expected.
    UnreadableModelError
        If it is no plain file, larger than `MOST_BYTES`, or no UTF-8.
    """
    content = _read(path)
    if expected is not None:
        _compare(path, content, expected)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableModelError.of(path, f"it is no UTF-8 at byte {error.start}") from None


def check_digest(path: Path, expected: str) -> None:
    """Raise if a file of a model has another digest than expected; see `read_model_text`."""
    _compare(path, _read(path), expected)


def check_names(path: Path, names: Sequence[str], trees: str) -> None:
    """Raise if the trees read other features than the metadata in a file name, or in other order.

    Parameters
    ----------
    path : Path
        Where the names come from.
    names : sequence of str
        Names of the features, by column.
    trees : str
        Text of the trees, whose head holds theirs.

    Raises
    ------
    UnreadableModelError
        If they differ.
    """
    head = (line for line in trees[: trees.find("\n\n")].splitlines() if line.startswith(_NAMES))
    found = next(head, _NAMES).removeprefix(_NAMES).split()
    if found != list(names):
        raise UnreadableModelError.of(
            path, "it names other features than the trees, or in another order"
        )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what pydantic says of a text into one error about the file or folder."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the text"
        raise UnreadableModelError.of(
            path, f"{field}: {first['msg']}; another version may have written it"
        ) from None


def _read(path: Path) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableModelError.of(path, "it is no plain file")
    if found.st_size > MOST_BYTES:
        size = f"{found.st_size / MOST_BYTES:.1f} GiB"
        raise UnreadableModelError.of(path, f"it has {size}, expected 1 at most")
    return path.read_bytes()


def _compare(path: Path, content: bytes, expected: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ArtifactChangedError.of(path, expected=expected, found=found)
