"""Measure the reports of a run, beside the papermill and nbconvert commands one after another.

Usage: .venv/bin/python benchmarks/bench_notebooks.py [RUN]

Both make the executed notebooks and their pages from copies of the same finished run; without one,
of the newest in runs/, or else of a demo that is made for it. Ours starts a process, imports what
notebooks need and executes as many notebooks at once as there are cores, as a run does.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measuring import Spent

PROJECT = Path(__file__).resolve().parents[1]
TEMPLATES = PROJECT / "notebook_templates"
PROGRAMS = Path(sys.executable).parent
_OURS = "--ours"
_LAST_LETTERS = 2000


def main() -> None:
    """Make the reports both ways and print what it took."""
    if sys.argv[1:2] == [_OURS]:
        render_all(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        example = Path(sys.argv[1]) if len(sys.argv) > 1 else _example(Path(folder) / "demo")
        templates = sorted(TEMPLATES.glob("[0-9][0-9]_*.ipynb"))
        print(f"{len(templates)} notebooks of {example.name}, load {os.getloadavg()[0]:.1f}")
        ours = _render_with_ours(_copy(example, Path(folder) / "ours"))
        _print("ours", ours)
        theirs = Spent()
        for template in templates:
            theirs += _render_with_commands(template, _copy(example, Path(folder) / "theirs"))
        _print("papermill and nbconvert", theirs)
        print(
            f"{theirs.wall / ours.wall:.1f} times as fast, {theirs.cpu / ours.cpu:.1f} by "
            f"processor; load {os.getloadavg()[0]:.1f}"
        )


def render_all(run_dir: Path) -> None:
    """Execute and export every template, as many at once as there are cores."""
    from alertmill.processes import guarded_children
    from alertmill.reporting.execution import execute_template, template_names
    from alertmill.reporting.html import export_html
    from alertmill.reporting.kernels import warm_up
    from alertmill.runs import Run
    from alertmill.threads import limit_threads, usable_cores

    def render(name: str) -> str | None:
        outcome = execute_template(TEMPLATES / f"{name}.ipynb", run)
        export_html(run, outcome)
        return outcome.error

    limit_threads()
    run = Run.open(run_dir)
    with guarded_children(), ThreadPoolExecutor(usable_cores()) as pool:
        warm_up()
        errors = [error for error in pool.map(render, template_names(TEMPLATES)) if error]
    if errors:
        raise SystemExit(errors[0])


def _example(folder: Path) -> Path:
    """Return the newest finished run; make a demo if there is none."""
    finished = sorted((PROJECT / "runs").glob("*/*/manifest.json"), key=lambda f: f.parent.name)
    if not finished:
        state = {"ALERTMILL_RUNS_DIR": "runs", "ALERTMILL_DATABASE_DIR": "database"}
        state |= {"ALERTMILL_STATE_DIR": "state", "PREFECT_HOME": "prefect"}
        environment = os.environ | {name: str(folder / place) for name, place in state.items()}
        _run([str(PROGRAMS / "alertmill"), "demo"], environment)
        finished = sorted((folder / "runs").glob("*/*/manifest.json"))
    return finished[-1].parent


def _copy(example: Path, folder: Path) -> Path:
    """Copy a run without its reports."""
    reports = shutil.ignore_patterns("notebooks", "reports", "reports.zip", "manifest.json")
    shutil.copytree(example, folder, ignore=reports, dirs_exist_ok=True)
    return folder


def _render_with_ours(run_dir: Path) -> Spent:
    return _spent([sys.executable, __file__, _OURS, str(run_dir)])


def _render_with_commands(template: Path, run_dir: Path) -> Spent:
    folder = run_dir / "notebooks"
    folder.mkdir(exist_ok=True)
    executed = folder / template.name
    given = ["-p", "run_dir", str(run_dir), "--cwd", str(TEMPLATES), "--no-progress-bar"]
    page = ["--to", "html", str(executed)]
    return _spent([str(PROGRAMS / "papermill"), str(template), str(executed), *given]) + _spent(
        [str(PROGRAMS / "jupyter-nbconvert"), *page]
    )


def _spent(command: list[str]) -> Spent:
    before = _now()
    _run(command, dict(os.environ))
    return _now() - before


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - programs of this environment
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-_LAST_LETTERS:])


def _now() -> Spent:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(time.perf_counter(), used.ru_utime + used.ru_stime)


def _print(name: str, spent: Spent) -> None:
    print(f"{name:<24} {spent.wall:6.1f} s on the wall, {spent.cpu:6.1f} s of processor")


if __name__ == "__main__":
    main()
