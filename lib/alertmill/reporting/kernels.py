"""Kernels that share nothing with their neighbours: sockets, folders, threads, credentials."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from alertmill.processes import clear_private_folders, private_folder
from alertmill.threads import thread_environment

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

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
_FOLDERS = (
    *("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
    *("MPLCONFIGDIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
)
"""Where programs would else write below the home folder, which a service may not have."""

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
    process: subprocess.Popen[bytes]

    @property
    def killed_by(self) -> str:
        """Return which signal ended the kernel from outside; empty if none did."""
        code = self.process.returncode
        if code is None or code >= 0:
            return ""
        if code == -signal.SIGKILL:
            return (
                f"the kernel was killed by signal {-code}, probably because the machine ran out of "
                "memory; give it more, or let fewer notebooks run at once"
            )
        return f"the kernel was killed by signal {-code}"


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


def clear_kernel_folders() -> list[Path]:
    """Remove the folders of kernels whose process is gone; return them."""
    places = {tempfile.gettempdir(), _SHORT_FOLDER}
    return [folder for place in sorted(places) for folder in clear_private_folders(Path(place))]


def kernel_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a kernel: what programs need to run, with its own folders."""
    kept = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
    own = {name: str(folder / name.lower()) for name in _FOLDERS}
    return {**kept, **thread_environment(), **own}


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
            await super()._async_start_kernel(**{**options, "env": kernel_environment(folder)})
            group = getattr(self.provisioner, "pgid", None)
            process = getattr(self.provisioner, "process", None)
            if group and process is not None:
                started.append(KernelProcess(group, process))

        start_kernel = _async_start_kernel

    return PrivateKernelManager
