"""Files that appear under their final name only when they are complete."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from pydantic import BaseModel

from alertmill.processes import ProcessTag

_CHUNK_BYTES = 1 << 20
_UNFINISHED = ".part"
_RANDOM_BYTES = 6


@contextmanager
def complete_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success flush it to disk and rename it.

    When the block raises, the temporary file is removed and ``path`` keeps what it held before.
    The name of the temporary file says which process writes it, see `remove_left_behind`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    random = secrets.token_hex(_RANDOM_BYTES)
    temporary = path.parent / f".{path.name}.{ProcessTag.own()}.{random}{_UNFINISHED}"
    # Not a file of tempfile, which only its owner may read: the operator's umask decides.
    temporary.touch(mode=0o666, exist_ok=False)
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check_room(folder: Path) -> None:
    """Make a folder, and write a megabyte into it and remove it again, before any work is done.

    Raises
    ------
    OSError
        With the folder as its filename, if it cannot be made or written, or its disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_CHUNK_BYTES))
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None


def remove_left_behind(folder: Path) -> list[Path]:
    """Remove the temporary files in a folder and below whose writer is gone; return them."""
    dead = [path for path in sorted(folder.rglob(f".*{_UNFINISHED}")) if _is_left_behind(path)]
    for path in dead:
        _remove(path)
    return dead


def remove_unfinished(folder: Path) -> None:
    """Remove all temporary files in a folder and below, when nobody can be writing there."""
    for path in sorted(folder.rglob(f".*{_UNFINISHED}")):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_left_behind(path: Path) -> bool:
    """Find the writer in ``.<name>.<tag of three parts>.<random letters>.part``."""
    tag = ProcessTag.parse(".".join(path.name.split(".")[-5:-2]))
    return tag is not None and not tag.is_alive


def sync_folder(folder: Path) -> None:
    """Flush the names of a folder to disk, so that a rename in it outlives a loss of power."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` completely or not at all."""
    with complete_file(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write ``content`` as UTF-8 to ``path`` completely or not at all."""
    write_bytes(path, content.encode())


def write_model(path: Path, model: BaseModel) -> None:
    """Write a pydantic model as indented JSON to ``path`` completely or not at all."""
    write_text(path, model.model_dump_json(indent=2) + "\n")


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Write ``frame`` to ``path`` completely or not at all; equal frames give equal bytes."""
    with complete_file(path) as temporary:
        frame.write_parquet(temporary, compression="zstd", statistics=True)


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of ``source`` to ``target`` completely or not at all."""
    with complete_file(target) as temporary:
        shutil.copyfile(source, temporary)


def sha256_of(path: Path) -> str:
    """Hex digest of the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
