"""Files appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import polars as pl
import pytest

from alertmill.files import complete_file, sha256_of, write_parquet, write_text


def test_a_failed_write_leaves_the_old_content_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    write_text(path, "old")

    def write_half() -> None:
        with complete_file(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_half()

    assert ("old", [path]) == (path.read_text(), list(tmp_path.iterdir()))


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_the_umask_decides_who_may_read(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "x" / "a.txt", "content")
    finally:
        os.umask(before)

    assert mode == stat.S_IMODE((tmp_path / "x" / "a.txt").stat().st_mode)


def test_folders_are_made_on_the_way(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "c.txt", "content")

    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "content"


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2, None], "b": ["x", None, "z"]})

    write_parquet(tmp_path / "one.parquet", frame)
    write_parquet(tmp_path / "two.parquet", frame.clone())

    assert sha256_of(tmp_path / "one.parquet") == sha256_of(tmp_path / "two.parquet")


def test_the_digest_is_sha256_of_the_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "content").write_bytes(content)

    assert hashlib.sha256(content).hexdigest() == sha256_of(tmp_path / "content")
