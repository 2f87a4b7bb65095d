"""What a reader of a run does: open its page in the browser, follow the link, keep the archive."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page

from alertmill.reporting.manifest import read_manifest
from alertmill.runs import Run
from tests.e2e.unattended.installation import Installation
from tests.e2e.unattended.orchestrator import FlowRun
from tests.support.chromium import chromium
from tests.support.waiting import eventually


@contextmanager
def run_page(installation: Installation, flow_run: FlowRun) -> Iterator[Page]:
    """Open the page of a flow run in the orchestrator's own pages."""
    port = installation.environment["ALERTMILL_PREFECT_PORT"]
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(120_000)
        page.goto(f"http://127.0.0.1:{port}/v2/runs/flow-run/{flow_run.id}")
        yield page


def find_report_link(page: Page, run: Run) -> Locator:
    """Scroll to the last line of the log, which the page shows below the first, and its link."""
    link = page.locator(f"a[href*='{run.run_id}']").first
    page.get_by_text("Beginning flow run").first.hover()

    def is_there() -> bool:
        page.mouse.wheel(0, 2_000)
        return link.is_visible()

    assert eventually(is_there, seconds=120, pause=0.5)
    return link


def digests_in(archive: Path, run: Run) -> dict[str, str]:
    """Return the sha256 of every file in an archive of reports, by its path in the run folder."""
    with zipfile.ZipFile(archive) as opened:
        return {
            name.removeprefix(f"{run.run_id}/"): hashlib.sha256(opened.read(name)).hexdigest()
            for name in opened.namelist()
        }


def published_digests(run: Run) -> dict[str, str]:
    """Return the sha256 of every file, by its path, as the manifest of the run has it."""
    return {file.path: file.sha256 for file in read_manifest(run.path).files}
