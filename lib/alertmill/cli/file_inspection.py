"""The command that shows what of a file fits and what would be refused, before a load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from alertmill.cli.file_options import (
    TRANSFER_CHOICES,
    MaxRowsOption,
    TransferChoices,
    label_options,
    row_policy,
)
from alertmill.cli.generated import with_options
from alertmill.cli.options import JsonOption, NetworkOption, print_json, print_table, say
from alertmill.errors import BAD_INPUT
from alertmill.vocabulary import Network
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.snapshots.files.inspection import FileKind, Inspection

_COLUMNS = ("our column", "column of the file", "type", "status", "rows refused")


@with_options(TRANSFER_CHOICES)
def inspect(
    file: Annotated[str, typer.Argument(help="File, folder of part files, or pattern in quotes.")],
    *,
    network: NetworkOption = Network.ETHEREUM,
    as_kind: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="transfers|labels", help="Kind of the file; found by its columns."
        ),
    ] = None,
    max_rows: MaxRowsOption = 20_000_000,
    as_json: JsonOption = False,
    **given: Any,  # noqa: ANN401 - the fields of TransferChoices
) -> None:
    """Read a file of transfers or labels and say what it is, what fits and what would be refused.

    Nothing is loaded. Ends with exit code 2 if a load would refuse the file.
    """
    from alertmill.snapshots.files.inspection import FileKind, inspect_file

    kind, policy = _named_kind(as_kind), row_policy(max_rows=max_rows)
    choices = TransferChoices(**given)
    if kind == FileKind.LABELS:
        options = label_options(policy, columns=choices.columns, time_unit=choices.time_unit)
    else:
        options = choices.options(policy)
    found = inspect_file(file, network=network, kind=kind, options=options)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)
    if not found.fits:
        raise typer.Exit(BAD_INPUT)


def _named_kind(name: str | None) -> FileKind | None:
    from alertmill.errors import UnknownNameError
    from alertmill.snapshots.files.inspection import FileKind

    if name is None:
        return None
    if name not in set(FileKind):
        raise UnknownNameError.of("kind of file", name, FileKind)
    return FileKind(name)


def _print(found: Inspection) -> None:
    files = counted(found.n_files, "file")
    times = f", {found.first_time} to {found.last_time} UTC" if found.first_time else ""
    say(f"{found.path}: {found.kind}, {found.format}, {files}, {found.n_rows:,} rows{times}")
    rows = [
        [column.column, column.of_file, column.type, column.status, f"{column.n_refused:,}"]
        for column in found.columns
    ]
    print_table(_COLUMNS, rows)
    if found.left_out:
        say(f"not read: {', '.join(found.left_out)}")
    for remark in found.remarks:
        say(f"remark: {remark}")
    for fault in found.faults:
        say(f"refused: {fault}", style="red")
    say(_verdict(found))


def _verdict(found: Inspection) -> str:
    needs = f" with --columns {found.proposed}" if found.proposed else ""
    if found.fits:
        return f"The file fits{needs}."
    rows = f"{found.n_refused_rows:,} of {found.n_rows:,} rows would be refused"
    return f"The file does not fit{needs}: {rows if found.n_refused_rows else 'see above'}."
