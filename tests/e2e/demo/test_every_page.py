"""Every page of the demo's run in a real Chromium, as a reader uses it, scripts on and off."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.workplaces import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

REPORTS = sorted(path.stem for path in PROJECT.glob("notebook_templates/0[1-8]_*.ipynb"))
PAGES = ("index", *REPORTS)
WIDTHS = (1400, 400)
AXE = PROJECT / "tests/reporting/axe/axe.min.js.gz"
TOOLS = {"Copy", "CSV", "Dark", "mode", "Search", "the", "reports"}
"""Words of the buttons that the script adds."""
_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
_BROKEN_LINKS = """() => [...document.querySelectorAll('nav.side a[href^="#"]')]
  .filter(link => !document.getElementById(link.hash.slice(1))).map(link => link.hash)"""


@dataclass(frozen=True)
class Visit:
    """A page of the run, and what it asked for and complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, demo_run: Path) -> Iterator[Open]:
    """Return a function that opens a page of the run in a profile of its own."""
    contexts = []

    def opened(name: str, **profile: object) -> Visit:
        context = browser.new_context(accept_downloads=True, **profile)  # type: ignore[arg-type]  # what Playwright names
        contexts.append(context)
        found = Visit(context.new_page(), [], [])
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto((demo_run / "reports" / f"{name}.html").as_uri())
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_silent_and_fits_on_screen_and_phone(visit: Open, name: str) -> None:
    found = visit(name)
    address = found.page.url
    widths = []
    for width in WIDTHS:
        found.page.set_viewport_size({"width": width, "height": 900})
        widths.append(found.page.evaluate("document.documentElement.scrollWidth"))

    assert list(WIDTHS) == widths
    assert [] == found.complaints
    outside = [url for url in found.requests if url != address and not url.startswith("data:")]
    assert [] == outside


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_without_scripts(visit: Open, name: str) -> None:
    with_script = set(visit(name).page.locator("main").inner_text().split())
    without = visit(name, java_script_enabled=False).page

    assert 0 == without.locator("button, dialog, input[type=range], input[type=search]").count()
    assert set() == with_script - TOOLS - set(without.locator("main").inner_text().split())


@pytest.mark.parametrize("name", REPORTS)
def test_contents_and_code_are_reached_by_keyboard(visit: Open, name: str) -> None:
    page = visit(name).page
    code = page.locator(".source:visible")
    assert [] == page.evaluate(_BROKEN_LINKS)
    assert 0 == code.count()

    page.locator("nav.side ol a").first.focus()
    page.keyboard.press("Enter")
    page.locator("#all-code").focus()
    page.keyboard.press("Space")

    assert "#" in page.url
    assert code.count() == page.locator(".source").count() > 0


@pytest.mark.parametrize("name", PAGES)
def test_dark_mode_is_switched_by_keyboard(visit: Open, name: str) -> None:
    page = visit(name, color_scheme="light").page
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark mode").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Dark mode")).to_have_attribute("aria-pressed", "true")
    assert light != page.evaluate(ground)


@pytest.mark.parametrize("name", REPORTS)
def test_a_table_is_sorted_and_downloaded_by_keyboard(visit: Open, name: str) -> None:
    page = visit(name).page
    head = page.locator("th:has(button.sort)").first
    head.locator("button").focus()
    page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.locator(".tools-of-table button:has-text('CSV')").first.focus()
        page.keyboard.press("Enter")

    assert "ascending" == head.get_attribute("aria-sort")
    assert Path(download.value.path()).stat().st_size


def test_the_threshold_is_explored_by_keyboard(visit: Open) -> None:
    page = visit("05_model_evaluation").page
    slider = page.get_by_role("slider").first
    before = slider.get_attribute("aria-valuetext")
    slider.focus()
    page.keyboard.press("Home")
    first = slider.get_attribute("aria-valuetext")
    page.keyboard.press("End")

    assert 3 == len({before, first, slider.get_attribute("aria-valuetext")})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit: Open, name: str, scheme: str) -> None:
    page = visit(name, color_scheme=scheme).page
    page.evaluate(gzip.decompress(AXE.read_bytes()).decode())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

        assert [] == [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_small_and_its_figures_are_sharp_and_described(
    visit: Open, name: str, demo_run: Path
) -> None:
    figures = visit(name).page.locator("figure img")
    dots = figures.evaluate_all("all => all.map(one => one.naturalWidth / one.width)")
    alts = figures.evaluate_all("all => all.map(one => one.alt)")

    assert (demo_run / "reports" / f"{name}.html").stat().st_size < 1_500_000
    assert figures.count()
    assert min(dots) > 1.99
    assert all(len(alt) > 15 for alt in alts)
