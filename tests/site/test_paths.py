"""No request leads out of the runs root, or to a file that is not served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertmill.runs import Run
from tests.site.serving import ask, running_site
from tests.site.worlds import Plan, finish_run

SECRET = b"the secret"
RUN = "/runs/ethereum/{run_id}/files/"
OUTSIDE = [
    RUN + "../parameters.json",
    RUN + "../../../../secret.txt",
    RUN + "..%2f..%2f..%2fsecret.txt",
    RUN + "..%2F..%2F..%2Fsecret.txt",
    RUN + "%2e%2e/%2e%2e/%2e%2e/secret.txt",
    RUN + "%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.txt",
    RUN + "%252e%252e/%252e%252e/%252e%252e/secret.txt",
    RUN + "%252e%252e%252fsecret.txt",
    RUN + "reports/../../../../secret.txt",
    RUN + "reports/%2e%2e/index.html",
    RUN + "reports/./index.html",
    RUN + "reports//index.html",
    RUN + "reports%2findex.html",
    RUN + "..\\..\\..\\secret.txt",
    RUN + "..%5c..%5c..%5csecret.txt",
    RUN + "reports%5cindex.html",
    RUN + "{secret}",
    RUN + "%2f{secret}",
    RUN + "//{secret}",
    RUN + "file:{secret}",
    RUN + "reports/index.html%00",
    RUN + "reports/index.html%00.txt",
    RUN + "%00",
    RUN + "reports/index.html/",
    RUN + "reports/index.html/x",
    RUN + "reports",
    RUN + "reports/",
    RUN + "",
    RUN + "a" * 300,
    RUN + "a/" * 400 + "b",
    RUN + "%ff%fe",
    RUN + "%c0%ae%c0%ae/secret.txt",
    RUN + "%ef%bc%8e%ef%bc%8e/secret.txt",
    RUN + "reports/%0d%0aX-Evil:1",
    RUN + "link.txt",
    RUN + "linked/secret.txt",
    RUN + "inner.html",
    RUN + "pipe",
    RUN + ".hidden",
    RUN + ".git/config",
    RUN + "reports/.index.html.x.part",
    RUN + "model/model.txt.part",
    "/runs/../secret.txt",
    "/runs/%2e%2e/secret.txt",
    "/runs/ethereum/../../secret.txt",
    "/runs/ethereum/%2e%2e/files/secret.txt",
    "/runs/%2e%2e/runs/files/secret.txt",
    "/runs/../runs/files/ethereum/{run_id}/parameters.json",
    "/runs/ethereum/linked-run/files/secret.txt",
    "/runs/linked/{run_id}/files/secret.txt",
    "/runs/ethereum/promotions/",
    "/runs/ethereum/{run_id}%2f..%2f..%2fx/files/secret.txt",
    "/runs/ethereum/./files/{run_id}/parameters.json",
    "/runs//{run_id}/files/parameters.json",
    "/static/../secret.txt",
    "/static/%2e%2e/secret.txt",
    "//{secret}",
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Run, Path]]:
    """Serve a run with links that lead out of it; give the port, the run and a secret."""
    folder = tmp_path_factory.mktemp("world")
    secret = folder / "secret.txt"
    secret.write_bytes(SECRET)
    run = finish_run(folder / "runs")
    (run.path / "link.txt").symlink_to(secret)
    (run.path / "linked").symlink_to(folder)
    (run.path / "inner.html").symlink_to(run.path / "reports/index.html")
    os.mkfifo(run.path / "pipe")
    for name in (".hidden", ".git/config", "reports/.index.html.x.part", "model/model.txt.part"):
        path = run.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(SECRET)
    (run.path.parent / "linked-run").symlink_to(folder)
    (folder / "runs/linked").symlink_to(folder / "runs/ethereum")
    with running_site(folder / "runs") as port:
        yield port, run, secret


@pytest.mark.parametrize("target", OUTSIDE)
def test_a_path_that_is_no_file_of_a_run_is_not_found(
    world: tuple[int, Run, Path], target: str
) -> None:
    port, run, secret = world

    answer = ask(port, target.format(run_id=run.run_id, secret=secret))

    assert 404 == answer.status
    assert SECRET not in answer.body


def test_a_file_of_the_run_is_found(world: tuple[int, Run, Path]) -> None:
    port, run, _ = world

    answer = ask(port, f"/runs/ethereum/{run.run_id}/files/reports/index.html")

    assert 200 == answer.status
    assert answer.body == (run.path / "reports/index.html").read_bytes()


def test_a_target_that_is_no_path_is_refused(world: tuple[int, Run, Path]) -> None:
    port, _, _ = world

    statuses = {ask(port, target).status for target in ("*", "../secret.txt", "/a b", "/\x00")}

    assert statuses <= {400, 404}


def test_hidden_and_linked_files_are_in_no_list(world: tuple[int, Run, Path]) -> None:
    port, run, _ = world

    page = ask(port, f"/runs/ethereum/{run.run_id}/").body.decode()
    listing = page.partition("All files of the run")[2]

    for name in (".hidden", ".git", "link.txt", "linked/", "inner.html", "pipe", ".part"):
        assert f">{name}" not in listing, name


def test_a_name_with_other_letters_is_served_under_its_address(runs_dir: Path) -> None:
    run = finish_run(runs_dir, Plan())
    (run.path / "reports/Größe 1% #2?.txt").write_text("found")

    with running_site(runs_dir) as port:
        target = f"/runs/ethereum/{run.run_id}/files/reports/Gr%C3%B6%C3%9Fe%201%25%20%232%3F.txt"
        answer = ask(port, target)

    assert (200, b"found") == (answer.status, answer.body)
