"""The pages of a run in a real browser: nothing acts, nothing is loaded, code shows when asked."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from matplotlib.figure import Figure

from alertmill.reporting import html
from alertmill.reporting.html import export_html
from alertmill.reporting.index import write_index
from alertmill.reporting.outcomes import NotebookOutcome
from alertmill.reporting.sanitizing import CONTENT_SECURITY_POLICY
from alertmill.runs import Run
from tests.reporting.example_runs import add_evaluation, add_report, executed, make_run, markdown
from tests.reporting.test_sanitizing import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH"),
]
ACTING = "<script>document.title = 'taken over'</script><img src=x onerror=\"document.title='t'\">"
LOADING = '<img src="https://evil.example/x"><link rel=stylesheet href="https://evil.example/y">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path)


def open_page(page: Page, path: Path) -> list[str]:
    """Open a file and give what the browser asked for beside it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_timeout(100)
    return [url for url in asked if url != path.as_uri() and not url.startswith("data:")]


def add_hostile_report(run: Run) -> NotebookOutcome:
    """Put every hostile text wherever a notebook can hold text."""
    texts = [*HOSTILE, ACTING, LOADING]
    everywhere = [
        dict.fromkeys(("text/html", "text/markdown", "text/plain", "image/svg+xml"), text)
        for text in texts
    ]
    script = {"application/javascript": "document.title = 'taken over'"}
    cells = [markdown(f"words-{n}", f"## {text}\n\n{text}") for n, text in enumerate(texts)]
    code = executed(f"x = {ACTING!r}", *everywhere, script)
    return add_report(run, *cells, code, error=f"ValueError: {ACTING}\n{LOADING}")


def test_hostile_text_is_inert_in_a_report(run: Run, page: Page) -> None:
    path = export_html(run, add_hostile_report(run))

    asked = open_page(page, path)

    assert page.title().startswith("An example")
    assert asked == []


def test_hostile_text_is_inert_in_the_index(run: Run, page: Page) -> None:
    outcome = add_hostile_report(run).model_copy(update={"title": ACTING, "about": LOADING})

    asked = open_page(page, write_index(run, [outcome]))

    assert page.title().startswith("ethereum")
    assert asked == []


def test_the_sanitizer_alone_keeps_hostile_text_inert(run: Run, page: Page) -> None:
    path = export_html(run, add_hostile_report(run))
    text = path.read_text()
    assert CONTENT_SECURITY_POLICY in text.replace("&#39;", "'")
    path.write_text(text.replace("Content-Security-Policy", "x-nothing"))

    asked = open_page(page, path)

    assert page.title().startswith("An example")
    assert asked == []


def test_the_policy_alone_keeps_hostile_text_inert(
    run: Run, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "clean_html", lambda text: text)
    monkeypatch.setitem(html._filters(), "clean_html", lambda text: text)  # noqa: SLF001 - to switch it off
    path = export_html(run, add_report(run, executed("x", {"text/html": ACTING + LOADING})))
    assert ACTING[:8] in path.read_text()

    open_page(page, path)

    # Chromium reports a request that the policy forbids, but does not send it.
    assert page.title().startswith("An example")
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0


def test_code_is_hidden_until_it_is_asked_for(run: Run, page: Page) -> None:
    path = export_html(run, add_report(run, executed("first = 1"), executed("second = 2")))
    open_page(page, path)
    code = page.locator(".source")

    assert [code.nth(n).is_visible() for n in range(2)] == [False, False]
    page.locator(".code summary").first.click()
    assert [code.nth(n).is_visible() for n in range(2)] == [True, False]
    page.get_by_label("Show all code").check()
    assert [code.nth(n).is_visible() for n in range(2)] == [True, True]


def test_a_link_to_a_planned_item_leads_to_its_figure(run: Run, page: Page) -> None:
    cells = [markdown(f"about-{n}", f"## Part {n}\n\n" + "Words. " * 800) for n in range(3)]
    figure = executed("show", {"image/png": _png()}, tags=("covers:nb05-roc",))
    path = export_html(run, add_report(run, *cells, figure))
    open_page(page, path)

    page.goto(f"{path.as_uri()}#nb05-roc")

    box = page.locator("#nb05-roc img").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 900


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(run: Run, page: Page, width: int) -> None:
    add_evaluation(run)
    wide = "<table><tr>" + "<td>a_long_word_in_a_cell</td>" * 40 + "</tr></table>"
    outcome = add_report(run, executed("x", {"text/html": wide}, {"image/png": _png()}))
    page.set_viewport_size({"width": width, "height": 800})

    for path in (export_html(run, outcome), write_index(run, [outcome])):
        open_page(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def _png() -> str:
    buffer = BytesIO()
    Figure(figsize=(9, 5)).savefig(buffer, format="png", dpi=150)
    return base64.b64encode(buffer.getvalue()).decode()
