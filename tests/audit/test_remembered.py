"""The database remembers the ledger, so that nobody can cut off its end in the runs folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.audit.chain import check_chain
from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import entry_paths, read_entries
from alertmill.audit.remembered import remember_entries, remembered_heads
from alertmill.errors import SignedLedgerError
from alertmill.storage import Client
from alertmill.storage.ledger_entries import fetch_ledger_entries
from tests.audit.writing import enter_many, made_file, trusted
from tests.support.signing import signed_ledger


def test_entries_are_remembered_once_and_those_of_other_networks_are_not(
    client: Client, tmp_path: Path
) -> None:
    runs_dir = tmp_path / "runs"
    ledger = signed_ledger(runs_dir)
    enter_many(runs_dir, range(3))
    other = runs_dir / "tron" / "20260105T060000Z-00000000" / "manifest.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    ledger.enter(EntryKind.RUN, other)

    counts = [remember_entries(client, ledger, "ethereum") for _ in range(2)]
    enter_many(runs_dir, range(3, 5))
    counts.append(remember_entries(client, ledger, "ethereum"))

    assert [3, 0, 2] == counts
    assert [1, 2, 3, 5, 6] == fetch_ledger_entries(client)["number"].to_list()
    heads = remembered_heads(client, "ethereum")
    assert [] == check_chain(read_entries(runs_dir), trusted(), heads)


def test_an_end_that_was_cut_off_is_known_to_the_database(client: Client, tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    enter_many(runs_dir, range(3))
    remember_entries(client, signed_ledger(runs_dir), "ethereum")
    entry_paths(runs_dir)[-1].unlink()

    heads = remembered_heads(client, "ethereum")

    (deviation,) = check_chain(read_entries(runs_dir), trusted(), heads)
    assert (
        "signed-ledger: it ends at entry 2, but the database of ethereum knows entry 3: its end "
        "was cut off" == deviation.sentence
    )


def test_an_entry_of_a_stranger_is_not_remembered(client: Client, tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    enter_many(runs_dir, range(2))
    thief = signed_ledger(tmp_path / "elsewhere" / "runs", key=2)
    thief.runs_dir = runs_dir
    thief.enter(EntryKind.RUN, made_file(runs_dir, 7))

    with pytest.raises(SignedLedgerError, match="no trusted key has signed it"):
        remember_entries(client, signed_ledger(runs_dir), "ethereum")

    assert fetch_ledger_entries(client).is_empty()
