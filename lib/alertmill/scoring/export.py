"""Write scores to a file that other programs, or a spreadsheet, read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import polars.selectors as cs

from alertmill.errors import ConfigurationError, NoScoresError
from alertmill.files import write_parquet, write_text

_FORMULA = r"^[=+\-@\t\r\n]"
"""Texts that a spreadsheet takes for a formula (OWASP, CSV Injection)."""
_ENDINGS = (".parquet", ".csv")


def check_ending(path: Path) -> None:
    """Refuse a file whose name does not say in which format it is to be written.

    Raises
    ------
    ConfigurationError
        If the name ends neither with .parquet nor with .csv.
    """
    if path.suffix not in _ENDINGS:
        raise ConfigurationError(
            f"the file {path} ends with {path.suffix or 'nothing'!r}; expected one of "
            f"{', '.join(_ENDINGS)}."
        )


def export_scores(scores: pl.DataFrame, path: Path, *, first: date, last: date) -> None:
    """Write scores as parquet or CSV, by the ending of the name.

    In CSV a text that a spreadsheet would take for a formula begins with an apostrophe.

    Parameters
    ----------
    scores : DataFrame
        As `alertmill.storage.scores.fetch_scores` returns them.
    first, last : date
        Range that was asked for, both inclusive.

    Raises
    ------
    ConfigurationError
        If the name of the file has another ending.
    NoScoresError
        If there are no scores.
    """
    check_ending(path)
    if scores.is_empty():
        raise NoScoresError.of(first, last)
    if path.suffix == ".parquet":
        write_parquet(path, scores)
    else:
        write_text(path, without_formulas(scores).write_csv())


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before every text that looks like a formula."""
    text = cs.string()
    return frame.with_columns(
        pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
