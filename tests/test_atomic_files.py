"""Every file is published by `alertmill.files`: whole or not at all, whatever is killed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
HELPER = "lib/alertmill/files.py"
_WRITERS = {
    *("write_text", "write_bytes", "write_parquet", "write_csv", "write_json", "write_ndjson"),
    *("write_ipc", "sink_parquet", "sink_csv", "to_parquet", "to_csv", "to_json", "savefig"),
    *("save_model", "tofile", "savetxt", "symlink_to", "hardlink_to"),
}
"""Methods that write to the path that they get."""
_COPIERS = {"copy", "copy2", "copyfile", "copytree", "move", "make_archive"}
"""Functions of shutil."""
_RENAMERS = {"rename", "renames", "replace", "link", "symlink"}
"""Functions of os."""
ALLOWED = {
    "lib/alertmill/audit/buckets.py keep": "an object of a bucket, which is there whole or not",
    "lib/alertmill/audit/heads.py append_head": "adds a line, and changes none that is there",
    "lib/alertmill/audit/keys.py _write_private": "never replaces a key; only its owner may read",
    "lib/alertmill/audit/keys.py _make_development_key": "gives a whole file its name, if free",
    "lib/alertmill/audit/ledger.py _locked": "an empty file, for the lock alone",
    "lib/alertmill/run_lock.py _open_locked": "who works, which counts only while he holds it",
    "lib/alertmill/orchestration/exclusive.py exclusively": "an empty file, for the lock alone",
    "lib/alertmill/orchestration/deployments.py _run_prefect_deploy": "a log, read while it grows",
    "lib/alertmill/orchestration/starting.py _start_manager": "a log, read while it grows",
    "lib/alertmill/orchestration/starting.py run_step": "a log, read while it grows",
    "lib/alertmill/cli/training.py _run_flow": "in a private folder, for a child that starts later",
    "lib/alertmill/plotting/display.py render_png": "into memory",
    "lib/alertmill/site/archive.py _add": "a member of an archive that is sent",
}
"""Where something is written without the helper, and why that is no published file."""


def raw_writes(source: str) -> Iterator[str]:
    """Return the innermost function of every call that writes to a path by itself."""

    def visit(node: ast.AST, function: str) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.Call) and _writes(node):
            yield function
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    return visit(ast.parse(source), "")


def _writes(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    owner, _, method = name.rpartition(".")
    if owner == "shutil":
        return method in _COPIERS
    if owner == "os":
        return method in _RENAMERS or (method == "open" and "O_CREAT" in ast.unparse(call))
    if method == "open":
        return _opens_for_writing(call)
    # Without a path, write_csv and its like return a text.
    return bool(owner) and method in _WRITERS and bool(call.args)


def _opens_for_writing(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [arg.value for arg in given if isinstance(arg, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and set(text) <= set("rwaxbt+")]
    return any(set(mode) & set("wax+") for mode in modes)


def test_nothing_is_published_without_the_helper() -> None:
    found = {
        f"{path.relative_to(PROJECT).as_posix()} {function}"
        for folder in ("lib", "flows", "tasks")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if path.relative_to(PROJECT).as_posix() != HELPER
        for function in raw_writes(path.read_text())
    }

    assert set() == found - ALLOWED.keys(), "publish files with alertmill.files"
    assert set() == ALLOWED.keys() - found, "take out of the list what is gone"


@pytest.mark.parametrize(
    "call",
    [
        "path.write_text(text)",
        "open(path, 'w')",
        "path.open(mode='ab')",
        "frame.write_parquet(path)",
        "shutil.copyfile(one, other)",
        "os.replace(one, other)",
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
    ],
)
def test_a_raw_write_is_seen(call: str) -> None:
    assert ["publish"] == list(raw_writes(f"def publish():\n    {call}\n"))


@pytest.mark.parametrize(
    "call", ["write_text(path, text)", "path.open('rb')", "frame.write_csv()", "open(path)"]
)
def test_the_helper_and_reading_are_no_raw_write(call: str) -> None:
    assert [] == list(raw_writes(f"def publish():\n    {call}\n"))
