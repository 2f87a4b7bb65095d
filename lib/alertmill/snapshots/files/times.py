"""Read points in time, however an export writes them, as milliseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import polars as pl

from alertmill.snapshots.files.cells import Cells, all_bad, lost, without_null_words


class TimeUnit(StrEnum):
    """Units in which exports count the time since 1970."""

    S = "s"
    MS = "ms"
    US = "us"
    NS = "ns"


_FIRST_MS = 1_230_768_000_000
"""2009-01-01, UTC."""
_LAST_MS = 4_102_444_800_000
"""2100-01-01, UTC."""
_PER_SECOND = {TimeUnit.S: 1, TimeUnit.MS: 10**3, TimeUnit.US: 10**6, TimeUnit.NS: 10**9}
_EXPECTED = "milliseconds since 1970, UTC, from 2009 to 2100, or a datetime"
_NUMBER = r"^[+-]?\d+(\.\d*)?$"
_ISO = (
    r"(?i)^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9})\d*)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\s+UTC)?$"
)
_DATE, _CLOCK, _FRACTION, _ZONE = "1", "2", "3", "4"


def read_times(found: pl.Series, unit: TimeUnit | None = None) -> Cells:
    """Read a column of times.

    Parameters
    ----------
    found : Series
        Datetimes with or without a zone (without: UTC), dates (00:00 UTC), numbers, or text: ISO
        8601 or digits. Parts of a millisecond are cut off.
    unit : TimeUnit, optional
        Of numbers; milliseconds without it.

    Returns
    -------
    Cells
        Values as Int64, from 2009 to 2100.
    """
    dtype = found.dtype
    if isinstance(dtype, pl.Datetime):
        return _in_range(found, found.dt.epoch("ms"), _zone_remark(is_known=bool(dtype.time_zone)))
    if dtype == pl.Date:
        return _in_range(found, found.dt.epoch("d").cast(pl.Int64) * 86_400_000, _DAY_REMARK)
    if dtype == pl.Float32:
        return all_bad(found, pl.Int64, f"{_EXPECTED}; {_TOO_COARSE}")
    if dtype.is_numeric():
        return _read_numbers(found, found, unit)
    if dtype in (pl.String, pl.Categorical, pl.Null) or isinstance(dtype, pl.Enum):
        return _read_texts(found.cast(pl.String), unit)
    return all_bad(found, pl.Int64, _EXPECTED)


_TOO_COARSE = "float32 is exact to two minutes only: write whole numbers or float64"
_DAY_REMARK = ("holds days without a time of day: they count as 00:00 UTC",)


def _zone_remark(*, is_known: bool) -> tuple[str, ...]:
    return () if is_known else ("has no time zone: taken as UTC",)


def _in_range(
    found: pl.Series, values: pl.Series, remarks: tuple[str, ...] = (), expected: str = _EXPECTED
) -> Cells:
    is_out = ~values.is_between(_FIRST_MS, _LAST_MS).fill_null(value=True)
    return Cells(values, lost(found, values) | is_out, expected, remarks)


def _read_numbers(found: pl.Series, numbers: pl.Series, unit: TimeUnit | None) -> Cells:
    counted = unit or TimeUnit.MS
    per_second = _PER_SECOND[counted]
    low, high = _FIRST_MS * per_second // 1000, _LAST_MS * per_second // 1000
    # Before the multiplication, which could wrap around.
    is_in = numbers.is_between(low, high).fill_null(value=False)
    kept = numbers.set(~is_in, None) if numbers.null_count() < len(numbers) else numbers
    if counted == TimeUnit.S and not numbers.dtype.is_integer():
        values = (kept.cast(pl.Float64) * 1000).round().cast(pl.Int64)
        is_bad = lost(found, values)
    else:
        whole = kept.cast(pl.Int64, strict=False)
        is_bad = lost(found, whole) | (kept != whole).fill_null(value=False)
        values = whole * 1000 if counted == TimeUnit.S else whole // (per_second // 1000)
    return Cells(values, is_bad, _expected_of(numbers, is_bad, unit))


def _expected_of(numbers: pl.Series, is_bad: pl.Series, unit: TimeUnit | None) -> str:
    """Say in which unit the first bad number would be a time."""
    if not is_bad.any():
        return _EXPECTED
    first = numbers[int(is_bad.arg_max() or 0)]
    wanted = _EXPECTED if unit in (None, TimeUnit.MS) else f"times in {unit}, from 2009 to 2100"
    for other, per_second in _PER_SECOND.items():
        if other == (unit or TimeUnit.MS) or first is None:
            continue
        if _FIRST_MS <= float(first) / per_second * 1000 <= _LAST_MS:
            at = datetime.fromtimestamp(float(first) / per_second, UTC)
            return (
                f"{wanted}; in {other} it is {at:%Y-%m-%d %H:%M:%S}: "
                f"{_factor(other)}, or give --time-unit {other}"
            )
    return wanted


def _factor(unit: TimeUnit) -> str:
    per_second = _PER_SECOND[unit]
    if per_second < _PER_SECOND[TimeUnit.MS]:
        return f"multiply by {1000 // per_second:,}"
    return f"divide by {per_second // 1000:,}" if per_second > 1000 else "leave --time-unit out"  # noqa: PLR2004


def _read_texts(found: pl.Series, unit: TimeUnit | None) -> Cells:
    texts = without_null_words(found)
    words = found.set(texts.is_null(), None)
    present = texts.drop_nulls()
    if len(present) and present.head(1).str.contains(_NUMBER).all():
        is_whole = bool(present.str.contains(r"^[+-]?\d+$").all())
        numbers = texts.cast(pl.Int64 if is_whole else pl.Float64, strict=False)
        cells = _read_numbers(words, numbers, unit)
        return Cells(cells.values, cells.is_bad | lost(words, numbers), cells.expected)
    return _read_iso(words, texts)


def _read_iso(found: pl.Series, texts: pl.Series) -> Cells:
    fields = texts.str.extract_groups(_ISO).struct.unnest()
    clock = pl.col(_CLOCK).fill_null("00:00:00")
    seconds = pl.when(clock.str.len_bytes() == len("00:00")).then(clock + ":00").otherwise(clock)
    at = (pl.col(_DATE) + " " + seconds).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="ms", strict=False
    )
    fraction = pl.col(_FRACTION).fill_null("").str.pad_end(3, "0").str.slice(0, 3).cast(pl.Int64)
    values = fields.select(at.dt.epoch("ms") + fraction - _offset_ms())[_DATE]
    is_zoned = fields[_ZONE].is_not_null() | texts.is_null()
    has_clock = fields[_CLOCK].is_not_null() | texts.is_null()
    remarks = (
        *_zone_remark(is_known=bool(is_zoned.all()) or not bool(has_clock.any())),
        *(() if bool(has_clock.all()) else _DAY_REMARK),
    )
    expected = f"{_EXPECTED} such as 2024-01-31 13:45:00 or 2024-01-31T13:45:00.123+02:00"
    return _in_range(found, values, remarks, expected)


def _offset_ms() -> pl.Expr:
    """Return how far the zone of a text is ahead of UTC."""
    digits = pl.col(_ZONE).str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(
        2, 2
    ).cast(pl.Int64, strict=False)
    sign = pl.when(pl.col(_ZONE).str.starts_with("-")).then(-1).otherwise(1)
    return (minutes * sign * 60_000).fill_null(0)
