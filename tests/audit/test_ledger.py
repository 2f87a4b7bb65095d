"""The ledger: each entry follows the one before, whoever writes, and every change is found."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from alertmill.audit.chain import check_chain
from alertmill.audit.entries import EntryKind
from alertmill.audit.heads import KnownHead, LedgerHead, heads_in_file
from alertmill.audit.ledger import SignedLedger, StoredEntry, entry_paths, read_entries
from alertmill.audit.trust import Revocation, TrustedKeys, TrustStore
from alertmill.errors import ConfigurationError, SignedLedgerError
from tests.audit.writing import NOW, enter_many, made_file, trusted
from tests.support.signing import key_of, signed_ledger


def found(runs_dir: Path, *heads: KnownHead, keys: TrustedKeys | None = None) -> list[str]:
    """Return what a check of the chain says."""
    known = trusted() if keys is None else keys
    return [f.sentence for f in check_chain(read_entries(runs_dir), known, heads)]


@pytest.fixture
def five(tmp_path: Path) -> Path:
    """A runs folder with five entries."""
    enter_many(tmp_path / "runs", range(5))
    return tmp_path / "runs"


def test_each_entry_repeats_the_digest_of_the_one_before(five: Path) -> None:
    entries = read_entries(five)

    said = [stored.entry for stored in entries]
    assert [1, 2, 3, 4, 5] == [entry.number for entry in said if entry]
    assert ["", *(stored.sha256 for stored in entries[:-1])] == [
        entry.previous for entry in said if entry
    ]
    assert [] == found(five)


def test_an_empty_ledger_is_sound(tmp_path: Path) -> None:
    assert [] == found(tmp_path)
    assert signed_ledger(tmp_path / "runs").head is None


def test_the_same_file_is_entered_once_and_a_changed_one_again(tmp_path: Path) -> None:
    ledger = signed_ledger(tmp_path / "runs")
    path = made_file(tmp_path / "runs", 1)

    once, again = (ledger.enter(EntryKind.RUN, path) for _ in range(2))
    path.write_text("published again")
    anew = ledger.enter(EntryKind.RUN, path)

    assert (1, 1, 2) == (once.number, again.number, anew.number)
    assert [] == found(tmp_path / "runs")


def test_a_file_outside_the_runs_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.json"
    path.write_text("{}")

    with pytest.raises(SignedLedgerError, match="does not lie in the runs folder"):
        signed_ledger(tmp_path / "runs").enter(EntryKind.RUN, path)


@pytest.mark.process
def test_processes_that_write_together_make_one_chain(tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    parts = [(runs_dir, range(first, first + 5)) for first in range(0, 20, 5)]

    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(enter_many, parts)

    assert 20 == len(entry_paths(runs_dir))
    assert [] == found(runs_dir)


def test_a_changed_entry_is_named_and_so_is_what_follows_it(five: Path) -> None:
    path = entry_paths(five)[2]
    path.write_bytes(path.read_bytes().replace(b'"payload":"', b'"payload":"AAAA'))

    following = f"signed-ledger/{entry_paths(five)[3].name}"
    assert [
        f"signed-ledger/{path.name}: it holds no entry, or that of another file name",
        f"{following}: it was signed after another entry 3 than the one that is there",
    ] == found(five)


def test_an_entry_that_is_gone_is_noticed_in_the_middle(five: Path) -> None:
    last = entry_paths(five)[3]
    entry_paths(five)[2].unlink()

    assert [f"signed-ledger/{last.name}: 1 entry before it is gone"] == found(five)


def test_a_link_in_place_of_an_entry_is_noticed(five: Path) -> None:
    path = entry_paths(five)[1]
    path.rename(five.parent / "away.json")
    path.symlink_to(five.parent / "away.json")

    assert [f"signed-ledger/{path.name}: it is a link, expected a file"] == found(five)


def test_a_first_entry_that_is_gone_is_noticed(five: Path) -> None:
    entry_paths(five)[0].unlink()

    assert ["signed-ledger: it begins with entry 2, expected 1"] == found(five)


def test_an_end_that_was_cut_off_is_noticed_by_a_head_that_was_kept_elsewhere(five: Path) -> None:
    head = signed_ledger(five).head
    assert head is not None
    entry_paths(five)[4].unlink()

    assert [] == found(five), "a shorter chain is sound in itself"
    assert [
        "signed-ledger: it ends at entry 4, but a letter knows entry 5: its end was cut off"
    ] == found(five, KnownHead(head, "a letter"))


def test_a_ledger_that_was_signed_anew_is_another_one_than_is_known(five: Path) -> None:
    head = signed_ledger(five).head
    assert head is not None
    for path in entry_paths(five):
        path.unlink()
    enter_many(five, range(5, 10))

    assert [] == found(five)
    assert ["signed-ledger: entry 5 is another one than a letter knows"] == found(
        five, KnownHead(head, "a letter")
    )


def test_an_entry_by_a_key_that_nobody_trusts_does_not_count(five: Path) -> None:
    signed_ledger(five, key=2).enter(EntryKind.RUN, made_file(five, 9))

    last = entry_paths(five)[5]
    assert [f"signed-ledger/{last.name}: no trusted key has signed it"] == found(five)
    both = TrustedKeys.only(key_of(1).public, key_of(2).public, now=NOW)
    assert [] == found(five, keys=both)


def test_after_a_rotation_entries_of_both_keys_count_and_of_the_old_one_no_later(
    five: Path,
) -> None:
    store = TrustStore(five.parent / "state" / "keys" / "trusted.json")
    store.revoke(key_of().key_id, Revocation(at=NOW, reason="rotated", last_number=5))
    signed_ledger(five, key=2).enter(EntryKind.RUN, made_file(five, 9))
    assert [] == found(five, keys=store.read())

    stolen = TrustStore(five.parent / "thief" / "trusted.json")
    SignedLedger(five, key_of(), stolen).enter(EntryKind.RUN, made_file(five, 10))

    (deviation,) = found(five, keys=store.read())
    assert deviation.endswith("that signed it was revoked after entry 5: rotated")


def test_an_entry_that_stands_there_twice_is_noticed(five: Path) -> None:
    last = entry_paths(five)[4]
    last.with_name("00000005-000000000000.json").write_bytes(last.read_bytes())

    assert "signed-ledger/00000005-000000000000.json" in " ".join(found(five))


def test_heads_are_appended_to_the_file_of_the_operator(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "heads.txt"
    ledger = signed_ledger(tmp_path / "runs", head_file=file)

    entered = [ledger.enter(EntryKind.RUN, made_file(tmp_path / "runs", n)) for n in range(3)]

    assert [stored.head for stored in entered] == [known.head for known in heads_in_file(file)]
    assert [] == heads_in_file(tmp_path / "none.txt")


def test_a_head_is_read_as_it_was_printed_and_nothing_else_is() -> None:
    head = LedgerHead(number=12, sha256="ab" * 32)

    assert head == LedgerHead.of_text(head.text)
    for text in ("", "12", f"0:{'ab' * 32}", f"12:{'ab' * 31}", f"12:{'AB' * 32}"):
        with pytest.raises(ConfigurationError, match="is no head of a ledger"):
            LedgerHead.of_text(text)


def test_a_file_without_sense_holds_no_entry(tmp_path: Path) -> None:
    for content in (b"", b"{}", b"\xff", b'{"payload":"","payloadType":"x","signatures":[]}'):
        assert StoredEntry(tmp_path / "00000001-000000000000.json", content).entry is None
