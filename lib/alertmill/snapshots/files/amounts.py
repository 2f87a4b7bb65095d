"""Read amounts, exactly where the file has them exactly, as numbers of whole units."""

from __future__ import annotations

import polars as pl

from alertmill.snapshots.files.cells import Cells, all_bad, lost, n_rows, without_null_words
from alertmill.snapshots.loading import MONEY

_SCALE = 18
_EXPECTED = "a number from 0 to below 1e20"
_IN_SMALLEST_UNIT = (
    "; a whole number this large is mostly in the smallest unit of the asset (wei, satoshi): give "
    "--amount-decimals, such as 18"
)
_DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_MOST_DECIMALS = 77


def read_amounts(
    found: pl.Series, *, decimals: int | pl.Series | None = None, has_thousands: bool = False
) -> Cells:
    """Read a column of amounts.

    Parameters
    ----------
    found : Series
        Whole numbers, floats, decimals or text. Digits beyond the 18th behind the point are
        rounded and counted in a remark.
    decimals : int or Series, optional
        Digits behind the point of an asset: the amounts are whole numbers of its smallest unit, up
        to 256 bits as text. A series has one for each row.
    has_thousands : bool
        Whether a comma groups digits, and a dollar sign may stand before them. Without it both are
        refused, because a comma may as well stand for the point.

    Returns
    -------
    Cells
        Decimal(38, 18), not negative and below 1e20. A float becomes the shortest decimal that
        stands for it, as it is printed.
    """
    dtype = found.dtype
    if dtype == pl.Null:
        return Cells(found.cast(MONEY), found.is_not_null(), _EXPECTED)
    if dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.Enum):
        texts = without_null_words(found.cast(pl.String))
        source = found.cast(pl.String).set(texts.is_null(), None)
        if has_thousands:
            texts = _without_grouping(texts)
    elif dtype.is_numeric():
        texts, source = None, found
    else:
        return all_bad(found, MONEY, _EXPECTED)
    if decimals is not None:
        return _scaled(source, source if texts is None else texts, decimals)
    if texts is not None:
        return _exact(source, texts.set(~texts.str.contains(_DECIMAL).fill_null(value=True), None))
    if dtype.is_float():
        return _checked(source, money_of(source))
    return _exact(source, source)


def money_of(floats: pl.Series) -> pl.Series:
    """Return floats as the decimals they are printed as: a cast would store 199999.99999999998.

    What is no finite number, or has more than 20 digits before the point, becomes null.
    """
    return floats.cast(pl.String).cast(MONEY, strict=False)


def floats_of(money: pl.Series) -> pl.Series:
    """Return decimals as the floats nearest to them."""
    return money.cast(pl.String).cast(pl.Float64)


def _without_grouping(texts: pl.Series) -> pl.Series:
    plain = texts.str.replace(r"^\$", "")
    is_grouped = plain.str.contains(_THOUSANDS).fill_null(value=False)
    return plain.zip_with(~is_grouped, plain.str.replace_all(",", "", literal=True))


def _exact(found: pl.Series, numbers: pl.Series) -> Cells:
    values = numbers.cast(MONEY, strict=False)
    remarks: tuple[str, ...] = ()
    if isinstance(numbers.dtype, pl.Decimal) and numbers.dtype.scale > _SCALE:
        remarks = _rounded(int((values.cast(numbers.dtype, strict=False) != numbers).sum()))
    elif numbers.dtype == pl.String:
        remarks = _rounded(int(numbers.str.contains(r"\.\d{18}\d*[1-9]").sum()))
    return _checked(found, values, remarks)


def _rounded(n: int) -> tuple[str, ...]:
    if not n:
        return ()
    return (f"has more than 18 digits behind the point in {n_rows(n)}: rounded to 18",)


def _checked(found: pl.Series, values: pl.Series, remarks: tuple[str, ...] = ()) -> Cells:
    is_in = values >= 0
    is_bad = lost(found, values) | ~is_in.fill_null(value=True)
    return Cells(values, is_bad, _expected_of(found, is_bad), remarks)


def _expected_of(found: pl.Series, is_bad: pl.Series) -> str:
    if not is_bad.any():
        return _EXPECTED
    first = str(found[int(is_bad.arg_max() or 0)]).strip()
    if first.isdigit():
        return _EXPECTED + _IN_SMALLEST_UNIT
    if "," in first:
        return f"{_EXPECTED}, written with a point and without commas"
    return _EXPECTED


def _scaled(found: pl.Series, numbers: pl.Series, decimals: int | pl.Series) -> Cells:
    """Divide whole numbers of the smallest unit by ten to the power of the decimals."""
    expected = f"a whole number of the smallest unit, below 1e20 with {_named(decimals)} decimals"
    if numbers.dtype.is_float():
        whole = numbers.cast(pl.Int128, strict=False)
        texts = whole.set((whole != numbers).fill_null(value=False), None).cast(pl.String)
    elif isinstance(numbers.dtype, pl.Decimal):
        texts = numbers.cast(pl.String).str.replace(r"\.0*$", "")
    else:
        texts = numbers.cast(pl.String)
    frame = pl.DataFrame({"text": texts}).with_columns(
        digits=pl.lit(decimals, pl.Int64) if isinstance(decimals, int) else decimals.cast(pl.Int64)
    )
    is_usable = pl.col("text").str.contains(r"^\d+$") & pl.col("digits").is_between(
        0, _MOST_DECIMALS
    )
    padded = pl.col("text").str.zfill(pl.col("digits") + 1)
    n_whole = padded.str.len_bytes() - pl.col("digits")
    joined = padded.str.slice(0, n_whole) + "." + padded.str.slice(n_whole)
    point = frame.select(pl.when(is_usable).then(joined)).to_series()
    cells = _exact(found, point)
    return Cells(cells.values, cells.is_bad, expected, cells.remarks)


def _named(decimals: int | pl.Series) -> str:
    return str(decimals) if isinstance(decimals, int) else "the asset's"
