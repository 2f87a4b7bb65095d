"""Frames as tables for a reader: formatted numbers, units in the head, everything escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape

import polars as pl

_UNIT_BY_SUFFIX = {
    "_usd": "USD",
    "_days": "days",
    "_seconds": "seconds",
    "_share": "%",
}
_THOUSAND, _MILLI = 1000, 0.001
_LONGEST = 1e15
"""A number of more digits would push the other columns out of the window."""
_PLAIN_ROWS = 60
_LONG_TEXT = 20
"""A value with its interval is longer, a date shorter."""
_VISIBLE_COLUMNS = 8
"""Of a table; a page folds the others until they are asked for."""
_MOST_LETTERS = 2000
"""Of one value; whoever writes to the chain decides how long a description is."""
_LISTED_NUMBERS = 4
"""Of a longer list of numbers, such as the hours of a day; names are listed all."""


@dataclass(frozen=True)
class Table:
    """What a notebook shows for a frame: HTML with nothing but table tags and classes."""

    frame: pl.DataFrame
    caption: str
    columns: tuple[str, ...]
    """Heads, one per column of the frame."""
    n_more: int = 0
    """Rows that are not shown."""
    empty: str = "no rows"
    kind: str = "alertmill"
    """Class of the table: ``explorer`` gives it a slider on pages, each row being a choice."""

    def _repr_html_(self) -> str:
        numbers = [dtype.is_numeric() for dtype in self.frame.dtypes]
        head = "".join(
            f'<th{_class(n, is_number=is_number)} scope="col">{escape(title)}</th>'
            for n, (title, is_number) in enumerate(zip(self.columns, numbers, strict=True))
        )
        body = "".join(self._row(row, numbers) for row in self.frame.iter_rows()) or (
            f'<tr><td class="empty" colspan="{max(len(self.columns), 1)}">'
            f"{escape(self.empty)}</td></tr>"
        )
        more = f" ({self.n_more:,} more rows are not shown)" if self.n_more else ""
        return (
            f'<table class="{self.kind}"><caption>{escape(self.caption + more)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __repr__(self) -> str:
        """Show the table as plain text, for terminals."""
        with pl.Config(tbl_rows=_PLAIN_ROWS, tbl_hide_dataframe_shape=True):
            return f"{self.caption}\n{self.frame}"

    def _row(self, row: tuple[object, ...], numbers: list[bool]) -> str:
        texts = map(format_value, row, self.frame.columns)
        cells = "".join(
            f"<td{_class(n, is_number=numbers[n], is_long=len(text) > _LONG_TEXT)}>"
            f"{escape(text)}</td>"
            for n, text in enumerate(texts)
        )
        return f"<tr>{cells}</tr>"


def show_table(
    frame: pl.DataFrame,
    caption: str,
    *,
    columns: Sequence[str] | None = None,
    max_rows: int = 100,
    empty: str = "no rows",
) -> Table:
    """Prepare a frame for a notebook.

    Parameters
    ----------
    frame : DataFrame
        Columns called ``share`` or ending so are shown in percent; ``_usd``, ``_days`` and
        ``_seconds`` put their unit in the head.
    caption : str
        What the table shows and of how many.
    columns : sequence of str, optional
        Heads to use instead of the names.
    max_rows : int
        Rows shown; the caption tells how many are left out.
    empty : str
        Words for a table without rows.
    """
    heads = tuple(columns) if columns is not None else tuple(_head(c) for c in frame.columns)
    return Table(frame.head(max_rows), caption, heads, max(frame.height - max_rows, 0), empty)


def show_choices(frame: pl.DataFrame, caption: str, *, columns: Sequence[str]) -> Table:
    """Prepare a frame whose rows are choices: a page puts a slider over the table.

    Parameters
    ----------
    frame : DataFrame
        Its last column says ``in use`` in the row at which the slider begins.
    caption : str
        What the table shows and of how many.
    columns : sequence of str
        Heads; the first also names the slider.
    """
    return replace(show_table(frame, caption, columns=columns), kind="alertmill explorer")


@dataclass(frozen=True)
class Text:
    """A sentence that the library built from numbers, as a paragraph."""

    text: str

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>"

    def __repr__(self) -> str:
        """Show the sentence itself."""
        return self.text


def show_text(text: str) -> Text:
    """Prepare a sentence for a notebook."""
    return Text(text)


def format_value(value: object, column: str = "") -> str:
    """Write a value as a reader wants it; nothing for missing ones.

    Examples
    --------
    >>> format_value(0.1234, "missed_share"), format_value(1234567.8, "volume_usd")
    ('12.3', '1,234,568')
    >>> format_value(0.00012), format_value(3), format_value(None)
    ('1.2e-04', '3', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _format_measured(value, column)
    if isinstance(value, list | pl.Series):
        return _cut(_format_list(list(value)))
    return value.isoformat() if isinstance(value, date) else _cut(str(value))


def _cut(text: str) -> str:
    if len(text) <= _MOST_LETTERS:
        return text
    return f"{text[:_MOST_LETTERS]}… ({len(text):,} letters, cut here)"


def _format_measured(value: float, column: str) -> str:
    if _is_share(column):
        return _format_float(100 * value, 1)
    return _format_float(value, 1 if column.endswith("_per_day") and abs(value) >= 1 else None)


def _format_list(entries: list[object]) -> str:
    numbers = all(isinstance(entry, int | float) for entry in entries)
    if not numbers or len(entries) <= _LISTED_NUMBERS + 1:
        return ", ".join(format_value(entry) for entry in entries)
    shown = ", ".join(format_value(entry) for entry in entries[:_LISTED_NUMBERS])
    return f"{shown}, … ({len(entries)})".replace(" ", "\u00a0")  # one line, whatever the width


def _format_float(value: float, decimals: int | None = None) -> str:
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if value == 0:
        return "0"
    size = abs(value)
    if size < _MILLI or size >= _LONGEST:
        return f"{value:.1e}"
    if size >= _THOUSAND:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 100 else f"{value:.3f}"  # noqa: PLR2004 - three digits are enough


def _is_share(name: str) -> bool:
    return name == "share" or name.endswith("_share")


def _head(name: str) -> str:
    if name == "share":
        return "share (%)"
    for suffix, unit in _UNIT_BY_SUFFIX.items():
        if name.endswith(suffix):
            stem = name if suffix == "_share" else name.removesuffix(suffix)
            return f"{stem.replace('_', ' ')} ({unit})"
    return name.replace("_", " ")


def _class(n: int, *, is_number: bool, is_long: bool = False) -> str:
    # A page gives words room, where a browser would put every one on a line of its own.
    kind = "number" if is_number else "text" if is_long else ""
    names = " ".join(filter(None, (kind, "more" if n >= _VISIBLE_COLUMNS else "")))
    return f' class="{names}"' if names else ""
