"""The run's page in a browser: verdict and a link that works, the whole story one click on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from alertmill.runs import Run
from tests.orchestration.ended_run import NAME
from tests.reporting.decided_runs import SENTENCE
from tests.support.chromium import chromium
from tests.support.services import ask, free_port, service, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PROJECT = Path(__file__).resolve().parents[2]
PAGES = ("/v2", "")
"""Prefix of each of the two user interfaces."""
LINK = "a[href$='/files/reports/index.html']"
LOAD_MILLISECONDS = 120_000


@dataclass(frozen=True)
class Ended:
    """A flow run that has ended, and its run folder."""

    flow_run_id: str
    run: Run


@dataclass(frozen=True)
class Place:
    """Addresses of the Prefect server and of the site, and what ended there."""

    prefect: str
    site: str
    kept: Ended
    failed: Ended


@pytest.fixture(scope="module")
def place(
    prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Let one run end with a verdict and one fail, beside a site that serves their folders."""
    folder, port = tmp_path_factory.mktemp("page"), free_port()
    environment = {
        **prefect_environment,
        "ALERTMILL_RUNS_DIR": str(folder / "runs"),
        "ALERTMILL_STATE_DIR": str(folder / "state"),
        "ALERTMILL_SITE_PORT": str(port),
    }
    site = f"http://127.0.0.1:{port}"
    with service([sys.executable, "-m", "alertmill.cli", "serve"], environment, folder):
        done = subprocess.run(
            [sys.executable, "-m", "tests.orchestration.ended_run", "kept", "failed"],
            cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        wait_for(f"{site}/health")
        ended = [Ended(key, _run(folder / "runs", key)) for key in done.stdout.split()]
        yield Place(environment["PREFECT_API_URL"].removesuffix("/api"), site, *ended)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of Chromium."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(LOAD_MILLISECONDS)
        expect.set_options(timeout=LOAD_MILLISECONDS)
        yield page


@pytest.mark.parametrize("prefix", PAGES)
def test_name_badge_and_last_line_tell_the_verdict_and_the_link_opens_the_report(
    page: Page, place: Place, prefix: str
) -> None:
    page.goto(f"{place.prefect}{prefix}/runs/flow-run/{place.kept.flow_run_id}")

    expect(page.get_by_text(NAME).first).to_be_visible()
    expect(page.get_by_text("Kept", exact=True).first).to_be_visible()
    expect(page.get_by_text(f"Finished in state Kept('{SENTENCE}").first).to_be_visible()
    with page.context.expect_page() as opened:
        page.locator(LINK).first.click()
    report = opened.value
    report.wait_for_load_state()
    assert f"{_folder(place, place.kept)}files/reports/index.html" == report.url
    expect(report.get_by_text(place.kept.run.run_id).first).to_be_visible()
    report.close()


@pytest.mark.parametrize("prefix", PAGES)
def test_a_failed_run_says_what_failed_and_what_to_do_and_links_the_page_that_explains_it(
    page: Page, place: Place, prefix: str
) -> None:
    page.goto(f"{place.prefect}{prefix}/runs/flow-run/{place.failed.flow_run_id}")

    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    line = page.get_by_text("Stopped in the stage extract: none of the trials was finished").first
    expect(line).to_contain_text("Give the machine more memory")
    with page.context.expect_page() as opened:
        page.locator(LINK).first.click()
    expect(opened.value.get_by_text("The run stopped in the stage “extract”")).to_be_visible()
    opened.value.close()


@pytest.mark.parametrize("prefix", PAGES)
def test_one_artifact_tells_the_story_and_every_link_in_it_works(
    page: Page, place: Place, prefix: str
) -> None:
    (artifact,) = _artifacts(place, place.kept)
    page.goto(f"{place.prefect}{prefix}/artifacts/artifact/{artifact['id']}")

    heads = ("Kept", "Headline numbers against the champion", "What needs attention", "Reports")
    for head in heads:
        expect(page.get_by_role("heading", name=head, exact=True)).to_be_visible()
    expect(page.locator('img[src^="data:image/png"]')).to_have_count(2)
    assert page.evaluate(
        "[...document.querySelectorAll('img[src^=data]')].every(i => i.complete && i.naturalWidth)"
    )
    links = page.eval_on_selector_all(
        f"a[href^='{place.site}']", "found => found.map(link => link.href)"
    )
    base = _folder(place, place.kept)
    wanted = {base, f"{base}files/reports/index.html", f"{base}files/reports.zip"}
    assert wanted | {f"{base}archive.zip"} <= set(links)
    for link in set(links):
        assert httpx.get(link, timeout=60).status_code == 200, link


def test_a_run_has_no_other_artifact(place: Place) -> None:
    assert ["report"] == [artifact["key"] for artifact in _artifacts(place, place.kept)]
    assert ["report"] == [artifact["key"] for artifact in _artifacts(place, place.failed)]


def _artifacts(place: Place, ended: Ended) -> list[dict[str, str]]:
    wanted = {"artifacts": {"flow_run_id": {"any_": [ended.flow_run_id]}}}
    answer = ask(f"{place.prefect}/api", "POST", "/artifacts/filter", wanted)
    rows: list[dict[str, str]] = answer.raise_for_status().json()
    return rows


def _folder(place: Place, ended: Ended) -> str:
    return f"{place.site}/runs/ethereum/{ended.run.run_id}/"


def _run(runs_dir: Path, key: str) -> Run:
    run = Run.find(runs_dir, key=key)
    assert run is not None
    return run
