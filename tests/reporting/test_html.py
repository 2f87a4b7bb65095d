"""The page of a notebook shows everything, loads nothing, and nothing in it can act."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from jinja2 import Environment

from alertmill.errors import ConfigurationError
from alertmill.plotting.tables import show_table
from alertmill.reporting import html as html_module
from alertmill.reporting import index as index_module
from alertmill.reporting.assets import CONTENT_SECURITY_POLICY, SCRIPT
from alertmill.reporting.execution import execute_template
from alertmill.reporting.failure import record_failure
from alertmill.reporting.html import export_html
from alertmill.reporting.index import write_index
from alertmill.runs import Run
from alertmill.triggers import Trigger, record_trigger
from tests.reporting.browser import open_page
from tests.reporting.example_runs import (
    add_report,
    executed,
    make_run,
    markdown,
    write_template,
)

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ATTACK = "document.title = 'taken'; new Image().src = 'http://127.0.0.1:PORT/x'"
ATTACK_IN_QUOTES = ATTACK.replace("'", "&apos;")
PAYLOADS = (
    f"<script>{ATTACK}</script>",
    f'<img src=x onerror="{ATTACK}">',
    f'<svg onload="{ATTACK}"><script>{ATTACK}</script></svg>',
    f'<a href="javascript:{ATTACK}">go</a>',
    '<iframe src="http://127.0.0.1:PORT/frame"></iframe>',
    '<link rel="stylesheet" href="http://127.0.0.1:PORT/style.css">',
    "<style>@import 'http://127.0.0.1:PORT/more.css'; body { display: none }</style>",
    '<form action="http://127.0.0.1:PORT/"><button id="content">press</button></form>',
    '<div style="background: url(http://127.0.0.1:PORT/paint.png)">painted</div>',
    f"</pre></details><script>{ATTACK}</script>",
    f"![x](http://127.0.0.1:PORT/x.png) [y](javascript:{ATTACK})",
    f'<math><mtext><table><mglyph><style><img src=x onerror="{ATTACK}"></style></mglyph></table>',
    f"<noscript><p title=\"</noscript><img src=x onerror='{ATTACK_IN_QUOTES}'>\"></p></noscript>",
    '<object data="http://127.0.0.1:PORT/object"></object>',
    '<embed src="http://127.0.0.1:PORT/embed">',
    '<base href="http://127.0.0.1:PORT/"><img src="relative.png">',
    '<video src="http://127.0.0.1:PORT/video" autoplay></video>',
    f'<details open ontoggle="{ATTACK}">open</details>',
    f'<input autofocus onfocus="{ATTACK}">',
    f'<svg><animate attributeName="x" dur="1s" onbegin="{ATTACK}"></animate></svg>',
    '<svg><use href="http://127.0.0.1:PORT/use.svg#a"></use></svg>',
    "<iframe srcdoc=\"<script>parent.document.title = 'taken'</script>\"></iframe>",
    '<img src="http://127.0.0.1:PORT/pixel.png" srcset="http://127.0.0.1:PORT/wide.png 2x">',
    f'<div><template shadowrootmode="open"><script>{ATTACK}</script></template></div>',
    f'```mermaid\nclick a "javascript:{ATTACK}"\n```\n$\\href{{javascript:{ATTACK}}}{{x}}$',
)
REFRESH = '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:PORT/refresh">'
"""No policy forbids that a page leads elsewhere; the allow-list alone stops it."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run without reports."""
    return make_run(tmp_path)


def page_of(run: Run, *cells: object, error: str | None = None) -> str:
    return export_html(run, add_report(run, *cells, error=error)).read_text()


def attack_everywhere(run: Run, *, port: int = 9, more: tuple[str, ...] = ()) -> Path:
    """Put every payload wherever text of a notebook reaches the page."""
    kinds = ("text/html", "text/markdown", "text/plain", "text/latex", "application/javascript")
    payloads = [payload.replace("PORT", str(port)) for payload in (*PAYLOADS, *more)]
    cells = [
        cell
        for n, payload in enumerate(payloads)
        for cell in (
            markdown(f"text-{n}", f"## Section {payload}\n\n{payload}"),
            executed(payload, *({kind: payload} for kind in kinds), cell_id=f"cell-{n}"),
            executed("1", {"image/svg+xml": payload}, {"image/png": payload}, cell_id=f"image-{n}"),
            executed("1", cell_id=f"tag-{n}", tags=(f"covers:{payload}",)),
        )
    ]
    return export_html(run, add_report(run, *cells, error="\n".join(payloads)))


def attack_first_page(run: Run, *, port: int) -> Path:
    """Put every payload wherever text of others reaches the first page of a run."""
    payload = " ".join(PAYLOADS).replace("PORT", str(port))
    outcome = add_report(run, executed("1"), error=payload)
    hostile = dict.fromkeys(("title", "about", "answer", "failed_cell"), payload)
    record_trigger(
        run.path,
        Trigger(
            **dict.fromkeys(("flow_run_id", "flow_run_name", "deployment", "user"), payload),
            scheduled_at=datetime(2026, 1, 5, 6, tzinfo=UTC),
            request=payload,
        ),
    )
    record_failure(run, ConfigurationError(payload))
    write_index(run, [outcome.model_copy(update=hostile)])
    return run.path / "reports" / "index.html"


@pytest.fixture
def target() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a server, and what it was asked: all that a browser really sent."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            with suppress(BrokenPipeError):
                self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


def test_the_page_lies_in_reports_under_the_name_of_the_template(run: Run) -> None:
    assert run.path / "reports" / "01_example.html" == export_html(run, add_report(run))


def test_the_same_notebook_gives_the_same_page(run: Run) -> None:
    cell = executed("1", {"text/html": "<p>one</p>"})

    assert page_of(run, cell) == page_of(run, cell)


def test_every_item_that_a_cell_covers_is_an_anchor(run: Run) -> None:
    page = page_of(run, executed("1", tags=("covers:nb01-one", "covers:nb01-two")))

    assert 'id="nb01-one"' in page
    assert 'id="nb01-two"' in page


def test_sections_stand_in_the_contents(run: Run) -> None:
    page = page_of(run, markdown("about-it", "## Is `it` good & sound?\n\nYes."))

    assert '<a href="#about-it">Is it good &amp; sound?</a>' in page


def test_a_table_of_ours_keeps_its_caption_and_classes(run: Run) -> None:
    frame = pl.DataFrame({"n": [1], "meaning": ["A sentence that needs more than one line."]})
    table = show_table(frame, "Days & counts")._repr_html_()

    page = page_of(run, executed("1", {"text/html": table}))

    assert table in page


def test_a_figure_has_the_alternative_text_of_its_output(run: Run) -> None:
    cell = executed("1", {"image/png": PNG})
    cell.outputs[0].metadata = {"image/png": {"alt": "Scores > 0 & true"}}

    assert 'alt="Scores &gt; 0 &amp; true"' in page_of(run, cell)


def test_an_output_shown_in_several_forms_appears_once(run: Run) -> None:
    forms = {"text/html": "<p>rich</p>", "text/plain": "<poor>"}

    page = page_of(run, executed("1", forms))

    assert "<p>rich</p>" in page
    assert "poor" not in page


def test_a_page_holds_no_script_but_ours_and_a_policy_that_forbids_others(run: Run) -> None:
    page = attack_everywhere(run).read_text()

    assert [SCRIPT] == re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert "<iframe" not in page
    assert "Content-Security-Policy" in page


def test_the_box_of_an_answer_is_no_landmark_of_its_own(run: Run) -> None:
    page = page_of(run, executed("1", {"text/html": "<aside><p>Better.</p></aside>"}))

    assert '<div class="answer"><p>Better.</p></div>' in page
    assert "<aside" not in page


def test_links_between_reports_stay(run: Run) -> None:
    page = page_of(run, markdown("next", "[02 Features](02_feature_analysis.html)"))

    assert 'href="02_feature_analysis.html"' in page


def test_a_failed_report_opens_with_the_cell_and_its_error(run: Run) -> None:
    error = "ValueError: no <alerts>\nTraceback: line 7"

    page = page_of(run, executed("fail()"), error=error)

    assert page.index("FAILED: ") < page.index("An example</h1>")
    for text in ('href="#cell-1"', "ValueError: no &lt;alerts&gt;", "Traceback: line 7"):
        assert text in page


def test_a_complete_report_has_no_banner(run: Run) -> None:
    assert "FAILED" not in page_of(run, executed("1"))


@pytest.mark.slow
def test_a_notebook_that_really_failed_shows_its_traceback(run: Run, tmp_path: Path) -> None:
    outcome = execute_template(write_template(tmp_path, "1 / 0", "'never'"), run)

    page = export_html(run, outcome).read_text()

    assert "FAILED" in page
    assert "ZeroDivisionError" in page


@pytest.mark.slow
def test_a_browser_does_not_even_try_to_load_what_a_notebook_brings(run: Run) -> None:
    with open_page(attack_everywhere(run)) as (page, requests):
        page.wait_for_timeout(300)

        assert [] == requests


@pytest.mark.slow
@pytest.mark.parametrize("layer_off", ["none", "allow-list", "policy"])
def test_nothing_runs_and_nothing_is_sent_even_with_one_of_the_two_layers(
    run: Run, monkeypatch: pytest.MonkeyPatch, target: tuple[int, list[str]], layer_off: str
) -> None:
    port, asked = target
    if layer_off == "policy":
        monkeypatch.setattr(html_module, "CONTENT_SECURITY_POLICY", "")
    if layer_off == "allow-list":
        monkeypatch.setattr(html_module, "clean_html", lambda html: html)

    with open_page(attack_everywhere(run, port=port)) as (page, _):
        page.wait_for_timeout(300)

        assert "taken" != page.title()
    assert [] == asked


@pytest.mark.slow
def test_a_page_that_would_lead_elsewhere_is_stopped_by_the_allow_list(
    run: Run, target: tuple[int, list[str]]
) -> None:
    port, asked = target

    with open_page(attack_everywhere(run, port=port, more=(REFRESH,))) as (page, _):
        page.wait_for_timeout(300)

    assert [] == asked


@pytest.mark.slow
@pytest.mark.parametrize("layer_off", ["escaping", "policy"])
def test_the_first_page_runs_and_sends_nothing_even_with_one_of_the_two_layers(
    run: Run, monkeypatch: pytest.MonkeyPatch, target: tuple[int, list[str]], layer_off: str
) -> None:
    port, asked = target
    if layer_off == "policy":
        monkeypatch.setattr(index_module, "CONTENT_SECURITY_POLICY", "")
    if layer_off == "escaping":
        unescaped = lambda **options: Environment(**{**options, "autoescape": False})  # noqa: E731, S701
        monkeypatch.setattr(index_module, "Environment", unescaped)

    with open_page(attack_first_page(run, port=port)) as (page, _):
        page.wait_for_timeout(300)

        assert "taken" != page.title()
    assert [] == asked


@pytest.mark.slow
def test_without_both_layers_the_attack_would_succeed(
    run: Run, monkeypatch: pytest.MonkeyPatch, target: tuple[int, list[str]]
) -> None:
    """Otherwise the tests above would prove nothing."""
    port, asked = target
    monkeypatch.setattr(html_module, "CONTENT_SECURITY_POLICY", "")
    monkeypatch.setattr(html_module, "clean_html", lambda html: html)

    with open_page(attack_everywhere(run, port=port)) as (page, _):
        page.wait_for_timeout(300)

        assert "taken" == page.title()
    assert asked


@pytest.mark.slow
def test_code_is_hidden_until_one_box_or_its_own_line_shows_it(run: Run) -> None:
    path = export_html(run, add_report(run, executed("the_code()", {"text/plain": "1"})))

    with open_page(path) as (page, _):
        code = page.get_by_text("the_code")
        assert not code.is_visible()
        page.locator("section.cell summary").click()
        assert code.is_visible()
        page.reload()
        page.locator("#all-code").check()
        assert code.is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("width", [380, 1280])
def test_a_wide_table_does_not_widen_the_page(run: Run, width: int) -> None:
    row = "<td>0123456789abcdef</td>" * 40
    path = export_html(
        run, add_report(run, executed("1", {"text/html": f"<table><tr>{row}</tr></table>"}))
    )

    with open_page(path) as (page, _):
        page.set_viewport_size({"width": width, "height": 800})
        assert width >= page.evaluate("document.documentElement.scrollWidth")


def test_the_policy_forbids_everything_but_data_images_inline_styles_and_one_script() -> None:
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()

    assert CONTENT_SECURITY_POLICY.startswith(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; "
    )
