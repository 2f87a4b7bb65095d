"""Whatever a process starts is gone soon after it, however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from alertmill.processes import (
    MARK,
    ProcessTag,
    clear_private_folders,
    end_orphans,
    guarded_children,
    own_user,
    private_folder,
    run_guarded,
)
from tests.support.waiting import eventually

pytestmark = pytest.mark.process

CHILDREN = """
import os, subprocess, sys
from alertmill.processes import guarded_children

SLEEPER = "import signal; {ignore}; print('x', flush=True); signal.pause()"
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"

def start(session, ignore="pass"):
    code = SLEEPER.format(ignore=ignore)
    command = [sys.executable, "-c", code]
    child = subprocess.Popen(command, start_new_session=session, stdout=subprocess.PIPE)
    child.stdout.read(1)
    return child.pid

with guarded_children():
    orphan = subprocess.run(
        [sys.executable, "-c", "import subprocess; print(subprocess.Popen(['sleep', '600'],"
         " start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)"],
        capture_output=True, text=True,
    )
    print(start(False), start(True), start(True, IGNORE), int(orphan.stdout), flush=True)
    sys.stdin.read(1)
"""
"""Starts a child in its group, two in sessions of their own, one of which ignores SIGTERM, and a
grandchild whose parent is gone."""


class Parent:
    """A process with four descendants."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-c", CHILDREN],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.descendants = [psutil.Process(int(pid)) for pid in line.split()]

    @property
    def living(self) -> list[int]:
        """Numbers of the descendants that still run."""
        return [child.pid for child in self.descendants if _runs(child)]

    def end(self) -> None:
        """End the parent and let its guard do the rest."""
        self.process.kill()
        self.process.communicate()


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def parent() -> Iterator[Parent]:
    started = Parent()
    yield started
    started.end()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_killed_process_leaves_none_of_its_descendants(parent: Parent, number: int) -> None:
    assert len(parent.living) == 4

    parent.process.send_signal(number)
    parent.process.wait()

    assert eventually(lambda: not parent.living, seconds=5), parent.living


def test_a_process_that_is_done_leaves_none_of_its_descendants(parent: Parent) -> None:
    parent.process.communicate("\n")

    assert [] == parent.living


def test_two_processes_do_not_end_each_others_descendants(parent: Parent) -> None:
    other = Parent()

    other.end()

    assert eventually(lambda: not other.living, seconds=5)
    assert len(parent.living) == 4


def test_orphans_of_a_dead_process_are_ended_and_those_of_a_living_one_are_not(
    parent: Parent,
) -> None:
    code = "import alertmill.processes as p; print(p.ProcessTag.own())"
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    environment = {**os.environ, MARK: ended.stdout.strip()}
    with subprocess.Popen(["/bin/sleep", "600"], env=environment) as orphan:
        assert orphan.pid in end_orphans()

        assert orphan.wait() is not None
    assert len(parent.living) == 4


def test_the_environment_is_as_before_after_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, "1.a.b")

    with guarded_children():
        within = os.environ[MARK]

    assert (str(ProcessTag.own()), "1.a.b") == (within, os.environ[MARK])


def test_a_guarded_program_returns_its_exit_code(tmp_path: Path) -> None:
    code = f"import os, sys; sys.exit(7 if os.environ.get({MARK!r}) else 8)"

    assert run_guarded([sys.executable, "-c", code], tmp_path, os.environ) == 7


def test_a_tag_outlives_neither_its_process_nor_a_change_of_its_start() -> None:
    own = ProcessTag.own()

    assert own.is_alive
    assert own == ProcessTag.parse(str(own))
    assert not ProcessTag(own.pid, f"{own.started}1", own.host).is_alive
    assert ProcessTag(own.pid, f"{own.started}1", "else").is_alive, "on another host"


@pytest.mark.parametrize("text", ["", "12", "1.2", "x.2.3", "1.2.3.4"])
def test_other_text_is_no_tag(text: str) -> None:
    assert ProcessTag.parse(text) is None


def test_a_temporary_folder_is_cleared_only_when_its_owner_is_gone(tmp_path: Path) -> None:
    code = (
        "import os, sys; from alertmill.processes import private_folder\n"
        "with private_folder(sys.argv[1]) as folder:\n"
        "    (folder / 'half').touch(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)  # noqa: S603 - our own script
    (tmp_path / "am-notes").mkdir()
    (left,) = tmp_path.glob("am-*.*")

    with private_folder(str(tmp_path)) as ours:
        assert [left] == clear_private_folders(tmp_path)

        assert ours.is_dir()
    assert ["am-notes"] == [path.name for path in tmp_path.iterdir()]


def test_the_name_of_the_user_is_not_what_a_variable_claims(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = own_user()
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "the board")

    assert before == own_user() != "the board"
