"""A real Chromium that reports everything a page tries to load."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def open_page(path: Path) -> Iterator[tuple[Page, list[str]]]:
    """Open a file; give the page, and what it asked for besides itself and its own data."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine")
    requests: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        requests = [url for url in requests if url != path.as_uri() and not url.startswith("data:")]
        yield page, requests
        browser.close()
