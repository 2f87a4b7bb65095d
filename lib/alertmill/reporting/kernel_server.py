"""The program that has imported what notebooks import, and forks a kernel of itself for each.

Imports take a kernel longer than most of its cells; here they are done once. The server imports,
and draws a figure. It never runs a query, a fit or compiled code of numba, which start threads: a
fork has no threads, and waits for ever for what they would have done. It is started with the
environment of a kernel, so a fork finds no secret in its memory.

A kernel is asked for by a socket that is sent over the control socket. The request, the number of
the process and later its end are lines of JSON on that socket.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import random
import resource
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from alertmill.frozen_model import FrozenModel
from alertmill.processes import private_folder

LIBRARIES = (
    *("ipykernel.kernelapp", "matplotlib.pyplot", "matplotlib_inline.backend_inline"),
    *("numpy", "pandas", "polars", "pyarrow", "scipy.stats", "scipy.special", "lightgbm"),
    *("sklearn.isotonic", "sklearn.linear_model", "sklearn.metrics"),
    "statsmodels.duration.survfunc",
)
"""What cells import, of other people. Not shap: one notebook needs it, beside the others."""
PACKAGES = (
    *("alertmill.answers", "alertmill.evaluation", "alertmill.explanation"),
    *("alertmill.plotting", "alertmill.tables"),
)
MODULES = ("alertmill.experiments", "alertmill.interactive", "alertmill.reporting.summary")
FOLDERS = (
    *("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
    *("MPLCONFIGDIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
)
"""Where programs would else write below the home folder, which a service may not have."""
_INLINE = "module://matplotlib_inline.backend_inline"
_POLL_SECONDS = 1.0
_KILOBYTE = 1024
_LONGEST_REQUEST = 1 << 20


class KernelRequest(FrozenModel):
    """What a kernel is started with."""

    connection_file: str
    folder: str
    """Its working directory."""
    environment: dict[str, str]


class KernelStarted(FrozenModel):
    """A kernel runs, in a session and a process group of its own."""

    pid: int


class KernelEnded(FrozenModel):
    """How a kernel ended."""

    exit_code: int
    """As of `subprocess`: negative if a signal has ended it."""
    peak_bytes: int
    """Most memory that it had, with what it shares with the server."""


@dataclass
class _Kernel:
    pid: int
    channel: socket.socket


def preload() -> None:
    """Import what notebooks import."""
    os.environ["MPLBACKEND"] = (
        _INLINE  # as in every kernel; matplotlib reads it when it is imported
    )
    for name in (*LIBRARIES, *MODULES, *_modules_below(PACKAGES)):
        importlib.import_module(name)


def draw_once() -> None:
    """Draw a figure, so that fonts are found and parsers are built once; it starts no thread."""
    from alertmill.plotting.display import render_png
    from alertmill.plotting.style import legend, new_figure

    figure, (ax,) = new_figure("A title", caption="A caption")
    ax.plot([1, 1000], [1, 2], label="a line")
    ax.set_xscale("log")
    legend(ax)
    render_png(figure)


def _modules_below(packages: tuple[str, ...]) -> Iterator[str]:
    for package in packages:
        folder = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(folder, f"{package}."):
            yield module.name


class _Server:
    """Forks kernels until nobody can ask for another and the last has ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._parent = os.getppid()
        self._kernels: dict[int, _Kernel] = {}
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)

    def run(self) -> None:
        """Serve until the other end of the control socket is closed, or its process gone."""
        is_open = True
        while is_open or self._kernels:
            asked: list[int | socket.socket] = [self._woken]
            if is_open:
                asked.append(self._control)
            readable, _, _ = select.select(asked, [], [], _POLL_SECONDS)
            if os.getppid() != self._parent:
                self._kill_all()
                return
            if self._woken in readable:
                os.read(self._woken, 4096)
                self._reap()
            if self._control in readable:
                is_open = self._serve()

    def _serve(self) -> bool:
        """Start the kernel that is asked for; return False if no other will be."""
        _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not descriptors:
            return False
        channel = socket.socket(fileno=descriptors[0])
        with suppress(OSError, ValueError):  # whoever asked is gone
            request = KernelRequest.model_validate_json(_line_of(channel))
            kernel = _Kernel(self._fork(request), channel)
            self._kernels[kernel.pid] = kernel
            _send(channel, KernelStarted(pid=kernel.pid))
        return True

    def _fork(self, request: KernelRequest) -> int:
        ready, is_ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            self._become_kernel(request, is_ready)
        os.close(is_ready)
        # Until the session is its own, its group is ours, and a signal to that group reaches us.
        os.read(ready, 1)
        os.close(ready)
        return pid

    def _become_kernel(self, request: KernelRequest, is_ready: int) -> None:
        code = 1
        try:
            os.setsid()
            os.close(is_ready)
            self._let_go()
            _run_kernel(request)
            code = 0
        finally:  # whatever happens: this is no second server
            os._exit(code)

    def _let_go(self) -> None:
        """Close in the fork what is the server's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._woken)
        os.close(self._wake)
        self._control.close()
        for kernel in self._kernels.values():
            kernel.channel.close()

    def _reap(self) -> None:
        for pid in list(self._kernels):
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                self._tell_end(self._kernels.pop(pid), status, usage)

    def _tell_end(self, kernel: _Kernel, status: int, usage: resource.struct_rusage) -> None:
        code = os.waitstatus_to_exitcode(status)
        ended = KernelEnded(exit_code=code, peak_bytes=usage.ru_maxrss * _KILOBYTE)
        with kernel.channel, suppress(OSError):
            _send(kernel.channel, ended)

    def _kill_all(self) -> None:
        for pid in self._kernels:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def _do_nothing(*_: object) -> None:
    """Handle a signal that is to wake up the server, and no more."""


def _run_kernel(request: KernelRequest) -> None:
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    np.random.seed()  # noqa: NPY002 - else the global numbers of all forks were the same
    random.seed()
    gc.enable()
    sys.path.insert(0, "")  # a notebook imports from its folder
    sys.argv = ["ipykernel_launcher", "-f", request.connection_file]
    application: Any = IPKernelApp
    # It ends with the server, also when that is killed.
    application.launch_instance(sys.argv[1:], parent_handle=os.getppid())


def _line_of(channel: socket.socket) -> str:
    with channel.makefile("r", encoding="utf-8") as lines:
        return lines.readline(_LONGEST_REQUEST)


def _send(channel: socket.socket, message: BaseModel) -> None:
    channel.sendall(f"{message.model_dump_json()}\n".encode())


@contextmanager
def _own_folders() -> Iterator[None]:
    """Keep what libraries write while they are imported in a folder that is gone afterwards."""
    with private_folder() as folder:
        os.environ |= dict.fromkeys(FOLDERS, str(folder))
        yield


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as control:
        gc.disable()  # a collection would write to the pages that forks share
        try:
            with _own_folders():
                preload()
                draw_once()
        except BaseException as error:  # reported to whoever waits
            control.sendall(f"{json.dumps(f'{type(error).__name__}: {error}')}\n".encode())
            raise
        gc.freeze()
        control.sendall(b'""\n')
        _Server(control).run()


if __name__ == "__main__":
    _main()
