"""A notebook counts as executed only when every cell ran, in a kernel that shares nothing."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alertmill.reporting.execution import execute_template, load_outcomes, template_names
from alertmill.reporting.html import export_html
from alertmill.reporting.sealing import is_sealed, seal_of
from alertmill.runs import Run
from tests.reporting.example_runs import make_run, read_cells, read_notebook, write_template

pytestmark = pytest.mark.slow


def shown(cell: dict[str, list[dict[str, dict[str, str]]]]) -> str:
    return cell["outputs"][0]["data"]["text/plain"]


def test_templates_are_named_in_order_and_other_files_are_none(tmp_path: Path) -> None:
    for name in ("02_b", "01_a", "draft"):
        write_template(tmp_path, name=name)
    (tmp_path / "03_c.py").touch()

    assert ["01_a", "02_b"] == template_names(tmp_path)


def test_a_notebook_gets_its_run_and_keeps_its_outputs(tmp_path: Path) -> None:
    run = make_run(tmp_path)

    outcome = execute_template(write_template(tmp_path, "run_dir"), run)

    assert (None, None) == (outcome.error, outcome.failed_cell)
    assert repr(str(run.path.resolve())) == shown(read_cells(run)[-1])
    assert (outcome,) == load_outcomes(run)


def test_title_and_purpose_come_from_the_first_cell(tmp_path: Path) -> None:
    outcome = execute_template(write_template(tmp_path), make_run(tmp_path))

    assert "An example" == outcome.title
    assert "Decides whether the example is good." == outcome.about


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import os; os.kill(os.getpid(), 9)", "DeadKernelError"),
        ("import os; os._exit(0)", "DeadKernelError"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_cell_that_does_not_complete_fails_the_notebook(
    tmp_path: Path, source: str, error: str
) -> None:
    template = write_template(tmp_path, "1 + 1", source, "'never'")

    outcome = execute_template(template, make_run(tmp_path))

    assert "cell-2" == outcome.failed_cell
    assert outcome.summary.startswith(error)


def test_what_ran_before_a_failure_is_kept(tmp_path: Path) -> None:
    run = make_run(tmp_path)

    execute_template(write_template(tmp_path, "1 + 1", "1 / 0", "'never'"), run)

    *_, first, _, last = read_cells(run)
    assert "2" == shown(first)
    assert [] == last.outputs


def test_a_notebook_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    template = write_template(tmp_path, "import time; time.sleep(60)")

    outcome = execute_template(template, make_run(tmp_path), timeout_seconds=2)

    assert "cell-1" == outcome.failed_cell
    assert outcome.summary.startswith("CellTimeoutError")
    assert outcome.seconds < 30


def test_a_template_without_the_parameter_is_not_executed(tmp_path: Path) -> None:
    template = write_template(tmp_path, "1", parameters='rundir = ""')

    outcome = execute_template(template, make_run(tmp_path))

    assert "parameters" == outcome.failed_cell
    assert "does not assign 'run_dir'" in outcome.summary


def test_a_notebook_that_succeeded_is_not_executed_again(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    template = write_template(tmp_path, "import uuid; uuid.uuid4()")
    first = execute_template(template, run)
    before = (run.path / "notebooks" / "01_example.ipynb").read_bytes()

    assert first == execute_template(template, run)
    assert before == (run.path / "notebooks" / "01_example.ipynb").read_bytes()


def test_the_last_cell_prints_the_nonce_of_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)

    execute_template(write_template(tmp_path, "1", name="01_example"), run)
    execute_template(write_template(tmp_path, "2", name="02_example"), run)

    seal = seal_of(run.path)
    notebooks = [read_notebook(run, name) for name in ("01_example", "02_example")]
    assert 32 == len(seal.nonce)
    assert [seal.text] * 2 == [book.cells[-1].outputs[0].text.strip() for book in notebooks]
    assert [True, True] == [is_sealed(book, seal) for book in notebooks]


def test_a_notebook_that_does_not_print_the_seal_is_not_complete(tmp_path: Path) -> None:
    template = write_template(tmp_path, "import builtins; builtins.print = repr")

    outcome = execute_template(template, make_run(tmp_path))

    assert "seal" == outcome.failed_cell
    assert outcome.summary.startswith("MissingSeal: the last cell did not print 'Sealed: ")


def test_threads_that_ask_at_once_get_the_same_seal(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        seals = list(pool.map(lambda _: seal_of(tmp_path), range(8)))

    assert 1 == len({seal.nonce for seal in seals})
    assert ["seal.json"] == [path.name for path in tmp_path.iterdir()]


def test_a_sealed_notebook_gives_the_same_page_again(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    figure = "from matplotlib.figure import Figure\nf = Figure()\nf.subplots().plot([1, 2])\nf"
    template = write_template(tmp_path, "%matplotlib inline", figure, "{'a': object()}")
    first = export_html(run, execute_template(template, run)).read_bytes()

    again = export_html(Run.open(run.path), load_outcomes(run)[0]).read_bytes()

    assert first == again
    assert seal_of(run.path).text.encode() in again


@pytest.mark.parametrize(
    "cause", ["failed", "new template", "no notebook", "new data", "other seal", "damage"]
)
def test_a_notebook_is_executed_again_when_its_outcome_no_longer_holds(
    tmp_path: Path, cause: str
) -> None:
    run = make_run(tmp_path)
    template = write_template(tmp_path, "1 / 0" if cause == "failed" else "1")
    execute_template(template, run)
    if cause in ("failed", "new template"):
        write_template(tmp_path, "2")
    if cause == "no notebook":
        (run.path / "notebooks" / "01_example.ipynb").unlink()
    if cause == "new data":
        write_template(tmp_path, "1")
        os.utime(run.path / "stages" / "extract.json", (2e9, 2e9))
    if cause == "damage":
        (run.path / "notebooks" / "01_example.ipynb").write_bytes(b"\xff")
    if cause == "other seal":
        (run.path / "seal.json").unlink()
    made_at = (run.path / "notebooks" / "01_example.outcome.json").stat().st_mtime_ns

    assert execute_template(template, run).is_ok
    assert made_at < (run.path / "notebooks" / "01_example.outcome.json").stat().st_mtime_ns


def test_notebooks_can_be_executed_at_once(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    names = [f"0{n}_example" for n in range(1, 4)]
    templates = [write_template(tmp_path, f"{name!r}", name=name) for name in names]

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda template: execute_template(template, run), templates))

    assert [None] * 3 == [outcome.error for outcome in outcomes]
    assert [repr(name) for name in names] == [shown(read_cells(run, name)[-1]) for name in names]


def test_a_kernel_works_in_the_templates_folder(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (tmp_path / "notebook_utils.py").write_text("answer = 42\n")

    execute_template(write_template(tmp_path, "from notebook_utils import answer; answer"), run)

    assert "42" == shown(read_cells(run)[-1])


def test_a_kernel_gets_no_credentials_and_writes_nothing_to_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", "secret")
    run = make_run(tmp_path)
    template = write_template(
        tmp_path, "import matplotlib.font_manager", "import os; dict(os.environ)"
    )

    assert execute_template(template, run).is_ok

    assert "secret" not in json.dumps(read_cells(run))
    assert "'OMP_WAIT_POLICY': 'passive'" in shown(read_cells(run)[-1])
    assert [] == [path for path in home.rglob("*") if path.is_file()]


def test_executing_leaves_nothing_behind_but_the_notebook_and_its_outcome(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    before = Path.cwd()

    execute_template(write_template(tmp_path, "1"), run)

    found = sorted(path.name for path in (run.path / "notebooks").iterdir())
    assert ["01_example.ipynb", "01_example.outcome.json"] == found
    assert before == Path.cwd()
