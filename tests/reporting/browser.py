"""A real Chromium that reports everything a page tries to load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.support.chromium import chromium


@contextmanager
def open_page(path: Path) -> Iterator[tuple[Page, list[str]]]:
    """Open a file; give the page, and what it asked for besides itself and its own data."""
    requests: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        requests = [url for url in requests if url != path.as_uri() and not url.startswith("data:")]
        yield page, requests
