"""Measure the report site over many runs: first start, restart, pages, and a run that is new.

Usage: .venv/bin/python benchmarks/bench_site.py [N_RUNS] [EXAMPLE_RUN]

The runs are copies of the records of one finished run, with other dates and numbers; without an
example, of a small one that is written for it.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

_SHARED = (
    "checks/checks.json",
    "model/registration.json",
    "promotion/decision.json",
    "evaluation/metrics.json",
    "features/catalogue.json",
)
_NETWORKS = ("ethereum", "bitcoin", "torus")
_START = datetime(2020, 1, 1, 6, tzinfo=UTC)


def main() -> None:
    """Build the runs and print what was measured."""
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "runs", Path(folder) / "state"
        example = Path(sys.argv[2]) if len(sys.argv) > 2 else _example(Path(folder) / "example")  # noqa: PLR2004
        manifest_bytes = (example / "manifest.json").stat().st_size
        print(f"{n_runs:,} runs, manifest of {manifest_bytes / 1024:.0f} KiB")
        _timed("write the runs", lambda: [_write(root, n, example) for n in range(n_runs)])
        with _serving(root, state) as client:
            _measure_first_start(client)
        with _serving(root, state) as client:
            _measure_pages(client)
            _measure_new_runs(client, root, n_runs, example)


def _example(folder: Path) -> Path:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.site.worlds import finish_run

    return finish_run(folder).path


def _write(root: Path, n: int, example: Path) -> str:
    """Write the run of a number, the manifest last; return the address of its page."""
    network = _NETWORKS[n % len(_NETWORKS)]
    run_id = f"{_START + timedelta(hours=n):%Y%m%dT%H%M%SZ}-{n:08x}"
    folder = root / network / run_id
    end = date(2020, 1, 1) + timedelta(days=n // len(_NETWORKS))
    for name in _SHARED:
        if (example / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).hardlink_to(example / name)
    for name in ("parameters.json", "manifest.json"):
        values = _changed(json.loads((example / name).read_bytes()), network, run_id, end)
        (folder / name).write_text(json.dumps(values, indent=2))
    return f"/runs/{network}/{run_id}/"


def _changed(values: Any, network: str, run_id: str, end: date) -> Any:  # noqa: ANN401 - JSON
    parameters = values.get("parameters", values)
    parameters.update(network=network, start_date=str(end - timedelta(days=59)), end_date=str(end))
    if "run_id" in values:
        values["run_id"] = run_id
    for measure in values.get("headline", ()):
        if measure["value"] is not None:
            measure["value"] = random.Random(run_id).uniform(0.3, 0.8)  # noqa: S311 - no secret
    return values


@contextmanager
def _serving(root: Path, state: Path) -> Iterator[httpx.Client]:
    """Run `alertmill serve` on a free port, and wait until it answers."""
    began = time.perf_counter()
    command = [
        Path(sys.executable).parent / "alertmill",
        "serve",
        "--port",
        "0",
        "--runs-dir",
        root,
    ]
    environment = {"ALERTMILL_STATE_DIR": str(state), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=root
    )
    url = (process.stdout or sys.exit("no output")).readline().split()[-1]
    with httpx.Client(
        base_url=url, timeout=120, transport=httpx.HTTPTransport(retries=8)
    ) as client:
        client.get("/health")
        print(f"{'start until it answers':<44}{time.perf_counter() - began:8.2f} s")
        yield client
    process.terminate()
    process.wait()


def _measure_first_start(client: httpx.Client) -> None:
    began = time.perf_counter()
    _timed("first page while runs are still read", lambda: client.get("/").raise_for_status())
    while client.get("/api/runs").json()["n_unread"]:
        pass
    print(f"{'first reading of all runs':<44}{time.perf_counter() - began:8.2f} s")


def _measure_pages(client: httpx.Client) -> None:
    _timed("first page after a restart", lambda: client.get("/").raise_for_status())
    run = client.get("/api/runs", params={"per_page": 2}).json()["runs"]
    left, right = (f"{one['network']}/{one['run_id']}" for one in run)
    pages = {
        "catalogue": "/",
        "catalogue, filtered": "/?network=torus&from=2021-01-01&to=2022-01-01&page=3",
        "list as JSON, 500 runs": "/api/runs?per_page=500",
        "page of a run": "/" + run[0]["page"],
        "two runs side by side": f"/compare?left={left}&right={right}",
    }
    for name, address in pages.items():
        _repeated(name, lambda address=address: client.get(address).raise_for_status())


def _measure_new_runs(client: httpx.Client, root: Path, n_runs: int, example: Path) -> None:
    """Write runs one by one; the time until the catalogue's page shows each."""
    seconds = []
    for n in range(n_runs, n_runs + 10):
        page = _write(root, n, example)
        began = time.perf_counter()
        while page not in client.get("/").text:
            pass
        seconds.append(time.perf_counter() - began)
    _print("new run until it stands on the page", seconds)


def _timed(name: str, action: Callable[[], object]) -> None:
    began = time.perf_counter()
    action()
    print(f"{name:<44}{time.perf_counter() - began:8.2f} s")


def _repeated(name: str, action: Callable[[], object], n: int = 10) -> None:
    seconds = []
    for _ in range(n):
        time.sleep(0.3)  # so that no request shares the look of the one before
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    _print(name, seconds)


def _print(name: str, seconds: list[float]) -> None:
    print(f"{name:<44}{statistics.median(seconds):8.2f} s median, {max(seconds):.2f} s at most")


if __name__ == "__main__":
    main()
