"""The pages of a run in a real Chromium: what the script adds, and that all is there without it."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from alertmill.runs import Run
from tests.reporting.paper import read_sheets
from tests.reporting.published import FORMULA, publish
from tests.site.serving import running_site
from tests.support.chromium import chromium

pytestmark = pytest.mark.slow
AXE = Path(__file__).parent / "axe/axe.min.js.gz"
PAGES = ("index", "01_counts", "02_widths", "03_choices")
WIDTHS = (1400, 400)
_NO_STORAGE = """Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('not allowed', 'SecurityError'); } });"""
_RATIO = """element => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const f = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ring = light(parse(getComputedStyle(element).outlineColor));
  const ground = light(parse(getComputedStyle(document.body).backgroundColor));
  return (Math.max(ring, ground) + 0.05) / (Math.min(ring, ground) + 0.05);
}"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a published run, which no test changes."""
    return publish(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as started:
        yield started


@dataclass(frozen=True)
class Opened:
    """A page of the run, and what it asked for and complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


Open = Callable[..., Opened]


@pytest.fixture
def open_report(browser: Browser, run: Run) -> Iterator[Open]:
    """Return a function that opens a page of the run in a profile of its own."""
    contexts = []

    def opened(name: str, *, script: str = "", base: str = "", **profile: object) -> Opened:
        context = browser.new_context(accept_downloads=True, **profile)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        result = Opened(page, [], [])
        page.on("request", lambda request: result.requests.append(request.url))
        page.on("console", lambda message: result.complaints.append(message.text))
        page.on("pageerror", lambda error: result.complaints.append(str(error)))
        page.goto(f"{base or (run.path / 'reports').as_uri()}/{name}.html")
        return result

    yield opened
    for context in contexts:
        context.close()


def column(page: Page, place: int) -> list[str]:
    cells = page.locator(f"#table tbody td:nth-child({place + 1})")
    return [text.strip() for text in cells.all_inner_texts()]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(open_report: Open, name: str) -> None:
    opened = open_report(name)
    path = opened.page.url

    assert [] == opened.complaints
    assert [] == [url for url in opened.requests if url != path and not url.startswith("data:")]


def test_the_contents_show_where_the_reader_is(open_report: Open) -> None:
    page = open_report("01_counts").page
    page.set_viewport_size({"width": 1280, "height": 400})
    page.get_by_role("link", name="Does it rise?").click()

    expect(page.locator('.side [aria-current="location"]')).to_have_text("Does it rise?")


def test_a_column_is_sorted_by_its_numbers_and_back_by_keyboard_alone(open_report: Open) -> None:
    page = open_report("01_counts").page
    head = page.locator("#table th", has_text="n alerts")
    before = column(page, 1)
    page.get_by_role("button", name="n alerts", exact=True).focus()

    page.keyboard.press("Enter")
    assert "ascending" == head.get_attribute("aria-sort")
    ascending = column(page, 1)
    page.keyboard.press("Space")
    assert "descending" == head.get_attribute("aria-sort")
    descending = column(page, 1)
    page.keyboard.press("Enter")

    assert ["5", "30", "1,200", ""] == ascending
    assert ["1,200", "30", "5", ""] == descending
    assert before == column(page, 1)
    assert head.get_attribute("aria-sort") is None


def test_a_value_with_its_interval_is_sorted_by_the_value(open_report: Open) -> None:
    page = open_report("01_counts").page
    page.get_by_role("button", name="measured", exact=True).click()

    assert ["2.0e-03", "0.12", "0.91 (0.80 to 0.95)", ""] == column(page, 3)


def test_a_table_is_downloaded_as_csv_in_which_no_text_is_a_formula(open_report: Open) -> None:
    page = open_report("01_counts").page
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV: All counts").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")

    heads, formula, *rest = csv.reader(StringIO(text))
    assert "01-counts-All-counts.csv" == download.value.suggested_filename
    assert ["name", "n alerts", "change", "measured"] == heads
    assert [f"'{FORMULA}", "1200", "-0.12", "0.91 (0.80 to 0.95)"] == formula
    assert ["beta, gamma", "30", "+0.30", "0.12"] == rest[0]
    assert "'-cmd" == rest[1][2]


def test_a_table_is_copied(open_report: Open) -> None:
    page = open_report("01_counts").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: All counts").click()

    expect(page.locator(".over [role=status]").first).to_have_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"name\tn alerts\tchange\tmeasured\n'{FORMULA}\t1200")


def test_the_slider_walks_through_the_choices_by_keyboard(open_report: Open) -> None:
    page = open_report("03_choices").page
    slider = page.get_by_role("slider", name="alerts a day")
    facts = page.locator(".slider dd")
    assert ["20", "0.700", "in use"] == facts.all_inner_texts()

    slider.focus()
    page.keyboard.press("ArrowRight")
    assert ["50", "0.400"] == facts.all_inner_texts()
    page.keyboard.press("Home")

    assert ["5", "0.900"] == facts.all_inner_texts()
    assert "alerts a day: 5, precision: 0.900" == slider.get_attribute("aria-valuetext")
    expect(page.locator("tr.chosen td").first).to_have_text("5")


def test_the_columns_beyond_the_eighth_wait_until_they_are_asked_for(open_report: Open) -> None:
    page = open_report("02_widths", java_script_enabled=False).page
    assert 8 == page.locator("#table th:visible").count()
    assert page.get_by_text("Folded: measure 8, measure 9, measure 10").is_visible()

    page.get_by_label("Show all columns").check()

    assert 11 == page.locator("#table th:visible").count()


def test_a_figure_is_enlarged_and_let_go_by_keyboard(open_report: Open) -> None:
    page = open_report("01_counts").page
    button = page.get_by_role("button", name="Enlarge: A line rises")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="A line rises")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_the_reports_are_searched_on_the_index(open_report: Open) -> None:
    page = open_report("index").page
    page.get_by_label("Search the reports").fill("widths tuesday")

    expect(page.locator(".sections li:visible")).to_have_count(1)
    expect(page.get_by_text("1 of 12 sections")).to_be_visible()
    page.get_by_role("link", name="How many widths are there?").click()
    expect(page).to_have_url(re.compile(r"02_widths\.html#about-table$"))


def test_the_dark_mode_follows_the_system_and_then_the_reader(open_report: Open) -> None:
    page = open_report("01_counts", color_scheme="dark").page
    button = page.get_by_role("button", name="Dark mode")
    expect(button).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    button.click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()

    assert ("rgb(20, 24, 29)", "rgb(255, 255, 255)") == (dark, light)
    expect(button).to_have_attribute("aria-pressed", "false")
    assert light == page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_dark_mode_works_where_storage_is_forbidden(open_report: Open) -> None:
    opened = open_report("01_counts", script=_NO_STORAGE)
    button = opened.page.get_by_role("button", name="Dark mode")
    button.click()

    expect(button).to_have_attribute("aria-pressed", "true")
    assert [] == opened.complaints


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_everything_is_read_and_nothing_pretends_to_work(
    open_report: Open, name: str
) -> None:
    with_script = set(open_report(name).page.locator("main").inner_text().split())
    page = open_report(name, java_script_enabled=False).page

    assert 0 == page.locator("button, dialog, input[type=range], input[type=search]").count()
    tools = {"Copy", "CSV", "Dark", "mode", "Search", "the", "reports"}
    assert set() == with_script - tools - set(page.locator("main").inner_text().split())
    if name == "03_choices":
        assert page.locator("#table tbody tr:visible").count() == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "02_widths", "03_choices"])
def test_axe_finds_nothing(open_report: Open, name: str, scheme: str) -> None:
    page = open_report(name, color_scheme=scheme).page
    page.evaluate(gzip.decompress(AXE.read_bytes()).decode())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

        assert [] == [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ring_of_the_focus_stands_out(open_report: Open, scheme: str) -> None:
    page = open_report("01_counts", color_scheme=scheme).page
    page.keyboard.press("Tab")

    assert page.locator(":focus").evaluate(_RATIO) >= 3


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways(open_report: Open, name: str, width: int) -> None:
    page = open_report(name, viewport={"width": width, "height": 900}).page

    assert width == page.evaluate("document.documentElement.scrollWidth")


def test_on_the_site_the_script_runs_without_reaching_the_site(open_report: Open, run: Run) -> None:
    with running_site(run.path.parents[1]) as port:
        address = f"/runs/{run.parameters.network}/{run.run_id}/files/reports"
        opened = open_report("01_counts", base=f"http://127.0.0.1:{port}{address}")
        page = opened.page
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV: All counts").click()
        page.get_by_role("button", name="Dark mode").click()

        assert FORMULA in Path(download.value.path()).read_text().replace('""', '"')
        assert "null" == page.evaluate("self.origin")
        assert [] == opened.complaints


def test_paper_has_the_run_and_the_page_number_on_each_sheet(open_report: Open, run: Run) -> None:
    page = open_report("01_counts").page
    sheets = page.evaluate(
        """[...document.styleSheets].flatMap(s => [...s.cssRules])
           .filter(r => r instanceof CSSPageRule).map(r => r.cssText).join(' ')"""
    )

    assert f'content: "{run.run_id}"' in sheets
    assert 'content: "page " counter(page) " of " counter(pages)' in sheets


def test_on_paper_a_heading_stays_with_its_figure(open_report: Open) -> None:
    page = open_report("01_counts").page
    # Figures of two fifths of a sheet: without a rule, every other heading would end one.
    page.evaluate(
        """() => { const main = document.querySelector('main');
          const parts = ['about-figure', 'figure'].map(id => document.getElementById(id));
          for (let n = 0; n < 6; n++) main.append(...parts.map(part => part.cloneNode(true)));
          const images = [...document.querySelectorAll('figure img')];
          // Equal images are one object of the PDF.
          images.forEach((image, n) => { image.src = image.src.replace(';', `;n=${n};`); });
          return Promise.all(images.map(image => image.decode())); }"""
    )
    sheets = read_sheets(page.pdf(prefer_css_page_size=True, outline=True, tagged=True))

    about_figures = [sheet.headings.count("Does it rise?") for sheet in sheets]
    assert 7 == sum(about_figures)
    assert about_figures == [sheet.n_figures for sheet in sheets]
