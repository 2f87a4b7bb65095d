"""Where snapshot folders lie: a local folder or an fsspec URL."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from upath import UPath

from alertmill.errors import FolderUnreachableError, SnapshotFolderError
from alertmill.parameters.urls import EXPECTED, refusal_of, shown

META_FILE = "META.json"

_OF_THIS_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
# A network file system that lost its server.
_OF_THE_PLACE = {errno.ENOTCONN, errno.ESTALE, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN}


def place_of(path_or_url: str) -> UPath:
    """Open a place; options such as endpoint and credentials come from the environment.

    For S3 these are ``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID`` and the others that every S3
    program reads.

    Raises
    ------
    SnapshotFolderError
        If a URL is of a kind that is not read, or holds a user, password, token or query; the
        message shows no more of it than its kind.
    """
    refusal = refusal_of(path_or_url)
    if refusal is not None:
        reason, _, action = refusal.partition("; ")
        raise SnapshotFolderError.of(
            shown(path_or_url), f"{reason}, expected {EXPECTED}", action=action
        )
    try:
        place = UPath(path_or_url)
        if is_local(place):
            # One folder has one name in the ledger, however it was written.
            return UPath(Path(place.path).resolve())
        # A cached listing would hide what another process has delivered since.
        remote = UPath(path_or_url, use_listings_cache=False)
        remote.fs  # noqa: B018 - opens it, and fails here if it cannot
    except (ValueError, ImportError) as error:
        raise SnapshotFolderError.of(path_or_url, _in_one_line(error)) from None
    return remote


def read_bytes(path: UPath) -> bytes:
    """Read a whole file.

    Raises
    ------
    SnapshotFolderError
        If there is no such file, or it may not be read.
    FolderUnreachableError
        If the place does not answer.
    """
    with reaching(path):
        return path.read_bytes()


def is_file(path: UPath) -> bool:
    """Return True if there is such a file."""
    with reaching(path):
        try:
            # Its own is_file would take a place that does not answer for one without the file.
            return bool(path.fs.info(path.path)["type"] == "file")
        except (FileNotFoundError, NotADirectoryError):
            return False


def names_in(folder: UPath) -> set[str]:
    """Return the names of what lies in a folder."""
    with reaching(folder):
        return {path.name for path in folder.iterdir()}


def is_local(path: UPath) -> bool:
    """Return True for a path on this machine, which is absolute then."""
    return path.protocol in {"", "file", "local"}


def is_gone(root: UPath) -> bool:
    """Return True if a local place does not exist; a URL without objects is an empty place."""
    return is_local(root) and not Path(root.path).exists()


@contextmanager
def reaching(path: UPath) -> Iterator[None]:
    """Raise what reading a path may raise as errors of the folder, or of its whole place.

    Raises
    ------
    SnapshotFolderError
        If there is no such file, or it may not be read.
    FolderUnreachableError
        If the place does not answer.
    OSError
        If this machine has no space, memory or file handles left, which is no folder's fault.
    """
    from aiohttp import ClientConnectionError
    from botocore.exceptions import BotoCoreError, HTTPClientError
    from botocore.exceptions import ConnectionError as UnansweredError

    try:
        yield
    except FolderUnreachableError:  # of a place below, and a ConnectionError itself
        raise
    except FileNotFoundError:
        raise SnapshotFolderError.incomplete(path, "there is no such file") from None
    except (
        ConnectionError,
        TimeoutError,
        ClientConnectionError,
        HTTPClientError,
        UnansweredError,
    ) as error:
        raise FolderUnreachableError.of(path, _in_one_line(error)) from None
    except (OSError, BotoCoreError) as error:
        number = getattr(error, "errno", None)
        if number in _OF_THIS_MACHINE:
            raise
        if number in _OF_THE_PLACE:
            raise FolderUnreachableError.of(path, _in_one_line(error)) from None
        raise SnapshotFolderError.of(path, _in_one_line(error)) from None


def _in_one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
