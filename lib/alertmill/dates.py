"""Ranges of processing dates."""

from __future__ import annotations

from datetime import date

from alertmill.errors import DateRangeError

FIRST_DATE, LAST_DATE = date(2009, 1, 1), date(2100, 1, 1)
"""As the timestamps of transfers; the database holds no date before 1970 or after 2149."""


def check_range(start: date, end: date) -> None:
    """Refuse dates between which no snapshot can be; both ends are inclusive.

    Raises
    ------
    DateRangeError
        If the range ends before it starts, or goes beyond the dates that a snapshot can have.
    """
    if end < start:
        raise DateRangeError.of(start, end)
    if start < FIRST_DATE or end > LAST_DATE:
        raise DateRangeError.beyond(start, end, first=FIRST_DATE, last=LAST_DATE)
