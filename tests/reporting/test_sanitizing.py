"""HTML from a notebook keeps its text and its tables, and nothing that acts, loads or pretends."""

from __future__ import annotations

import base64
from io import BytesIO

import polars as pl
import pytest
from matplotlib.figure import Figure

from alertmill.plotting.display import render_png
from alertmill.plotting.tables import show_table
from alertmill.reporting.sanitizing import clean_html, is_base64, size_of_png

HOSTILE = [
    "<script>document.title='x'</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><circle/></svg>",
    '<a href="javascript:alert(1)">a</a>',
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    '<a href="vbscript:x">a</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<object data="https://evil.example/x"></object>',
    '<embed src="https://evil.example/x">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    "<form action=https://evil.example><input name=q></form>",
    '<p style="background:url(https://evil.example/x)">p</p>',
    "<style>@import 'https://evil.example/x.css'</style>",
    '<video src="https://evil.example/x"></video>',
    '<div onclick="alert(1)">d</div>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<td background=https://evil.example/x>t</td>",
    '<a href="https://example.org" target="_blank" ping="https://evil.example">a</a>',
]
FORBIDDEN = ("<script", "<img", "<svg", "<iframe", "<style", "onerror=", "onclick=", "onload=")
ADDRESSES = ("javascript:", "vbscript:", 'href="data:', "srcdoc", "evil.example")


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_acts_or_loads_is_left(html: str) -> None:
    cleaned = clean_html(f"<p>before</p>{html}<p>after</p>")

    assert "before" in cleaned
    assert not [part for part in (*FORBIDDEN, *ADDRESSES) if part in cleaned]


def test_a_table_of_ours_is_not_touched() -> None:
    table = show_table(pl.DataFrame({"address": ["0x<b>"], "volume_usd": [1.5]}), "Two & more")

    html = table._repr_html_()

    assert html == clean_html(html)


def test_an_empty_table_of_ours_is_not_touched() -> None:
    html = show_table(pl.DataFrame({"address": []}), "None", empty="no alerts")._repr_html_()

    assert html == clean_html(html)


def test_text_cannot_dress_up_as_part_of_the_page() -> None:
    cleaned = clean_html('<div class="banner" id="content" style="position:fixed">FAILED</div>')

    assert cleaned == "<div>FAILED</div>"


def test_links_between_reports_stay() -> None:
    cleaned = clean_html('<a href="05_model_evaluation.html">next</a>')

    assert 'href="05_model_evaluation.html"' in cleaned


def test_a_figure_keeps_its_size_in_inches() -> None:
    png = base64.b64encode(_png(dots_per_inch=192)).decode()

    assert size_of_png(png) == (288, 192)


def test_a_figure_of_ours_is_wider_in_dots_than_on_the_page() -> None:
    png = render_png(Figure(figsize=(6, 3)))

    width, _ = size_of_png(base64.b64encode(png).decode()) or (0, 0)

    assert 0 < width < int.from_bytes(png[16:20], "big")


@pytest.mark.parametrize("content", ["", "!", "AAAA", "not base64 at all"])
def test_the_size_of_what_is_no_figure_is_unknown(content: str) -> None:
    assert size_of_png(content) is None


def test_base64_cannot_end_the_address_it_stands_in() -> None:
    assert is_base64("iVBORw0KGgo=\n")
    assert not is_base64('AAAA" onerror="alert(1)')


def _png(*, dots_per_inch: int) -> bytes:
    buffer = BytesIO()
    Figure(figsize=(3, 2)).savefig(buffer, format="png", dpi=dots_per_inch)
    return buffer.getvalue()
