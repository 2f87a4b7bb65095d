"""`alertmill inspect` says what a file is, and what would make it fit, and loads nothing."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import polars as pl
import pytest

from alertmill.cli.file_inspection import inspect as inspect_command
from alertmill.cli.ingest import ingest_transfers
from alertmill.snapshots.files.inspection import FileKind, inspect_file
from tests.cli.program import Program
from tests.inputs.loaded_files import LOADED, etherscan_tokens, renamed
from tests.inputs.made_up import FirstFile, N, labels, parquet, replaced, transfers
from tests.inputs.refused_files import REFUSED


@pytest.mark.parametrize("file", LOADED, ids=lambda file: file.what)
def test_what_loads_fits(file: FirstFile, tmp_path: Path) -> None:
    options = file.options_in(tmp_path) if not callable(file.options) else None
    path = file.write(tmp_path)

    found = inspect_file(
        path,
        network=file.network,
        kind=FileKind(file.kind),
        options=options or file.options_in(tmp_path),
    )

    n_set_aside = found.n_refused_rows
    assert file.n_set_aside == n_set_aside
    assert found.fits or file.n_set_aside, found.faults


def test_a_file_of_other_names_is_told_which_mapping_makes_it_fit(tmp_path: Path) -> None:
    found = inspect_file(renamed(tmp_path), network=REFUSED[0].network)

    assert found.fits
    assert {"hash=tx_id", "from=from_address", "to=to_address"} == set(found.proposed.split(","))
    assert FileKind.TRANSFERS == found.kind


def test_a_common_export_is_known_by_its_columns(tmp_path: Path) -> None:
    found = inspect_file(etherscan_tokens(tmp_path), network=REFUSED[0].network)

    assert ("etherscan-tokens", True) == (found.proposed, found.fits)


def test_labels_are_told_from_transfers(tmp_path: Path) -> None:
    found = inspect_file(parquet(labels(), tmp_path), network=REFUSED[0].network)

    assert (FileKind.LABELS, True) == (found.kind, found.fits)


def test_every_bad_column_is_named_with_its_rows(tmp_path: Path) -> None:
    frame = replaced(amount=[-1.0] * N, block_height=[1.5] + [2.0] * (N - 1)).drop("to_address")

    found = inspect_file(parquet(frame, tmp_path), network=REFUSED[0].network)

    said = "\n".join(found.faults)
    assert not found.fits
    assert N == found.n_refused_rows
    assert "lacks the columns to_address" in said
    assert "column 'amount': 6 rows, first row 0: found -1.0" in said
    assert "column 'block_height': 1 row, first row 0: found 1.5" in said


def test_the_command_prints_a_verdict_and_ends_with_2_for_a_file_that_does_not_fit(
    program: Program, tmp_path: Path
) -> None:
    path = parquet(transfers().with_columns(amount=pl.lit(-1.0)), tmp_path)

    found = program("inspect", str(path), "--json")

    assert 2 == found.code
    assert ("transfers", N, False) == tuple(
        json.loads(found.out)[name] for name in ("kind", "n_refused_rows", "fits")
    )


def test_what_makes_a_file_fit_is_an_option_of_the_load_as_well() -> None:
    look, load = (
        set(inspect.signature(command).parameters)
        for command in (inspect_command, ingest_transfers)
    )

    assert {"file", "columns", "time_unit", "prices", "assets", "max_rows"} < look
    assert look - load == {"as_kind", "as_json"}
