"""How two files that should be equal differ: in which rows, values or numbers, and by how much."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from alertmill.files import sha256_of
from alertmill.wording import counted, listing

_MOST_NAMED = 3
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DIGESTS = frozenset({"model_id", "booster_sha256", "calibrator_sha256", "canary_sha256"})
"""Fields that follow from the bytes of a model: they differ wherever a bit of it does."""
_TIMED = frozenset({"seconds"})
"""Columns that tell how long something took."""


@dataclass(frozen=True)
class FileDifference:
    """How a file that was made again differs from the one of the run."""

    path: str
    text: str
    """What differs, for people."""
    relative: float | None = None
    """Greatest relative difference of two numbers; None if something else than numbers differs."""


def difference_of(path: str, then: Path, now: Path) -> FileDifference | None:
    """Return how a file differs; None if it does not.

    Parameters
    ----------
    path : str
        Name of the file in a run folder.
    then, now : Path
        The file of the run, and the one that was made again.
    """
    if not then.is_file():
        return FileDifference(path, "the run does not have it")
    if not now.is_file():
        return FileDifference(path, "it was not made again")
    if sha256_of(then) == sha256_of(now):
        return None
    try:
        found = _compare(path, then, now)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())[:200]
        return FileDifference(path, f"one of the two cannot be read: {reason}")
    return found


def differing_fields(then: object, now: object) -> dict[str, tuple[object, object]]:
    """Return the fields in which two documents differ, by their place, with both values."""
    return {place: (before, here) for place, before, here in _walk("", then, now)}


def _compare(path: str, then: Path, now: Path) -> FileDifference | None:
    if then.suffix == ".parquet":
        return _of_frames(path, pl.read_parquet(then), pl.read_parquet(now))
    if then.suffix == ".json":
        return _of_documents(path, json.loads(then.read_bytes()), json.loads(now.read_bytes()))
    return _of_texts(path, then.read_text(encoding="utf-8"), now.read_text(encoding="utf-8"))


def _of_frames(path: str, then: pl.DataFrame, now: pl.DataFrame) -> FileDifference | None:
    then, now = (frame.drop(*(_TIMED & {*frame.columns})) for frame in (then, now))
    if then.schema != now.schema:
        odd = sorted({*then.schema.items()} ^ {*now.schema.items()}, key=str)
        return FileDifference(path, f"other columns: {_named(dict.fromkeys(n for n, _ in odd))}")
    if then.height != now.height:
        return FileDifference(path, f"{counted(now.height, 'row')}, the run has {then.height:,}")
    found = {name: _of_columns(then[name], now[name]) for name in then.columns}
    differing = {name: relative for name, relative in found.items() if relative != 0}
    if not differing:  # the times alone, or how the file was compressed
        return None
    n_rows = int((~_is_same_row(then, now, differing)).sum())
    where = f"{counted(n_rows, 'row')} of {then.height:,} in {_named(differing)}"
    return _measured(path, where, differing.values())


def _is_same_row(then: pl.DataFrame, now: pl.DataFrame, names: Mapping[str, object]) -> pl.Series:
    same = [then[name].eq_missing(now[name]).alias(name) for name in names]
    return pl.DataFrame(same).select(pl.all_horizontal(pl.all())).to_series()


def _of_columns(then: pl.Series, now: pl.Series) -> float:
    """Return the greatest relative difference; infinity where other than numbers differ."""
    if then.equals(now, null_equal=True):
        return 0.0
    if isinstance(then.dtype, pl.List) and then.list.len().equals(now.list.len()):
        return _of_columns(then.explode(), now.explode())
    if not then.dtype.is_float() or not then.is_null().equals(now.is_null()):
        return math.inf
    pairs = zip(then.drop_nulls(), now.drop_nulls(), strict=True)
    return max((_relative(a, b) for a, b in pairs), default=0.0)


def _of_documents(path: str, then: object, now: object) -> FileDifference | None:
    found = {place: _of_values(before, here) for place, before, here in _walk("", then, now)}
    if not found:
        return None
    differing = {
        place: relative
        for place, relative in found.items()
        if place.rpartition(".")[2] not in _DIGESTS
    }
    if not differing:
        return FileDifference(path, "the digests of the model", 0.0)
    return _measured(path, _named(differing), differing.values())


def _walk(place: str, then: object, now: object) -> Iterator[tuple[str, object, object]]:
    """Yield every place of a document where it differs, with both values."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*then, *now]):
            inner = f"{place}.{name}" if place else str(name)
            yield from _walk(inner, then.get(name), now.get(name))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (a, b) in enumerate(zip(then, now, strict=True)):
            yield from _walk(f"{place}[{number}]", a, b)
    elif then != now:
        yield place, then, now


def _of_values(then: object, now: object) -> float:
    if isinstance(then, float) and isinstance(now, float):
        return _relative(then, now)
    return math.inf


def _of_texts(path: str, then: str, now: str) -> FileDifference:
    """Compare texts that are alike but for their numbers, such as the trees of a model."""
    if _NUMBER.sub("#", then) != _NUMBER.sub("#", now):
        lines = then.splitlines(), now.splitlines()
        n_other = sum(a != b for a, b in zip(*lines, strict=False)) + abs(
            len(lines[0]) - len(lines[1])
        )
        return FileDifference(path, f"{counted(n_other, 'line')} of {len(lines[0]):,}")
    pairs = list(zip(_NUMBER.findall(then), _NUMBER.findall(now), strict=True))
    differing = [_relative(float(a), float(b)) for a, b in pairs if a != b]
    return _measured(path, f"{counted(len(differing), 'number')} of {len(pairs):,}", differing)


def _measured(path: str, text: str, differing: Iterable[float]) -> FileDifference:
    greatest = max(differing)
    if math.isinf(greatest):
        return FileDifference(path, text)
    return FileDifference(path, f"{text}, by at most {greatest:.1e} of the value", greatest)


def _relative(a: float, b: float) -> float:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b))


def _named(names: Mapping[str, object]) -> str:
    """List the first names, and say how many there are besides."""
    first = [*names][:_MOST_NAMED]
    more = [f"{len(names) - len(first):,} more"] if len(names) > len(first) else []
    return listing([*first, *more])
