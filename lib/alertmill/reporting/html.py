"""Executed notebooks as self-contained pages; the only module that knows nbconvert."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import nbformat

from alertmill.audit.marks import LedgerMark, read_mark
from alertmill.files import write_text
from alertmill.reporting.assets import CONTENT_SECURITY_POLICY, SCRIPT, STYLE
from alertmill.reporting.outcomes import (
    QUEUE_REPORT,
    NotebookOutcome,
    ReportedRun,
    notebook_path,
    report_path,
)
from alertmill.reporting.sanitizing import clean_html, is_base64, size_of_png
from alertmill.reporting.sealing import SEAL
from alertmill.reporting.sections import anchors_of, heading_of

TEMPLATES = Path(__file__).parent / "templates"
_FORMAT_VERSION = 4
_FOLDED = re.compile(r'<th class="(?:number )?more"[^>]*>(.*?)</th>', re.DOTALL)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_HOME = "index.html"
"""First page of a training's reports; that of a scoring stands alone."""
_TITLES = {
    "parameters": "Parameters of the template",
    "injected-parameters": "Parameters of this run",
    "setup": "Setup",
    SEAL: "Seal",
}
_NAMED = 8
"""Folded columns that are named; the frames of a laboratory have hundreds."""
_MOST_LETTERS = 20_000
"""Of a text output: a page with more than this is slow to open, and the notebook has it all."""

_FORMAT: Any = nbformat  # it has no types
_Node = Any


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Image:
    """A figure of an output."""

    source: str
    alt: str
    size: tuple[int, int] | None


def export_html(run: ReportedRun, outcome: NotebookOutcome) -> Path:
    """Render an executed notebook as ``reports/<template>.html``, a failed one with a banner.

    The page loads nothing, and its only script is ours: it opens offline, reads without the script,
    and text from the chain cannot act in it. Code is hidden until it is asked for. Each delivered
    item of the plan has an anchor.
    """
    source = notebook_path(run, outcome.template)
    notebook = _FORMAT.read(source, as_version=_FORMAT_VERSION)
    page = render_notebook(notebook, outcome, run_id=run.run_id, mark=read_mark(run.path))
    path = report_path(run, outcome.template)
    write_text(path, page)
    return path


def render_notebook(
    notebook: _Node, outcome: NotebookOutcome, *, run_id: str, mark: LedgerMark | None = None
) -> str:
    """Return the page of an executed notebook; the same notebook gives the same bytes.

    Parameters
    ----------
    notebook : NotebookNode
        As it was executed.
    outcome : NotebookOutcome
        How it ended.
    run_id : str
        The run that it reports on.
    mark : LedgerMark, optional
        Where the signed ledger stood; printed for whoever keeps the page.
    """
    resources = {
        "outcome": outcome,
        "run_id": run_id,
        "home": "" if outcome.template == QUEUE_REPORT else _HOME,
        "ledger": mark.sentence if mark else "",
        "policy": CONTENT_SECURITY_POLICY,
        "style": STYLE,
        "script": SCRIPT,
        "contents": _contents(notebook),
    }
    page, _ = _exporter().from_notebook_node(notebook, {"metadata": {}, "alertmill": resources})
    return str(page)


def _filters() -> dict[str, Any]:
    return {
        "clean_markdown": _clean_markdown,
        "clean_html": clean_html,
        "plain": _plain,
        "anchors": anchors_of,
        "boxed": _boxed,
        "folded": _folded,
        "image": _image,
        "shown_as": _shown_as,
        "joined": _joined,
        "code_title": _code_title,
    }


def _exporter() -> Any:  # noqa: ANN401 - nbconvert has no types
    import nbconvert

    untyped: Any = nbconvert
    return untyped.HTMLExporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        filters=_filters(),
    )


def _clean_markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return clean_html(_without_anchor_links(markdown2html_mistune(source)))


def _without_anchor_links(html: str) -> str:
    return re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", html, flags=re.DOTALL)


def _contents(notebook: _Node) -> tuple[Entry, ...]:
    found = []
    for cell in notebook.cells:
        heading = heading_of(cell)
        if heading:
            found.append(Entry(anchors_of(cell)[0], heading))
    return tuple(found)


def _boxed(html: str) -> str:
    """Make the box of an answer a part of the report; an aside would be a landmark inside one."""
    return html.replace("<aside>", '<div class="answer">').replace("</aside>", "</div>")


def _folded(html: str) -> str:
    """Return the names of the first columns that a page folds; nothing where none is."""
    names = [unescape(name) for name in _FOLDED.findall(html)]
    more = f" … ({len(names)} columns)" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _code_title(cell: _Node) -> str:
    tags = set(cell.metadata.get("tags", ()))
    return next((title for tag, title in _TITLES.items() if tag in tags), "Code")


def _shown_as(output: _Node) -> str:
    """Return how an output is shown; scripts, SVG, LaTeX and widgets are shown as their text."""
    if output.output_type in ("stream", "error"):
        return str(output.output_type)
    kinds = {"image/png": "image", "text/html": "html", "text/markdown": "markdown"}
    return next((kind for mime, kind in kinds.items() if mime in output.data), "text")


def _image(output: _Node) -> Image | None:
    content = _joined(output.data["image/png"])
    if not is_base64(content):
        return None
    alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
    return Image("".join(content.split()), str(alt), size_of_png(content))


def _joined(text: str | list[str]) -> str:
    """Return one text for what a notebook may keep as lines."""
    return text if isinstance(text, str) else "".join(text)


def _plain(text: str | list[str]) -> str:
    """Text without terminal colours, and not without end; the page's template escapes it."""
    plain = _ANSI.sub("", _joined(text))
    if len(plain) <= _MOST_LETTERS:
        return plain
    return f"{plain[:_MOST_LETTERS]}\n… {len(plain):,} letters, cut here; the notebook holds more"
