"""Each head of the ledger is an object of the operator's bucket, beyond the runs folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from upath import UPath

from alertmill.audit.buckets import HeadBucket
from alertmill.audit.chain import check_chain
from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import entry_paths, read_entries
from alertmill.errors import HeadPlaceError
from tests.audit.writing import made_file, trusted
from tests.support.buckets import bucket_of
from tests.support.signing import signed_ledger

URL = "s3://evidence/alertmill/"


@pytest.fixture
def bucket() -> Iterator[UPath]:
    with bucket_of("evidence") as place:
        yield place


def test_every_head_is_an_object_and_an_end_that_was_cut_off_is_missed_by_the_bucket(
    bucket: UPath, tmp_path: Path
) -> None:
    runs_dir, kept = tmp_path / "runs", HeadBucket(URL)
    ledger = signed_ledger(runs_dir, head_bucket=kept)
    assert [] == kept.heads()

    entered = [ledger.enter(EntryKind.RUN, made_file(runs_dir, n)) for n in range(3)]
    entry_paths(runs_dir)[-1].unlink()

    assert [stored.head for stored in entered] == [known.head for known in kept.heads()]
    assert 3 == len(list((bucket / "alertmill").iterdir()))
    (deviation,) = check_chain(read_entries(runs_dir), trusted(), kept.heads())
    assert "s3://evidence/alertmill knows entry 3: its end was cut off" in deviation.sentence


def test_a_head_that_the_bucket_did_not_take_is_kept_when_it_is_tried_again(
    bucket: UPath, tmp_path: Path
) -> None:
    file = made_file(tmp_path / "runs", 1)
    ledger = signed_ledger(tmp_path / "runs", head_bucket=HeadBucket(URL))
    bucket.fs.rmdir("evidence")

    with pytest.raises(HeadPlaceError, match=r"s3://evidence/alertmill: .*; correct"):
        ledger.enter(EntryKind.RUN, file)
    with pytest.raises(HeadPlaceError):
        HeadBucket(URL).heads()
    bucket.fs.mkdir("evidence")
    stored = ledger.enter(EntryKind.RUN, file)

    assert [stored.head] == [known.head for known in HeadBucket(URL).heads()]
    assert 1 == len(read_entries(tmp_path / "runs"))
