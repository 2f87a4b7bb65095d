"""What lies on each sheet of a PDF that Chromium wrote, whose page objects are not compressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n?(.*?)endobj", re.DOTALL)
_REFERENCE = re.compile(rb"(\d+) 0 R")
_BOOKMARK = re.compile(rb"/Title \((.*?)\)\n/Dest \[(\d+) 0 R", re.DOTALL)


@dataclass(frozen=True)
class Sheet:
    """A page: the headings that its bookmarks name, and how many figures it holds."""

    headings: tuple[str, ...]
    n_figures: int


def read_sheets(pdf: bytes) -> list[Sheet]:
    """Read the pages in their order."""
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    bookmarks = [found for o in objects.values() for found in _BOOKMARK.findall(o)]
    return [
        Sheet(
            tuple(title.decode("latin-1") for title, at in bookmarks if int(at) == number),
            _n_images(objects, number),
        )
        for number in _pages(objects, _root(objects))
    ]


def _root(objects: dict[int, bytes]) -> int:
    return next(n for n, o in objects.items() if b"/Type /Pages" in o and b"/Parent" not in o)


def _pages(objects: dict[int, bytes], number: int) -> Iterator[int]:
    kids = re.search(rb"/Kids \[(.*?)\]", objects[number], re.DOTALL)
    if kids is None:
        yield number
        return
    for kid in _REFERENCE.findall(kids[1]):
        yield from _pages(objects, int(kid))


def _n_images(objects: dict[int, bytes], number: int) -> int:
    drawn = re.search(rb"/XObject <<(.*?)>>", objects[number], re.DOTALL)
    names = _REFERENCE.findall(drawn[1]) if drawn else []
    return sum(b"/Subtype /Image" in objects[int(name)][:300] for name in names)
