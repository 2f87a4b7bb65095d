"""Every link of a run's index works: in the run folder, in the zip that was sent, on the site."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest

from alertmill.reporting.packing import pack
from alertmill.runs import Run
from tests.reporting.published import LARGE, publish
from tests.site.serving import ask, running_site


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a published run, which no test changes."""
    return publish(tmp_path_factory.mktemp("published"))


@pytest.fixture
def unpacked(run: Run, tmp_path: Path) -> Path:
    """Unpack the zip of the reports; return where its index lies."""
    with zipfile.ZipFile(run.path / "reports.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / run.run_id / "reports/index.html"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs)["href"] or "")


def links_of(page: Path) -> Iterator[str]:
    """Yield where a page leads, without places within pages."""
    links = _Links()
    links.feed(page.read_text())
    yield from (unquote(link.partition("#")[0]) for link in links.found)


def dead_links(page: Path) -> list[str]:
    return [link for link in links_of(page) if link and not (page.parent / link).is_file()]


def test_every_link_of_the_unpacked_pages_leads_to_a_file(unpacked: Path) -> None:
    pages = sorted(unpacked.parent.glob("*.html"))

    assert 4 == len(pages)
    assert [] == [link for page in pages for link in dead_links(page)]


def test_notebooks_and_data_come_along_but_nothing_large(unpacked: Path) -> None:
    links = set(links_of(unpacked))

    assert {"../notebooks/01_counts.ipynb", "../evaluation/metrics.json"} < links
    assert f"../{LARGE}" not in links
    assert LARGE in unpacked.read_text()
    assert "too large" in unpacked.read_text()


def test_every_link_of_the_run_folder_leads_to_a_file(run: Run) -> None:
    index = run.path / "reports/index.html"

    assert [] == dead_links(index)
    assert {"../reports.zip", f"../{LARGE}"} < set(links_of(index))


def test_every_link_works_on_the_site(run: Run) -> None:
    index = run.path / "reports/index.html"
    base = f"/runs/{run.parameters.network}/{run.run_id}/files/reports/index.html"
    with running_site(run.path.parents[1]) as port:
        statuses = {
            link: ask(port, urljoin(base, link), method="HEAD").status
            for link in links_of(index)
            if link
        }

    assert statuses
    assert {} == {link: status for link, status in statuses.items() if status != 200}


def test_equal_files_make_an_equal_zip(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("1")
    (tmp_path / "two.txt").write_text("2")
    replaced = {"index.html": "<p>"}

    assert pack(tmp_path, ["two.txt", "one.txt"], replaced=replaced) == pack(
        tmp_path, ["one.txt", "two.txt", "one.txt"], replaced=replaced
    )
