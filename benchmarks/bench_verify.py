"""Measure `alertmill verify --all` over many small runs, beside reading and hashing their files.

Usage: .venv/bin/python benchmarks/bench_verify.py [N_RUNS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alertmill.files import sha256_of
from alertmill.housekeeping.inventory import files_below
from alertmill.housekeeping.proof import prove_runs

_T = TypeVar("_T")


def main() -> None:
    """Write the runs, sign them, and print what was measured."""
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        root, trusted = Path(folder) / "runs", _written(Path(folder) / "runs", n_runs)
        files = list(files_below(root))
        print(f"{n_runs:,} runs, {len(files):,} files")
        hashed, _ = _timed(lambda: [sha256_of(path) for path in files])
        proven, proof = _timed(lambda: prove_runs(root, trusted))
        if not proof.ok:
            raise SystemExit(proof.deviations[0].sentence)
        print(f"hash every file   {hashed:6.2f} s of a processor")
        print(f"verify everything {proven:6.2f} s, {proven / hashed:.1f} times as long")


def _written(root: Path, n_runs: int):  # noqa: ANN202 - TrustedKeys, of a package of the tests
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.housekeeping.stored_runs import Runs

    runs = Runs(root)
    for number in range(n_runs):
        runs.finish(days_old=1 + number, model_id=f"m-{number}")
    return runs.signed.trusted


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


if __name__ == "__main__":
    main()
