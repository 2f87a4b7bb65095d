"""Files and archives of a run: ranges, revalidation, types, and a zip that verifies."""

from __future__ import annotations

import hashlib
import os
import zipfile
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from alertmill.reporting.assets import SCRIPT_SOURCE
from alertmill.reporting.manifest import verify
from alertmill.runs import Run
from alertmill.site.archive import stream_archive
from alertmill.site.folders import RunFolder


def address(run: Run, path: str = "reports.zip") -> str:
    """Return the address of a file."""
    return f"/runs/ethereum/{run.run_id}/files/{path}"


def content(run: Run, path: str = "reports.zip") -> bytes:
    """Read a file of the run."""
    return (run.path / path).read_bytes()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=10230-", slice(10230, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=10000-99999", slice(10000, None)),
        ("bytes=-99999", slice(0, None)),
    ],
)
def test_a_range_of_bytes_is_sent(
    site: httpx.Client, run: Run, asked: str, expected: slice
) -> None:
    answer = site.get(address(run), headers={"Range": asked})
    whole = content(run)
    first, _, _ = expected.indices(len(whole))

    assert 206 == answer.status_code
    assert answer.content == whole[expected]
    last = first + len(answer.content) - 1
    assert f"bytes {first}-{last}/{len(whole)}" == answer.headers["content-range"]
    assert str(len(answer.content)) == answer.headers["content-length"]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_behind_the_end_cannot_be_satisfied(
    site: httpx.Client, run: Run, asked: str
) -> None:
    answer = site.get(address(run), headers={"Range": asked})

    assert 416 == answer.status_code
    assert "bytes */10240" == answer.headers["content-range"]


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "items=0-1", "bytes=a-b", "bytes=+1-2", ""]
)
def test_what_is_no_single_range_means_the_whole_file(
    site: httpx.Client, run: Run, asked: str
) -> None:
    answer = site.get(address(run), headers={"Range": asked})

    assert (200, content(run)) == (answer.status_code, answer.content)


def test_an_interrupted_download_goes_on_only_over_the_same_bytes(
    site: httpx.Client, run: Run
) -> None:
    etag = site.head(address(run)).headers["etag"]

    same = site.get(address(run), headers={"Range": "bytes=5-", "If-Range": etag})
    other = site.get(address(run), headers={"Range": "bytes=5-", "If-Range": '"other"'})

    assert [206, 200] == [same.status_code, other.status_code]


def test_the_tag_of_a_file_is_its_digest_and_saves_the_second_transfer(
    site: httpx.Client, run: Run
) -> None:
    first = site.get(address(run))
    second = site.get(address(run), headers={"If-None-Match": first.headers["etag"]})

    assert f'"{hashlib.sha256(content(run)).hexdigest()}"' == first.headers["etag"]
    assert (304, b"") == (second.status_code, second.content)
    assert second.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("changed", [b"x" * 10240, b"shorter"])
def test_a_file_that_was_changed_after_the_manifest_has_the_tag_of_its_bytes(
    site: httpx.Client, run: Run, changed: bytes
) -> None:
    before = site.get(address(run)).headers["etag"]
    (run.path / "reports.zip").write_bytes(changed)

    answer = site.get(address(run), headers={"If-None-Match": before})

    assert (200, changed) == (answer.status_code, answer.content)
    assert f'"{hashlib.sha256(changed).hexdigest()}"' == answer.headers["etag"]


def test_a_file_of_an_unfinished_run_has_the_tag_of_its_bytes(site: httpx.Client, run: Run) -> None:
    (run.path / "manifest.json").unlink()

    answer = site.get(address(run))

    assert f'"{hashlib.sha256(content(run)).hexdigest()}"' == answer.headers["etag"]


def test_the_head_of_a_file_comes_without_its_bytes(site: httpx.Client, run: Run) -> None:
    answer = site.head(address(run))

    assert (200, b"", "10240") == (
        answer.status_code, answer.content, answer.headers["content-length"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "media_type", "shown"),
    [
        ("reports/index.html", "text/html; charset=utf-8", "inline"),
        ("parameters.json", "application/json", "inline"),
        ("notebooks/01_first.ipynb", "application/x-ipynb+json", "attachment"),
        ("reports.zip", "application/zip", "attachment"),
        ("strange.svg", "application/octet-stream", "attachment"),
        ("strange.xhtml", "application/octet-stream", "attachment"),
        ("strange", "application/octet-stream", "attachment"),
    ],
)
def test_a_browser_shows_only_what_cannot_act(
    site: httpx.Client, run: Run, path: str, media_type: str, shown: str
) -> None:
    for name in ("strange.svg", "strange.xhtml", "strange"):
        (run.path / name).write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")

    answer = site.get(address(run, path))

    assert media_type == answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith(shown)
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert f"script-src {SCRIPT_SOURCE};" in answer.headers["content-security-policy"]
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    assert "nosniff" == answer.headers["x-content-type-options"]


def test_a_report_is_downloaded_when_asked_for(site: httpx.Client, run: Run) -> None:
    answer = site.get(address(run, "reports/01_first.html"), params={"download": ""})

    expected = "attachment; filename*=UTF-8''01_first.html"
    assert expected == answer.headers["content-disposition"]


def test_the_archive_of_a_run_unpacks_to_a_run_that_verifies(
    site: httpx.Client, run: Run, tmp_path: Path
) -> None:
    answer = site.get(f"/runs/ethereum/{run.run_id}/archive.zip")
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)

    assert "application/zip" == answer.headers["content-type"]
    assert verify(tmp_path / run.run_id).ok


def test_the_archive_of_a_finished_run_is_sent_once(site: httpx.Client, run: Run) -> None:
    target = f"/runs/ethereum/{run.run_id}/archive.zip"
    first = site.get(target)

    second = site.get(target, headers={"If-None-Match": first.headers["etag"]})
    again = site.get(target)

    assert 304 == second.status_code
    assert first.content == again.content


def test_an_archive_holds_neither_links_nor_hidden_files(
    site: httpx.Client, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (run.path / "link").symlink_to(tmp_path / "secret")
    (run.path / ".hidden").write_text("secret")

    answer = site.get(f"/runs/ethereum/{run.run_id}/archive.zip")
    names = zipfile.ZipFile(BytesIO(answer.content)).namelist()

    assert f"{run.run_id}/parameters.json" in names
    assert not [name for name in names if "link" in name or "hidden" in name]


def test_an_archive_is_made_while_it_is_sent(runs_dir: Path, run: Run) -> None:
    (run.path / "large.parquet").write_bytes(os.urandom(8 << 20))

    largest = max(map(len, stream_archive(RunFolder(runs_dir, "ethereum", run.run_id))))

    assert largest < 1 << 20


def test_an_archive_whose_file_vanishes_is_no_archive(runs_dir: Path, run: Run) -> None:
    chunks = stream_archive(RunFolder(runs_dir, "ethereum", run.run_id))
    next(chunks)
    (run.path / "reports.zip").unlink()

    with pytest.raises(FileNotFoundError):
        list(chunks)


def test_a_run_that_is_not_there_has_no_archive(site: httpx.Client) -> None:
    assert 404 == site.get("/runs/ethereum/nothing/archive.zip").status_code
