"""Files and archives as answers: byte ranges, revalidation by digest, and headers by content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol
from urllib.parse import quote

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alertmill.reporting.assets import SCRIPT_SOURCE

_CHUNK_BYTES = 1 << 18
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
SANDBOX = (
    "sandbox allow-downloads allow-popups allow-popups-to-escape-sandbox allow-scripts; "
    f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {SCRIPT_SOURCE}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For pages of a run: shown with an origin of their own, where nothing loads and no script runs
but that of the reports, known by its digest."""
_SHOWN = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".log": "text/plain; charset=utf-8",
    ".csv": "text/plain; charset=utf-8",
    ".png": "image/png",
}
"""What a browser shows; it downloads everything else."""
_DOWNLOADED = {
    ".ipynb": "application/x-ipynb+json",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
}


@dataclass(frozen=True)
class Part:
    """The bytes of a file that are sent: from ``first`` to ``last``, inclusive."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


class UnsatisfiableRangeError(ValueError):
    """A range lies behind the end of the file."""


def parse_range(header: str, size: int) -> Part | None:
    """Read a Range header; None if the whole file is to be sent.

    Several ranges, or text that is no range, mean the whole file, as RFC 9110 allows.

    Raises
    ------
    UnsatisfiableRangeError
        If no byte of the file lies in the range.

    Examples
    --------
    >>> parse_range("bytes=0-9", 100), parse_range("bytes=-10", 100), parse_range("bytes=90-", 100)
    (Part(first=0, last=9), Part(first=90, last=99), Part(first=90, last=99))
    >>> parse_range("bytes=0-1,5-6", 100) is None
    True
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    start, end = found.groups()
    if not start:
        first, last = max(size - int(end), 0), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    if end and start and int(end) < int(start):
        return None
    if first >= size or last < first:
        raise UnsatisfiableRangeError(header)
    return Part(first, last)


def file_headers(name: str, *, digest: str, as_download: bool) -> dict[str, str]:
    """Return the headers of a file by its name: its type, how to show it, and its digest."""
    suffix = PurePosixPath(name).suffix.lower()
    is_shown = suffix in _SHOWN and not as_download
    media_type = _SHOWN.get(suffix) or _DOWNLOADED.get(suffix, "application/octet-stream")
    return {
        "Content-Type": media_type,
        "Content-Disposition": disposition(name, is_shown=is_shown),
        "ETag": f'"{digest}"',
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": SANDBOX,
    }


def disposition(name: str, *, is_shown: bool = False) -> str:
    """Return the header that names a download; a browser would not read a foreign name otherwise.

    Examples
    --------
    >>> disposition("reports.zip")
    "attachment; filename*=UTF-8''reports.zip"
    """
    kind = "inline" if is_shown else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}"


def matches(header: str | None, etag: str) -> bool:
    """Return True if an If-None-Match header holds the tag.

    Examples
    --------
    >>> matches('"a", W/"b"', '"b"'), matches("*", '"b"'), matches(None, '"b"')
    (True, True, False)
    """
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]


def answer_with_file(
    file: BinaryIO, size: int, headers: dict[str, str], request: Headers
) -> Response:
    """Return the answer for an open file, and close the file when it is sent.

    Parameters
    ----------
    file : binary file
        At its start.
    size : int
        Its length in bytes.
    headers : dict of str to str
        Of `file_headers`.
    request : Headers
        Of the request; If-None-Match, If-Range and Range are read.
    """
    etag = headers["ETag"]
    if matches(request.get("if-none-match"), etag):
        file.close()
        kept = ("ETag", "Cache-Control", "Content-Security-Policy")
        return Response(status_code=304, headers={name: headers[name] for name in kept})
    try:
        part = _asked_part(request, size, etag)
    except UnsatisfiableRangeError:
        file.close()
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    if part is None:
        whole = headers | {"Content-Length": str(size)}
        return StreamedResponse(_read(file, size), 200, whole, file)
    file.seek(part.first)
    ranged = headers | {
        "Content-Length": str(part.length),
        "Content-Range": f"bytes {part.first}-{part.last}/{size}",
    }
    return StreamedResponse(_read(file, part.length), 206, ranged, file)


def _asked_part(request: Headers, size: int, etag: str) -> Part | None:
    asked = request.get("range")
    if asked is None or request.get("if-range", etag) != etag:
        return None
    return parse_range(asked, size)


def _read(file: BinaryIO, n_bytes: int) -> Iterator[bytes]:
    left = n_bytes
    while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
        left -= len(chunk)
        yield chunk


class Closable(Protocol):
    """A file, or a generator that holds files open."""

    def close(self) -> None:
        """Let go of what is open."""


class StreamedResponse(Response):
    """Bytes that are read while they are sent; their source is closed however the sending ends."""

    def __init__(
        self,
        chunks: Iterator[bytes],
        status_code: int,
        headers: Mapping[str, str],
        source: Closable,
    ) -> None:
        super().__init__(status_code=status_code)
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.items()
        ]
        self._chunks = chunks
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - of ASGI
        """Send the head, and the bytes unless only the head was asked for."""
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            if scope["method"] != "HEAD":
                async for chunk in iterate_in_threadpool(self._chunks):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await run_in_threadpool(self._source.close)
