"""Say of a file what it is, what fits, and what would be refused, before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import polars as pl

from alertmill.errors import AlertmillError
from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.files.assets import read_assets
from alertmill.snapshots.files.columns import FileColumn, label_columns, transfer_columns
from alertmill.snapshots.files.examining import Examined, Fault, examine
from alertmill.snapshots.files.formats import Opened, open_file
from alertmill.snapshots.files.keys import doubled_rows
from alertmill.snapshots.files.mappings import ColumnMapping, mapping_of, propose
from alertmill.snapshots.files.options import FileOptions
from alertmill.snapshots.files.parts import Part, find_source
from alertmill.snapshots.files.shaping import Shaped
from alertmill.snapshots.files.spelling import spell_addresses
from alertmill.snapshots.files.valuing import read_prices, usd_columns, value
from alertmill.snapshots.transfers_file import (
    LABEL_KEY,
    TRANSFER_KEY,
    shaped_labels,
    shaped_transfers,
)
from alertmill.vocabulary import Network
from alertmill.wording import counted


class FileKind(StrEnum):
    """What a file is read as."""

    TRANSFERS = "transfers"
    LABELS = "labels"


@dataclass(frozen=True)
class InspectedColumn:
    """One column of ours, and where it comes from."""

    column: str
    of_file: str
    """Columns of the file that stand for it; empty where the file has none."""
    type: str
    status: str
    """read, absent (its default counts), missing, or refused."""
    n_refused: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Inspection:
    """What was found in a file, a folder or a pattern."""

    path: str
    kind: FileKind
    format: str
    n_files: int
    n_rows: int
    columns: Sequence[InspectedColumn] = ()
    left_out: Sequence[str] = ()
    """Columns of the file that are not read."""
    first_time: str = ""
    last_time: str = ""
    n_refused_rows: int = 0
    faults: Sequence[str] = ()
    """Why a load would stop, each in one line."""
    remarks: Sequence[str] = ()
    """What would be assumed or changed."""
    proposed: str = ""
    """Value of ``--columns`` that the result holds for, where the file needs one."""

    @property
    def fits(self) -> bool:
        """True if the file would be loaded, with the proposed mapping where there is one."""
        return not self.faults

    def to_json(self) -> dict[str, object]:
        """Return the inspection as a document."""
        return asdict(self) | {"fits": self.fits}


@dataclass(frozen=True)
class _PartInspected:
    opened: Opened
    shaped: Shaped
    examined: Examined
    columns: Sequence[FileColumn]
    faults: list[str] = field(default_factory=list)


def inspect_file(
    path: str | Path,
    *,
    network: Network,
    kind: FileKind | None = None,
    options: FileOptions | None = None,
) -> Inspection:
    """Read a file as a load would, and list everything that would stop it.

    Parameters
    ----------
    kind : FileKind, optional
        What the file is read as; found by its columns without it.
    options : FileOptions, optional
        As for a load. Without a mapping, one is proposed where the columns need it.

    Raises
    ------
    InputFileError
        If the file cannot be read at all.
    ConfigurationError
        If options contradict each other.
    """
    options = options or FileOptions()
    source = find_source(path)
    opened = [open_file(part.path, options.limits) for part in source.parts]
    kind = kind or _kind_of([*opened[0].columns, *source.parts[0].keys])
    present = [*opened[0].columns, *source.parts[0].keys]
    options, proposed = _with_mapping(present, kind, options)
    parts = [
        _inspect_part(part, one, kind, network, options)
        for part, one in zip(source.parts, opened, strict=True)
    ]
    first = parts[0]
    faults = list(dict.fromkeys(fault for part in parts for fault in part.faults))
    remarks = list(dict.fromkeys(remark for part in parts for remark in part.examined.remarks))
    times = _times(parts, kind)
    return Inspection(
        path=place(source.name),
        kind=kind,
        format=str(first.opened.format),
        n_files=len(parts),
        n_rows=sum(part.shaped.frame.height + part.shaped.n_left_out for part in parts),
        columns=_columns(parts, options.mapping),
        left_out=_left_out(first, options.mapping),
        first_time=times[0],
        last_time=times[1],
        n_refused_rows=sum(_n_refused(part.examined) for part in parts),
        faults=faults,
        remarks=remarks,
        proposed=proposed,
    )


def _kind_of(present: Sequence[str]) -> FileKind:
    """Take the kind of which more columns fit, by their own names or by those of other exports."""
    scores = {
        kind: sum(name in present for name in _required(kind))
        + bool(propose(_required(kind), _names(kind), present))
        for kind in FileKind
    }
    return max(FileKind, key=lambda kind: scores[kind] / len(_required(kind)))


def _declared(kind: FileKind) -> tuple[FileColumn, ...]:
    return transfer_columns() if kind == FileKind.TRANSFERS else label_columns()


def _names(kind: FileKind) -> list[str]:
    usd = ["amount_usd"] if kind == FileKind.TRANSFERS else []
    return [*(column.name for column in _declared(kind)), *usd]


def _required(kind: FileKind) -> list[str]:
    return [column.name for column in _declared(kind) if column.is_required]


def _with_mapping(
    present: Sequence[str], kind: FileKind, options: FileOptions
) -> tuple[FileOptions, str]:
    required = _required(kind)
    if options.mapping != ColumnMapping() or all(name in present for name in required):
        return options, ""
    proposed = propose(required, _names(kind), present)
    if not proposed:
        return options, ""
    return replace(options, mapping=mapping_of(proposed, _names(kind))), proposed


def _inspect_part(
    part: Part, opened: Opened, kind: FileKind, network: Network, options: FileOptions
) -> _PartInspected:
    if kind == FileKind.LABELS:
        shaped, columns = shaped_labels(part, network, options)
        examined = spell_addresses(examine(shaped.frame, columns), network)
        faults = _faults(shaped, examined, columns)
        return _PartInspected(
            opened, shaped, examined, columns, faults + _doubled(shaped, examined, LABEL_KEY)
        )
    assets = read_assets(options.assets, options.limits) if options.assets else None
    prices = read_prices(options.prices, options.limits) if options.prices else None
    shaped, columns, unknown = shaped_transfers(part, network, options, assets)
    priceless = ""
    try:
        columns = (*columns, *usd_columns(shaped, options))
    except AlertmillError as error:
        priceless = str(error)
    examined = spell_addresses(examine(shaped.frame, columns), network)
    examined = replace(examined, faults=[*unknown, *examined.faults])
    if not priceless and _has_all(examined, columns):
        examined = value(shaped, examined, options, prices)
    faults = [*_faults(shaped, examined, columns), *([priceless] if priceless else [])]
    return _PartInspected(
        opened, shaped, examined, columns, faults + _doubled(shaped, examined, TRANSFER_KEY)
    )


def _has_all(examined: Examined, columns: Sequence[FileColumn]) -> bool:
    return all(c.name in examined.values.columns for c in columns if c.is_required)


def _faults(shaped: Shaped, examined: Examined, columns: Sequence[FileColumn]) -> list[str]:
    missing = [c.name for c in columns if c.is_required and c.name not in shaped.frame.columns]
    lacks = [f"{shaped.path} lacks the columns {', '.join(missing)}"] if missing else []
    return [*lacks, *(_fault(shaped, fault) for fault in examined.faults)]


def _fault(shaped: Shaped, fault: Fault) -> str:
    row = fault.first_row if shaped.rows is None else int(shaped.rows[fault.first_row])
    rows = counted(fault.n_rows, "row")
    aside = f"; --set-aside {fault.reason} sets them aside" if fault.reason else ""
    return (
        f"{shaped.path}, column {fault.column!r}: {rows}, first row {row}: found "
        f"{quote(fault.first_value)}, expected {fault.expected}{aside}"
    )


def _doubled(shaped: Shaped, examined: Examined, key: Sequence[str]) -> list[str]:
    present = [name for name in key if name in examined.values.columns]
    if not present or present[0] != key[0]:
        return []
    doubled = doubled_rows(examined.values, present, path=shaped.path, remedy="")
    return [] if doubled is None else [str(doubled).removesuffix("  Nothing was loaded.")]


def _n_refused(examined: Examined) -> int:
    if not examined.faults:
        return 0
    is_bad = pl.DataFrame({str(at): fault.is_bad for at, fault in enumerate(examined.faults)})
    return int(is_bad.select(pl.any_horizontal(pl.all()).sum()).item())


def _times(parts: Sequence[_PartInspected], kind: FileKind) -> tuple[str, str]:
    name = "block_timestamp" if kind == FileKind.TRANSFERS else "known_at"
    found = [p.examined.values[name] for p in parts if name in p.examined.values.columns]
    ends = [at for times in found for at in (times.min(), times.max()) if isinstance(at, int)]
    if not ends:
        return "", ""
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (min(ends), max(ends)))
    return f"{first:%Y-%m-%d %H:%M:%S}", f"{last:%Y-%m-%d %H:%M:%S}"


def _columns(parts: Sequence[_PartInspected], mapping: ColumnMapping) -> list[InspectedColumn]:
    first = parts[0]
    counts: dict[str, int] = {}
    for part in parts:
        for fault in part.examined.faults:
            counts[fault.column] = counts.get(fault.column, 0) + fault.n_rows
    present = [*first.opened.columns, *first.shaped.part.keys]
    return [
        _column(column, first.opened, mapping.found_for(column.name, present), mapping, counts)
        for column in first.columns
    ]


def _column(
    column: FileColumn,
    opened: Opened,
    found: Sequence[str],
    mapping: ColumnMapping,
    counts: dict[str, int],
) -> InspectedColumn:
    n_refused = counts.get(column.name, 0)
    status = "refused" if n_refused else "read"
    kind = next((opened.type_of(name) for name in found if name in opened.columns), "")
    if not found and column.name in mapping.constants:
        return InspectedColumn(column.name, "", "", f"always {mapping.constants[column.name]}")
    if not found:
        status = "missing" if column.is_required else "absent"
    return InspectedColumn(column.name, ", ".join(found), kind, status, n_refused)


def _left_out(first: _PartInspected, mapping: ColumnMapping) -> list[str]:
    names = [*(column.name for column in first.columns), "amount_usd"]
    used = mapping.used(names, first.opened.columns)
    return [name for name in first.opened.columns if name not in used]
