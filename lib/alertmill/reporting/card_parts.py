"""What a section of a model card is made of, so that every rendering shows the same text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl
from pydantic import Field

from alertmill.frozen_model import FrozenModel
from alertmill.plotting.tables import format_value


class CardTable(FrozenModel):
    """A table of text."""

    caption: str
    heads: tuple[str, ...] = Field(description="At most eight.")
    rows: tuple[tuple[str, ...], ...]


class CardSection(FrozenModel):
    """One question of a model-risk team, and what the run answers."""

    key: str = Field(description="Anchor in the page.")
    title: str
    asked_by: str = Field(description="Where SR 11-7 and SS1/23 ask for it.")
    sentences: tuple[str, ...] = ()
    tables: tuple[CardTable, ...] = ()


def fact_table(caption: str, facts: Iterable[tuple[str, str]]) -> CardTable:
    """Return a table of names and values."""
    return CardTable(caption=caption, heads=("", ""), rows=tuple(facts))


def frame_table(caption: str, frame: pl.DataFrame, heads: Sequence[str]) -> CardTable:
    """Return a frame as a table, its numbers as the reports write them."""
    return CardTable(
        caption=caption,
        heads=tuple(heads),
        rows=tuple(
            tuple(format_value(value, name) for name, value in zip(frame.columns, row, strict=True))
            for row in frame.iter_rows()
        ),
    )
