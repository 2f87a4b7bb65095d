"""A limit of memory is that of one kernel, and a report that meets it says so."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PROJECT = Path(__file__).resolve().parents[2]
LIMIT = 8 * 10**9
RENDERING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from alertmill.reporting.execution import execute_template
from tests.reporting.example_runs import make_run, write_template

folder = Path(sys.argv[1])
run = make_run(folder)
cells = ["len(bytearray(4 * 10**9))", "len(bytearray(4 * 10**9))", "len(bytearray(10**10))"]
templates = [write_template(folder, cell, name=f"0{n}_x") for n, cell in enumerate(cells)]
with ThreadPoolExecutor(3) as pool:
    for outcome in pool.map(lambda template: execute_template(template, run), templates):
        print(outcome.failed_cell, outcome.summary)
"""


def test_two_kernels_may_have_the_limit_each_and_a_third_is_told_it(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", RENDERING, str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    )

    first, second, third = done.stdout.splitlines()
    assert ["None", "None"] == [first.strip(), second.strip()]
    assert re.fullmatch(
        r"cell-1 MemoryError \(peak 0\.\d GB; the limit of its address space \(ulimit -v\) is "
        r"8\.0 GB\); give it more, or let fewer notebooks run at once",
        third,
    )
