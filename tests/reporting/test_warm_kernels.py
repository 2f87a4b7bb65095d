"""Kernels are forks of one process that has done the imports, and share nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from alertmill.memory import usable_memory
from alertmill.reporting.execution import execute_template
from alertmill.reporting.kernel_server import KernelRequest
from alertmill.reporting.kernels import kernel_environment, warm_up
from alertmill.reporting.warm_kernels import KernelServer
from alertmill.runs import Run
from tests.reporting.example_runs import make_run, read_cells, write_template
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every kernel is a program"),
]
IDLE_THREADS = {"jemalloc_bg_thd", "polars-ooc-clea"}
"""Of libraries, from their import on; a fork does without them."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path)


def value_of(run: Run, *sources: str) -> str:
    """Execute a notebook of these cells and return what the last one shows."""
    outcome = execute_template(write_template(run.path, *sources, name=f"01_{len(sources)}"), run)
    assert outcome.error is None, outcome.error
    (run.path / "notebooks" / f"01_{len(sources)}.outcome.json").unlink()
    return str(read_cells(run, f"01_{len(sources)}")[-1]["outputs"][0]["data"]["text/plain"])


def test_two_notebooks_come_from_one_process_that_is_not_ours(run: Run) -> None:
    parents = {value_of(run, "import os; os.getppid()") for _ in range(2)}

    assert len(parents) == 1
    assert str(os.getpid()) not in parents


def test_imports_are_there_before_the_first_cell(run: Run) -> None:
    names = ["lightgbm", "sklearn.metrics", "scipy.stats", "alertmill.plotting.style"]

    assert "True" == value_of(run, f"import sys; set({names}) <= set(sys.modules)")


def test_nothing_that_a_notebook_changes_reaches_another(run: Run) -> None:
    value_of(
        run,
        "import builtins, os, sys, numpy as np, matplotlib\n"
        "np.leaked = builtins.leaked = 1; os.environ['LEAKED'] = '1'; sys.path.append('leaked')\n"
        "matplotlib.rcParams['lines.linewidth'] = 77; os.chdir('/'); np.random.seed(1); 0",
    )

    found = value_of(
        run,
        "import builtins, os, sys, numpy as np, matplotlib",
        "[hasattr(np, 'leaked'), hasattr(builtins, 'leaked'), 'LEAKED' in os.environ,"
        " 'leaked' in sys.path, matplotlib.rcParams['lines.linewidth'] == 77, os.getcwd() == '/']",
    )

    assert str([False] * 6) == found


def test_two_notebooks_draw_other_random_numbers(run: Run) -> None:
    draw = "import random, numpy as np; (random.random(), np.random.random())"

    assert value_of(run, draw) != value_of(run, draw)


def test_the_server_has_no_threads_that_a_fork_would_miss(run: Run) -> None:
    server = psutil.Process(int(value_of(run, "import os; os.getppid()")))

    names = [
        Path(f"/proc/{server.pid}/task/{thread.id}/comm").read_text().strip()
        for thread in server.threads()
        if thread.id != server.pid
    ]

    assert set(names) <= IDLE_THREADS


def test_libraries_with_threads_work_in_a_fork(run: Run) -> None:
    found = value_of(
        run,
        "import lightgbm, numpy as np, polars as pl\n"
        "X = np.arange(4000.0).reshape(-1, 2); y = (X[:, 0] > 2000).astype(int)\n"
        "data = lightgbm.Dataset(X, y)\n"
        "params = {'objective': 'binary', 'num_threads': 2, 'verbosity': -1}\n"
        "trees = lightgbm.train(params, data, 9)\n"
        "frame = pl.DataFrame({'y': y, 'score': trees.predict(X, num_threads=2)})\n"
        "frame.group_by('y').agg(pl.col('score').mean()).height",
    )

    assert "2" == found


def test_the_server_holds_no_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", "a-secret")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")  # another environment, hence another server

    server = psutil.Process(int(value_of(run, "import os; os.getppid()")))

    assert "3" == server.environ()["MALLOC_ARENA_MAX"]
    assert "a-secret" not in str(server.environ())


def test_threads_are_limited_as_when_the_server_was_started_for_them(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = value_of(run, "import os; os.getppid()")
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")

    assert "1" == value_of(run, "import polars; polars.thread_pool_size()")
    assert first != value_of(run, "import os; os.getppid()")


def test_a_notebook_that_ends_the_server_fails_alone(run: Run) -> None:
    template = write_template(run.path, "import os, time; os.kill(os.getppid(), 9); time.sleep(60)")

    outcome = execute_template(template, run)

    assert outcome.error is not None
    assert outcome.error.startswith("DeadKernelError: the kernel was killed by signal 9")
    assert "2" == value_of(run, "1 + 1")


def test_want_of_memory_is_told_with_peak_and_limit(run: Run) -> None:
    killed = write_template(run.path, "import os; x = bytearray(10**9); os.kill(os.getpid(), 9)")
    refused = write_template(run.path, "bytearray(10**16)", name="02_refused")

    outcomes = [execute_template(template, run) for template in (killed, refused)]

    assert ["cell-1", "cell-1"] == [outcome.failed_cell for outcome in outcomes]
    assert "for want of memory (peak 1." in outcomes[0].summary
    assert outcomes[1].summary.startswith("MemoryError (peak 0.")
    assert all(usable_memory().sentence in outcome.summary for outcome in outcomes)


@pytest.fixture
def server() -> Iterator[KernelServer]:
    started = KernelServer(kernel_environment(Path("/nowhere")))
    yield started
    started.close()


def test_a_kernel_ends_with_its_server(server: KernelServer, tmp_path: Path) -> None:
    environment = kernel_environment(tmp_path)
    request = KernelRequest(
        connection_file=str(tmp_path / "kernel.json"),
        folder=str(tmp_path),
        environment=environment,
    )
    kernel = server.start(request)
    assert os.getpgid(kernel.pid) == kernel.pid  # a signal to its group reaches nobody else
    assert kernel.poll() is None

    server.close()

    assert eventually(lambda: kernel.poll() is not None, seconds=10)
    assert eventually(lambda: not psutil.pid_exists(kernel.pid), seconds=10)


def test_a_server_that_cannot_import_says_what(tmp_path: Path) -> None:
    (tmp_path / "lightgbm.py").write_text("raise ImportError('no libgomp')\n")
    server = KernelServer(kernel_environment(tmp_path) | {"PYTHONPATH": str(tmp_path)})
    try:
        with pytest.raises(RuntimeError, match=r"has ended \(ImportError: no libgomp\)"):
            server.start(KernelRequest(connection_file="x", folder="/", environment={}))
    finally:
        server.close()


def test_to_warm_up_again_starts_nothing() -> None:
    warm_up()
    first = {child.pid for child in psutil.Process().children()}

    warm_up()

    assert first == {child.pid for child in psutil.Process().children()}
