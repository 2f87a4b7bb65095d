"""Tables show numbers as readers want them, and never a value as markup."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from alertmill.plotting.tables import format_value, show_choices, show_table, show_text


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (None, "", ""),
        (True, "", "yes"),
        (1234567, "", "1,234,567"),
        (0.5, "", "0.500"),
        (123.456, "", "123.5"),
        (98765.4, "volume_usd", "98,765"),
        (0.0000123, "", "1.2e-05"),
        (0.0, "", "0"),
        (999_999_999_999_999.0, "", "999,999,999,999,999"),
        (1e300, "", "1.0e+300"),
        (-2e15, "", "-2.0e+15"),
        (0.987, "missed_share", "98.7"),
        (28.071, "alerts_per_day", "28.1"),
        (1036.6, "cost_per_day", "1,036.6"),
        (0.0214, "alerts_per_day", "0.021"),
        (float("nan"), "", "not a number"),
        (float("-inf"), "", "infinite"),
        (date(2024, 1, 2), "", "2024-01-02"),
        ([1, 2000], "", "1, 2,000"),
    ],
)
def test_a_value_is_written_for_a_reader(value: object, column: str, text: str) -> None:
    assert text == format_value(value, column)


def test_a_value_never_becomes_markup() -> None:
    frame = pl.DataFrame({"<b>name</b>": ["<script>alert(1)</script>"]})

    html = show_table(frame, "<i>caption</i>")._repr_html_()

    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html


def test_only_table_tags_and_classes_are_used() -> None:
    html = show_table(pl.DataFrame({"n": [1], "name": ["x"]}), "c")._repr_html_()

    tags = set(re.findall(r"</?([a-z]+)", html))
    attributes = set(re.findall(r"\s([a-z]+)=", html))
    assert tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert attributes <= {"class", "scope"}


def test_heads_carry_units() -> None:
    html = show_table(pl.DataFrame({"volume_usd": [1.0], "missed_share": [0.1]}), "c")._repr_html_()

    assert "volume (USD)" in html
    assert "missed share (%)" in html


def test_left_out_rows_are_told() -> None:
    table = show_table(pl.DataFrame({"n": range(250)}), "Numbers", max_rows=100)

    assert table.frame.height == 100
    assert "150 more rows are not shown" in table._repr_html_()


def test_an_empty_table_says_so() -> None:
    html = show_table(pl.DataFrame({"n": []}), "Numbers", empty="no alert")._repr_html_()

    assert "no alert" in html


def test_a_sentence_is_escaped() -> None:
    assert show_text("1 < 2")._repr_html_() == "<p>1 &lt; 2</p>"


def test_long_text_is_marked_so_that_a_page_can_give_it_room() -> None:
    frame = pl.DataFrame({"meaning": ["Short.", "A sentence that needs more than one line."]})

    html = show_table(frame, "c")._repr_html_()

    assert "<td>Short.</td>" in html
    assert '<td class="text">A sentence' in html


def test_columns_beyond_the_eighth_are_marked_so_that_a_page_can_fold_them() -> None:
    html = show_table(pl.DataFrame({f"c{n}": [n] for n in range(10)}), "c")._repr_html_()

    assert 2 == html.count('<th class="number more" scope="col">')
    assert 2 == html.count('<td class="number more">')
    assert html.index("more") > html.index(">c7<")


def test_a_table_of_choices_is_marked_so_that_a_page_can_give_it_a_slider() -> None:
    html = show_choices(pl.DataFrame({"n": [1]}), "c", columns=["alerts"])._repr_html_()

    assert '<table class="alertmill explorer">' in html


def test_a_long_list_of_numbers_is_cut_on_one_line() -> None:
    assert format_value(list(range(24))) == "0, 1, 2, 3, … (24)".replace(" ", "\u00a0")


def test_a_list_of_names_is_shown_whole() -> None:
    assert format_value(["one", "two", "three", "four", "five", "six"]).count(",") == 5
