"""The site in a real Chromium: by clicking, without scripts, on a phone, and over hostile runs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pydantic import SecretStr

from alertmill.files import write_text
from alertmill.reporting.manifest import verify
from alertmill.runs import Run
from alertmill.vocabulary import Network, PromotionVerdict
from tests.site.serving import running_site
from tests.site.worlds import Plan, fail_run, finish_run, start_run
from tests.support.chromium import chromium

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 844}
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"


@dataclass
class World:
    """A site with some runs."""

    base: str
    runs: list[Run]
    requests: list[str] = field(default_factory=list)

    def address(self, run: Run) -> str:
        """Return the address of a run's page."""
        return f"{self.base}/runs/{run.parameters.network}/{run.run_id}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Serve runs of every state."""
    runs_dir = tmp_path_factory.mktemp("site") / "runs"
    verdicts = list(PromotionVerdict)
    runs = [finish_run(runs_dir, Plan(n=n, verdict=v)) for n, v in enumerate(verdicts)]
    finish_run(runs_dir, Plan(n=1, network=Network.BITTENSOR_TESTNET, model_type="cluster_scorer"))
    fail_run(runs_dir, Plan(n=20), message="no alerts in the range, " + "x" * 200)
    start_run(runs_dir, Plan(n=21))
    with running_site(runs_dir) as port:
        yield World(f"http://127.0.0.1:{port}", runs)


def watched(context: BrowserContext, world: World) -> Page:
    """Open a page that notes every request."""
    page = context.new_page()
    world.requests.clear()
    page.on("request", lambda request: world.requests.append(request.url))
    return page


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """Open a page in a fresh profile."""
    with browser.new_context(accept_downloads=True) as context:
        yield watched(context, world)


def test_a_reader_clicks_from_the_catalogue_to_a_run_and_its_report(
    page: Page, world: World
) -> None:
    run = world.runs[0]
    page.goto(world.base)
    page.locator(f'tr:has(code:text-is("{run.run_id}")) a').first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ethereum, 2024-01-01 to 2024-02-29")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Promoted")
    page.get_by_role("link", name="The first report", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("A report")
    assert page.url == f"{world.address(run)}files/reports/01_first.html"


def test_links_downloads_and_new_windows_of_a_report_work_in_its_sandbox(
    page: Page, world: World
) -> None:
    report = f"{world.address(world.runs[0])}files/reports/01_first.html"
    page.goto(report)
    with page.expect_download() as notebook:
        page.locator("#source").click()
    with page.context.expect_page() as opened:
        page.locator("#outside").click()
    page.locator("#next").click()

    assert "01_first.ipynb" == notebook.value.suggested_filename
    assert opened.value is not None
    expect(page).to_have_url(report.replace("01_first", "02_second"))


def test_a_page_of_a_run_has_an_origin_of_its_own_and_runs_nothing(
    page: Page, world: World
) -> None:
    run = world.runs[0]
    hostile = "<!DOCTYPE html><title>calm</title><script>document.title='taken'</script><p>read</p>"
    (run.path / "reports/hostile.html").write_text(hostile + HOSTILE)

    page.goto(f"{world.address(run)}files/reports/hostile.html")

    assert "calm" == page.title()
    assert "null" == page.evaluate("self.origin")


def test_the_zips_are_downloaded_by_clicking_and_the_run_verifies(
    page: Page, world: World, tmp_path: Path
) -> None:
    run = world.runs[1]
    page.goto(world.address(run))
    with page.expect_download() as reports:
        page.get_by_role("link", name="All reports (zip)").click()
    with page.expect_download() as folder:
        page.get_by_role("link", name="Run folder (zip)").click()
    with zipfile.ZipFile(folder.value.path()) as archive:
        archive.extractall(tmp_path)

    assert Path(reports.value.path()).read_bytes() == (run.path / "reports.zip").read_bytes()
    assert f"{run.run_id}.zip" == folder.value.suggested_filename
    assert verify(tmp_path / run.run_id).ok


def test_the_filter_form_works_without_scripts(browser: Browser, world: World) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = watched(context, world)
        page.goto(world.base)
        page.get_by_label("Verdict").select_option("proposed")
        page.get_by_label("Last processing date from").fill("2024-01-01")
        page.get_by_role("button", name="Show runs").click()
        expect(page.locator("table.runs tbody tr")).to_have_count(1)
        expect(page.get_by_label("Verdict")).to_have_value("proposed")

        page.get_by_role("link", name="Show all").click()
        expect(page.locator("table.runs tbody tr")).to_have_count(len(world.runs) + 3)


def test_two_runs_are_chosen_and_compared_by_keyboard(page: Page, world: World) -> None:
    page.goto(world.base)
    for run in world.runs[:2]:
        page.locator(f'input[value="ethereum/{run.run_id}"]').focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Compare the chosen runs").first.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Two runs side by side")
    left, right = (f"ethereum/{run.run_id}" for run in world.runs[:2])
    assert page.url == f"{world.base}/compare?left={left}&right={right}"


def test_a_point_of_the_trend_leads_to_its_run(page: Page, world: World) -> None:
    page.goto(world.base)
    page.locator("svg.plot a .reach").first.click()

    expect(page.locator("nav.crumbs")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 600}])
def test_no_page_scrolls_sideways_on_a_phone(
    browser: Browser, world: World, size: dict[str, int]
) -> None:
    left, right = (f"ethereum/{run.run_id}" for run in world.runs[:2])
    failed = "?state=failed"
    targets = ("/", f"/{failed}", f"/compare?left={left}&right={right}", "/?from=x", "/nothing")
    with browser.new_context(viewport=size) as context:
        page = watched(context, world)
        for target in (*(world.base + t for t in targets), world.address(world.runs[0])):
            page.goto(target)
            page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")

            assert size["width"] == page.evaluate("document.documentElement.scrollWidth"), target


def test_no_page_asks_for_anything_outside(page: Page, world: World) -> None:
    for target in (world.base, world.address(world.runs[0]), f"{world.base}/nothing"):
        page.goto(target)

    assert world.requests
    outside = [url for url in world.requests if not url.startswith((world.base, "data:"))]
    assert [] == outside


def test_the_names_of_a_hostile_run_do_nothing(browser: Browser, tmp_path: Path) -> None:
    run = finish_run(tmp_path / "runs", Plan(n=1))
    failed = fail_run(tmp_path / "runs", Plan(n=2), message=HOSTILE)
    for name in ("parameters.json", "manifest.json", "checks/checks.json"):
        path = run.path / name
        quoted = HOSTILE.replace('"', '\\"')
        for known in (
            "boosted_trees",
            "no better than the rule",
            "The first report",
            "address_label",
        ):
            write_text(path, path.read_text().replace(known, quoted))
    with running_site(tmp_path / "runs") as port, browser.new_context() as context:
        world = World(f"http://127.0.0.1:{port}", [run, failed])
        page = watched(context, world)
        names = [f"ethereum/{one.run_id}" for one in world.runs]
        compare = f"{world.base}/compare?left={names[0]}&right={names[1]}"
        for target in (world.base, world.address(run), world.address(failed), compare):
            page.goto(target)

            assert "taken" not in page.title()
            assert 0 == page.locator("main img, main script").count()


def test_controls_have_names_and_one_heading_leads_each_page(page: Page, world: World) -> None:
    left, right = (f"ethereum/{run.run_id}" for run in world.runs[:2])
    compare = f"{world.base}/compare?left={left}&right={right}"
    for target in (world.base, world.address(world.runs[0]), compare):
        page.goto(target)

        assert 1 == page.get_by_role("heading", level=1).count()
        assert 1 == page.get_by_role("main").count()
        assert [] == page.evaluate(_NAMELESS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, world: World, scheme: str) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = watched(context, world)
        for target in (world.base, world.address(world.runs[0])):
            page.goto(target)

            assert [] == page.evaluate(_FAINT)


def test_a_password_is_asked_for_and_covers_the_reports(browser: Browser, tmp_path: Path) -> None:
    token = "a long random text"  # noqa: S105 - of this test
    run = finish_run(tmp_path / "runs")
    credentials = {"username": "anybody", "password": token}
    with (
        running_site(tmp_path / "runs", token=SecretStr(token)) as port,
        browser.new_context(http_credentials=credentials) as context,
    ):
        world = World(f"http://127.0.0.1:{port}", [run])
        page = watched(context, world)
        page.goto(world.address(run))
        page.get_by_role("link", name="Open the reports").click()
        page.locator("#next").click()

        expect(page).to_have_url(f"{world.address(run)}files/reports/02_second.html")


_NAMELESS = """() => [...document.querySelectorAll('a, button, select, input')].filter(e => !(
  e.innerText || e.textContent || e.ariaLabel || (e.labels && e.labels[0] && e.labels[0].innerText)
  || '').trim()).map(e => e.outerHTML)"""

# Contrast after WCAG 2: at least 4.5, and 3 for large text; the ground is that of the next
# ancestor which has one.
_FAINT = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const f = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length || e.closest('svg, option')) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(style.color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faint.push(`${e.className} ${e.textContent.trim()} ${ratio}`);
  }
  return faint;
}"""
