"""Make HTML that came out of a notebook harmless: what is not on the list goes."""

from __future__ import annotations

import re
import struct
from base64 import b64decode
from binascii import Error as Base64Error

import nh3

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TEXT = {"p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a", "sub"}
_TABLE = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
_TAGS = (
    _HEADINGS | _TEXT | _TABLE | {"sup", "dl", "dt", "dd", "b", "i", "del", "span", "div", "aside"}
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
}
_CLASSES = {
    "table": {"alertmill", "dataframe", "explorer"},
    "th": {"number", "more"},
    "td": {"number", "empty", "text", "more"},
}
"""Of our own tables; any other class could dress text up as part of the page."""
_SCHEMES = {"http", "https", "mailto"}
_PNG = b"\x89PNG\r\n\x1a\n"
_CSS_DOTS_PER_INCH, _INCHES_PER_METRE = 96, 39.3701
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


def clean_html(html: str) -> str:
    """Keep text, tables and links; drop scripts, styles, images, forms, handlers and ids.

    Examples
    --------
    >>> clean_html('<p onclick="x()">kept<script>gone</script><img src=x></p>')
    '<p>kept</p>'
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


def is_base64(text: str) -> bool:
    """Return True if the text can stand in a ``data:`` address without ending it."""
    return _BASE64.fullmatch(text) is not None


def size_of_png(content: str) -> tuple[int, int] | None:
    """Width and height, in CSS pixels, that a base64 PNG is meant to have; None when unreadable.

    The file says how many dots it has to the metre; browsers ignore that and show sharp figures
    too large.
    """
    try:
        data = b64decode(content)
    except (Base64Error, ValueError):
        return None
    if not data.startswith(_PNG) or len(data) < 24:  # noqa: PLR2004 - where the first block ends
        return None
    width, height = struct.unpack(">II", data[16:24])
    scale = _CSS_DOTS_PER_INCH / _dots_per_inch(data)
    return round(width * scale), round(height * scale)


def _dots_per_inch(data: bytes) -> float:
    start = data.find(b"pHYs", 0, 4096)
    if start < 0 or len(data) < start + 13:
        return _CSS_DOTS_PER_INCH
    dots_per_metre, _, unit = struct.unpack(">IIB", data[start + 4 : start + 13])
    found = dots_per_metre / _INCHES_PER_METRE
    return found if unit == 1 and found > 1 else _CSS_DOTS_PER_INCH
