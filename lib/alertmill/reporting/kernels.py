"""Kernels that share nothing with their neighbours: sockets, folders, threads, credentials."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from alertmill.memory import in_gigabytes, usable_memory
from alertmill.processes import clear_private_folders, private_folder
from alertmill.reporting.kernel_server import FOLDERS, KernelRequest
from alertmill.reporting.warm_kernels import ForkedKernel, KernelServer
from alertmill.threads import thread_environment

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

MEMORY_ADVICE = "give it more, or let fewer notebooks run at once"
_WANT_OF_MEMORY = (signal.SIGKILL, signal.SIGABRT)
"""The system kills; a library that gets no memory aborts."""
_END_SECONDS = 5
_SHORT_FOLDER = "/tmp"  # noqa: S108 - mkdtemp makes a private folder there
_LONGEST_FOLDER = 50
"""A Unix socket's path may have 107 letters, of which the kernel's own names take some."""
_KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|COLUMNS|LINES|LANG|LANGUAGE|LC_\w+|LOCPATH|TZ|TZDIR|TMPDIR|TEMP"
    r"|TMP|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_\w+|SYSTEMROOT|PYTHON\w+|COVERAGE_\w+|MALLOC_\w+"
    r"|(?:OMP|KMP|MKL|OPENBLAS|NUMEXPR|NUMBA|POLARS|MPL)_\w+|POLARS\w+"
    r"|ALERTMILL_(?:STARTED_BY|UP|DATABASE_DIR|RUNS_DIR|STATE_DIR|NETWORKS|REPORT_URL|SITE_HOST|SITE_PORT)"
)
"""Variables that a kernel inherits; any other may hold a secret, whatever its name."""
_FORKS = sys.platform == "linux"
"""Elsewhere the libraries of the system may not be used after a fork."""

_T = TypeVar("_T")


def run_alone(work: Callable[[], _T]) -> _T:
    """Do ``work``, which calls Jupyter's clients, with an event loop that nobody else uses.

    Jupyter takes the loop from the context, which threads of a task runner may share, and never
    closes it. A new thread has an empty context. It is a daemon, so that Ctrl-C ends the program
    at once; kernels end when their parent is gone.
    """
    future: Future[_T] = Future()

    def target() -> None:
        try:
            future.set_result(_with_closed_loop(work))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            future.set_exception(error)

    Thread(target=target, name="notebook", daemon=True).start()
    return future.result()


def _with_closed_loop(work: Callable[[], _T]) -> _T:
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    try:
        return work()
    finally:
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@dataclass(frozen=True)
class KernelProcess:
    """The process of a kernel."""

    group: int
    process: subprocess.Popen[bytes] | ForkedKernel

    @property
    def killed_by(self) -> str:
        """Return which signal ended the kernel from outside; empty if none did."""
        code = self.process.returncode
        if code is None or code >= 0:
            return ""
        text = f"the kernel was killed by signal {-code}"
        if -code not in _WANT_OF_MEMORY:
            return text
        return f"{text}, probably for want of memory ({self.memory}); {MEMORY_ADVICE}"

    @property
    def memory(self) -> str:
        """How much memory the kernel had at most, and how much it could have had."""
        peak = getattr(self.process, "peak_bytes", None)
        had = "peak not known" if peak is None else f"peak {in_gigabytes(peak)}"
        return f"{had}; {usable_memory().sentence}"


@contextmanager
def private_kernel(started: list[KernelProcess]) -> Iterator[type[AsyncKernelManager]]:
    """Yield a kernel manager for one notebook; afterwards nothing of its kernel is left.

    Without a folder of its own, kernels that start at the same time take the same socket names, and
    hang. A kernel gets no credentials: it reads a run folder, not a database.

    Parameters
    ----------
    started : list of KernelProcess
        Gets the kernels that were started.
    """
    with private_folder(_short_folder()) as folder:
        try:
            yield _manager_in(folder, started)
        finally:
            for kernel in started:
                # A cell may have started processes which outlive the kernel, but not its group.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(kernel.group, signal.SIGKILL)
                with suppress(subprocess.TimeoutExpired):
                    kernel.process.wait(_END_SECONDS)


def warm_up() -> None:
    """Begin to import what kernels need, in a process of its own, and do not wait for it."""
    if _FORKS:
        KernelServer.shared(_inherited())


def clear_kernel_folders() -> list[Path]:
    """Remove the folders of kernels whose process is gone; return them."""
    places = {tempfile.gettempdir(), _SHORT_FOLDER}
    return [folder for place in sorted(places) for folder in clear_private_folders(Path(place))]


def kernel_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a kernel: what programs need to run, with its own folders."""
    return {**_inherited(), **{name: str(folder / name.lower()) for name in FOLDERS}}


def _inherited() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
    return {**kept, **thread_environment()}


def _short_folder() -> str | None:
    return _SHORT_FOLDER if len(tempfile.gettempdir()) > _LONGEST_FOLDER else None


def _manager_in(folder: Path, started: list[KernelProcess]) -> type[AsyncKernelManager]:
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class PrivateKernelManager(AsyncKernelManager):
        """Connects over sockets in the folder and remembers the kernel's process group."""

        def __init__(self, **traits: Any) -> None:  # noqa: ANN401 - as in the class above
            super().__init__(**traits)
            self.transport = "ipc"
            self.connection_file = str(folder / "kernel.json")
            self.ip = str(folder / "k")
            # A kernel called python3 that a user has installed may lead to another Python.
            self._kernel_spec = KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

        async def _async_start_kernel(self, **options: Any) -> None:  # noqa: ANN401 - as above
            if _FORKS:
                self.kernel_id = str(uuid.uuid4())
                self.provisioner = _forking_provisioner()(
                    kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
                )
            await super()._async_start_kernel(**{**options, "env": kernel_environment(folder)})
            group = getattr(self.provisioner, "pgid", None)
            process = getattr(self.provisioner, "process", None)
            if group and process is not None:
                started.append(KernelProcess(group, process))

        start_kernel = _async_start_kernel

    return PrivateKernelManager


def _forking_provisioner() -> type[LocalProvisioner]:
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    class ForkingProvisioner(LocalProvisioner):
        """Asks the server of this process for a kernel, where its base starts a program."""

        process: Any = None
        pid: Any = None
        pgid: Any = None
        cwd: Any = None

        async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:  # noqa: ANN401, ARG002 - as above
            manager: Any = self.parent
            request = KernelRequest(
                connection_file=manager.connection_file,
                folder=str(options["cwd"]),
                environment=options["env"],
            )
            process = KernelServer.shared(_inherited()).start(request)
            self.process, self.pid, self.pgid = process, process.pid, process.pid
            self.cwd = options["cwd"]
            return self.connection_info

    return ForkingProvisioner
