"""Of processes that want the same lock at once one gets it, and a dead one keeps it from nobody."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertmill.processes import ProcessTag
from alertmill.run_lock import Holder, RunLock, clear_locks
from tests.support.waiting import eventually

pytestmark = pytest.mark.process

CONTENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from alertmill.processes import ProcessTag
from alertmill.run_lock import Holder, RunLock

name, folder = sys.argv[1], Path(sys.argv[2])
print("ready", flush=True)
for line in sys.stdin:
    lock = RunLock.named(folder, line.strip())
    process, now = str(ProcessTag.own()), datetime.now(UTC)
    me = Holder(flow_run_id=name, flow_run_name=name, process=process, since=now)
    if lock.acquire(me):
        print("got it", flush=True)
        sys.stdin.readline()
        lock.release()
        print("released", flush=True)
    else:
        holder = lock.holder()
        print(holder.flow_run_name if holder else "nobody", flush=True)
        sys.stdin.readline()
        print("gave up", flush=True)
"""
"""For each line: try the lock of that name, say who has it, and let it go at the next line."""


class Contender:
    """A process that takes locks when it is told to."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-c", CONTENDER, name, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.read() == "ready"

    def write(self, line: str) -> None:
        """Write a line to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def read(self) -> str:
        """Return its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()
        self.process.communicate()


def holder(name: str = "here") -> Holder:
    return Holder(
        flow_run_id=name,
        flow_run_name=name,
        process=str(ProcessTag.own()),
        since=datetime(2024, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("n_processes", "rounds"),
    [
        (2, 5),
        (8, 3),
        pytest.param(2, 50, marks=pytest.mark.heavy),
        pytest.param(8, 50, marks=pytest.mark.heavy),
    ],
)
def test_exactly_one_of_several_processes_gets_the_lock_and_the_others_know_who(
    tmp_path: Path, n_processes: int, rounds: int
) -> None:
    contenders = [Contender(f"run {n}", tmp_path) for n in range(n_processes)]
    for number in range(rounds):
        for contender in contenders:
            contender.write(f"round {number}")
        answers = {contender.name: contender.read() for contender in contenders}
        winners = [name for name, answer in answers.items() if answer == "got it"]
        for contender in contenders:
            contender.write("")
            contender.read()

        assert 1 == len(winners), answers
        assert {"got it", winners[0]} == set(answers.values())
    for contender in contenders:
        contender.kill()


def test_the_lock_of_a_killed_process_is_free_within_two_seconds(tmp_path: Path) -> None:
    first = Contender("first", tmp_path)
    first.write("run")
    assert first.read() == "got it"
    lock = RunLock.named(tmp_path, "run")
    assert not lock.acquire(holder())

    started = time.monotonic()
    first.kill()

    assert eventually(lambda: lock.acquire(holder()), seconds=2)
    assert time.monotonic() - started < 2
    assert holder() == lock.holder()
    lock.release()


def test_two_locks_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    first, second = RunLock.named(tmp_path, "run"), RunLock.named(tmp_path, "run")

    assert first.acquire(holder("first"))
    assert not second.acquire(holder("second"))
    first.release()
    assert second.acquire(holder("second"))
    second.release()

    assert second.holder() is None


def test_a_lock_is_never_held_twice_while_it_is_taken_and_released(tmp_path: Path) -> None:
    inside, overlaps, rounds = threading.Lock(), [], 200

    def work(name: str) -> None:
        taken = 0
        while taken < rounds:
            lock = RunLock.named(tmp_path, "run")
            if lock.acquire(holder(name)):
                taken += 1
                if not inside.acquire(blocking=False):
                    overlaps.append(name)
                else:
                    inside.release()
                lock.release()

    threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == overlaps


def test_files_of_locks_that_nobody_holds_are_cleared(tmp_path: Path) -> None:
    left = Contender("left", tmp_path)
    left.write("left")
    assert left.read() == "got it"
    left.kill()
    held = RunLock.named(tmp_path, "held")
    assert held.acquire(holder())

    assert [tmp_path / "left.lock"] == clear_locks(tmp_path)

    assert [tmp_path / "held.lock"] == list(tmp_path.iterdir())
    held.release()
