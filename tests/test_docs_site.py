"""The documents as a site: complete, without broken links, and without requests to anywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow

FETCHING = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
}
"""Attributes whose address a browser asks for by itself, by tag."""


class Requests(HTMLParser):
    """Collects what a page asks for when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the addresses of a tag."""
        self.found += [value or "" for name, value in attrs if (tag, name) in FETCHING]


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as ``make site`` does."""
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "docs/_site/build.py", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder / "html"


def requests_of(site: Path) -> Iterator[str]:
    """Yield what the pages and the style sheets ask for."""
    for path in site.rglob("*.html"):
        reader = Requests()
        reader.feed(path.read_text())
        yield from reader.found
    for path in site.rglob("*.css"):
        yield from re.findall(r"(?:url\(|@import )[\"']?([^\"')]+)", path.read_text())


def test_no_page_asks_for_anything_outside(site: Path) -> None:
    outside = [asked for asked in requests_of(site) if re.match(r"(https?:)?//", asked)]

    assert outside == []


def test_every_document_and_every_public_package_has_a_page(site: Path) -> None:
    documents = [path.relative_to(PROJECT) for path in (PROJECT / "docs").rglob("*.md")]
    packages = ["training", "storage", "evaluation", "explanation", "plotting", "checks", "runs"]

    expected = [site / path.with_suffix(".html") for path in documents]
    expected += [site / "reference" / f"alertmill.{name}.html" for name in packages]
    expected += [site / "index.html", site / "CHANGELOG.html", site / "search.html"]
    assert [path for path in expected if not path.is_file()] == []


def test_the_reference_shows_the_docstrings(site: Path) -> None:
    page = (site / "reference" / "alertmill.parameters.html").read_text()

    assert "Alerts the team reviews a day" in page  # a description of a pydantic field


BROKEN = {
    "a file that is not there": "[here](lost.md)",
    "an anchor that is not there": "[here](other.md#lost)",
    "a page that nothing leads to": "",
}
_RENDER = (
    "import sys; from pathlib import Path; sys.path.insert(0, 'docs/_site'); import build; "
    "sys.exit(build.render(Path(sys.argv[1]), Path(sys.argv[2])))"
)


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_document_with_a_fault_fails_the_build(text: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"# Start\n\n{text or '[x](other.md)'}\n")
    (tmp_path / "other.md").write_text("# Other\n")
    if text:
        with (tmp_path / "README.md").open("a") as readme:
            readme.write("\n```{toctree}\nother\n```\n")

    rendered = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", _RENDER, str(tmp_path), str(tmp_path / "html")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert rendered.returncode == 1
    assert "WARNING" in rendered.stderr
