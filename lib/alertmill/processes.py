"""Which processes belong together, which of them live, and how those left behind are ended.

A process that starts others marks them with an environment variable, which every descendant
inherits, also one in a session of its own or whose parent is gone. A small guard process waits for
the end of the one that it guards and then ends all that carry its mark.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

MARK = "ALERTMILL_STARTED_BY"
"""Environment variable that names the process which a process was started by."""
STOP_SECONDS = 8.0
"""That a program has to end after Ctrl-C, before it is killed."""
_FOLDER_PREFIX = "am-"
_GRACE_SECONDS = 2.0
_POLL_SECONDS = 1.0
_ROUNDS = 5
"""A process that is being ended may start another one meanwhile."""
_PARTS = 3
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class ProcessTag:
    """Identity of a process that no later one takes over, as a number alone would be."""

    pid: int
    started: str
    """When it started, in the finest unit that the system keeps."""
    host: str
    """Short digest of the host's name: a number means nothing on another host."""

    @classmethod
    def own(cls) -> Self:
        """Return the tag of this process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return the tag of a process of this host."""
        return cls(pid, _started(pid) or "", _host())

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the tag that `str` of a tag has written; None if the text is no tag."""
        parts = text.split(".")
        if len(parts) != _PARTS or not parts[0].isdigit():
            return None
        return cls(int(parts[0]), parts[1], parts[2])

    def __str__(self) -> str:
        """Return the tag as text that may be part of a file's name."""
        return f"{self.pid}.{self.started}.{self.host}"

    @property
    def is_alive(self) -> bool:
        """True while the process runs; of a process on another host nobody can tell, so True."""
        return self.host != _host() or _started(self.pid) == self.started


@contextmanager
def guarded_children() -> Iterator[None]:
    """End every process that is started in this block when the block or this process ends.

    It does not matter how this process ends: after a SIGKILL its descendants are gone some seconds
    later. They get SIGTERM first.
    """
    tag = ProcessTag.own()
    before = os.environ.pop(MARK, None)
    guard = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
        [sys.executable, "-P", "-m", __name__, str(tag)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # it must not hold open what reads our output
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # a signal to our group must not end it
    )
    os.environ[MARK] = str(tag)
    try:
        yield
    finally:
        del os.environ[MARK]
        if before is not None:
            os.environ[MARK] = before
        end_descendants(tag)
        guard.kill()
        guard.communicate()


def run_guarded(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Run a program to its end and return its exit code; it does not outlive this process.

    Ctrl-C reaches the program from the terminal. It then has `STOP_SECONDS` to end.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    folder : Path
        Its working directory.
    environment : mapping of str to str
        Its environment, to which the mark is added.
    """
    with guarded_children():
        marked = {**environment, MARK: os.environ[MARK]}
        with subprocess.Popen(command, cwd=folder, env=marked) as process:  # noqa: S603 - the caller's own program
            try:
                return process.wait()
            except KeyboardInterrupt:
                with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                    process.wait(STOP_SECONDS)
                process.kill()
                raise


def end_descendants(tag: ProcessTag) -> list[int]:
    """End all processes that carry the tag of this one as their mark; return their numbers."""
    return _end(lambda owner: owner == tag)


def end_orphans() -> list[int]:
    """End the marked processes of this user whose own starter is gone; return their numbers."""
    return _end(lambda owner: not owner.is_alive)


@contextmanager
def private_folder(parent: str | None = None) -> Iterator[Path]:
    """Make a temporary folder that names its owner; remove it at the end of the block.

    Parameters
    ----------
    parent : str, optional
        Where it is made. Not set: the system's folder for temporary files.
    """
    prefix = f"{_FOLDER_PREFIX}{ProcessTag.own()}."
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own_user() -> str:
    """Return the name of the user of this process; its number where no name is known.

    It is kept with decisions and approvals, so variables such as ``USER``, which anybody sets, do
    not count.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # no entry in passwd, as in some containers
        return f"uid {os.getuid()}"


def clear_private_folders(parent: Path) -> list[Path]:
    """Remove the folders of `private_folder` whose owner is gone; return them."""
    dead = [
        folder
        for folder in sorted(parent.glob(f"{_FOLDER_PREFIX}*"))
        if is_left_behind(folder.name.removeprefix(_FOLDER_PREFIX))
    ]
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return dead


def is_left_behind(name: str) -> bool:
    """Return True if a name begins with the tag of a process that is gone."""
    tag = ProcessTag.parse(".".join(name.split(".")[:_PARTS]))
    return tag is not None and not tag.is_alive


def _end(is_meant: Callable[[ProcessTag], bool]) -> list[int]:
    found = _marked(is_meant)
    numbers = [process.pid for process in found]
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    psutil.wait_procs(found, timeout=_GRACE_SECONDS)
    for _ in range(_ROUNDS):
        left = _marked(is_meant)
        if not left:
            break
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=_POLL_SECONDS)
    return numbers


def _marked(is_meant: Callable[[ProcessTag], bool]) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid()
        and (owner := _owner_of(process)) is not None
        and is_meant(owner)
    ]


def _owner_of(process: psutil.Process) -> ProcessTag | None:
    try:
        return ProcessTag.parse(process.environ().get(MARK, ""))
    except (psutil.Error, OSError):
        return None  # gone meanwhile, or someone else's


def _started(pid: int) -> str | None:
    """When a process started; None if it does not run, or has ended and is not yet reaped."""
    if sys.platform != "linux":
        return _started_elsewhere(pid)
    try:
        content = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    # The name of the program, in brackets before the fields, may hold spaces and brackets.
    fields = content.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else _short(int(fields[19]))


def _started_elsewhere(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return _short(int(process.create_time() * 100))
    except psutil.Error:
        return None


def _short(number: int) -> str:
    """Write a number with 36 digits: paths of sockets may not be long."""
    text = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text or "0"


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:4]


def _guard(tag: ProcessTag) -> None:
    """Wait until the process has gone, however it went, and end what it has left behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while tag.is_alive:
        # The pipe ends with the process at once; a fork of it may hold the pipe open.
        readable, _, _ = select.select([sys.stdin], [], [], _POLL_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1):
            break
    end_descendants(tag)


if __name__ == "__main__":
    _given = ProcessTag.parse(sys.argv[1])
    if _given is None:
        sys.exit(f"error: {sys.argv[1]!r} is no tag of a process.")
    _guard(_given)
