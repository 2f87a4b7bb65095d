"""Kernels that are forked from a process which has imported everything that notebooks import."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Self

from alertmill.reporting.kernel_server import KernelEnded, KernelRequest, KernelStarted

_START_SECONDS = 300
_END_SECONDS = 5


class ForkedKernel:
    """A kernel's process: a child of the server, used as a `subprocess.Popen` is."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.peak_bytes: int | None = None
        self._channel = channel
        self._received = b""

    def poll(self) -> int | None:
        """Return the exit code; None while the kernel runs."""
        if self.returncode is not None:
            return self.returncode
        self._channel.settimeout(0)
        with suppress(BlockingIOError):
            self._read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end of the kernel and return the exit code; None if it takes longer."""
        if self.returncode is None:
            self._channel.settimeout(timeout)
            with suppress(TimeoutError):
                self._read()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel is known to have ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def _read(self) -> None:
        """Read until the server has told how the kernel ended, or is gone itself."""
        while self.returncode is None:
            try:
                part = self._channel.recv(4096)
            except ConnectionResetError:
                part = b""
            self._received += part
            if self._received.endswith(b"\n"):
                ended = KernelEnded.model_validate_json(self._received)
                self.returncode, self.peak_bytes = ended.exit_code, ended.peak_bytes
            elif not part:
                self.returncode = -signal.SIGKILL  # a kernel ends with its server
        self._channel.close()


class KernelServer:
    """A running server of kernels; it ends with this process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
                [sys.executable, "-P", "-m", KernelRequest.__module__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # it must not hold open what reads our output
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=self._environment,
                start_new_session=True,  # a signal to our group must not end it
            )
        self._owner = os.getpid()
        self._is_ready = False
        self._lock = Lock()
        atexit.register(self.close)

    @classmethod
    def shared(cls, environment: Mapping[str, str]) -> Self:
        """Return the server of this process for an environment, and start it if there is none.

        It imports for some seconds; until then this does not wait, but `start` does. A server of
        another environment, or which is gone, is replaced; its kernels run on.
        """
        with _SHARED_LOCK:
            server = _SHARED.get("server")
            if server is None or not server.serves(environment):
                if server is not None:
                    server.retire()
                server = _SHARED["server"] = cls(environment)
            return server

    @property
    def pid(self) -> int:
        """Number of the server's process."""
        return self._process.pid

    def start(self, request: KernelRequest) -> ForkedKernel:
        """Start a kernel.

        Raises
        ------
        RuntimeError
            If the server cannot import what kernels need, or has ended.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs, self._lock:
                self._wait_until_ready()
                socket.send_fds(self._control, [b"k"], [theirs.fileno()])
            ours.sendall(f"{request.model_dump_json()}\n".encode())
            started = KernelStarted.model_validate_json(_line_of(ours))
        except (OSError, ValueError) as error:
            ours.close()
            message = f"the server of the kernels has ended ({error}); run the notebook again"
            raise RuntimeError(message) from error
        return ForkedKernel(started.pid, ours)

    def close(self) -> None:
        """End the server and its kernels."""
        if self._owner != os.getpid():
            return  # in a fork of the process whose server it is
        atexit.unregister(self.close)
        self._control.close()
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Return True if the server runs, is of this process and of the environment."""
        is_ours = self._owner == os.getpid() and self._environment == environment
        return is_ours and self._process.poll() is None

    def retire(self) -> None:
        """Start no kernel any more; the server ends with its last one, or with this process."""
        self._control.close()
        self._process.poll()

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        self._control.settimeout(_START_SECONDS)
        line = _line_of(self._control)
        self._control.settimeout(None)
        fault = json.loads(line) if line else "it was killed"
        if fault:
            raise OSError(fault)
        self._is_ready = True


def _line_of(channel: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = channel.recv(1)
        if not part:
            break
        line += part
    return line


_SHARED: dict[str, Any] = {}
_SHARED_LOCK = Lock()
