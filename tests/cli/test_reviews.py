"""`alertmill review` and `alertmill approve`: what they say, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alertmill.processes import own_user
from alertmill.storage import Client
from alertmill.storage.ledger_entries import fetch_ledger_entries
from tests.cli.program import Program
from tests.housekeeping.stored_runs import Runs


@pytest.fixture
def run_dir(program: Program, tmp_path: Path) -> Path:
    """A finished run, whose folder the program looks at."""
    del program
    return Runs(tmp_path / "runs").finish(days_old=9).path


def test_a_finding_is_entered_listed_and_resolved(
    program: Program, run_dir: Path, client: Client
) -> None:
    entered = program(
        "review", str(run_dir), "--finding", "Labels are late.", "--severity", "high", "--blocking"
    )
    key = json.loads(program("review", str(run_dir), "--json").out)["findings"][0]["key"]
    resolved = program("review", str(run_dir), "--resolve", key, "--note", "loaded")

    assert (0, "") == (entered.code, entered.err)
    assert f"finding {key} (high, blocking) by {own_user()}" in entered.out
    assert f"the blocking finding {key} of {own_user()} is open" in entered.out
    assert f"[resolved by {own_user()} on " in resolved.out
    assert "Nothing of the review refuses a promotion" in resolved.out
    assert 3 == fetch_ledger_entries(client).height
    assert 0 == program("verify", "--all").code


def test_an_approval_counts_and_a_later_refusal_replaces_it(
    program: Program, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMILL_APPROVALS_NEEDED", "1")

    missing = program("review", str(run_dir))
    approved = program("approve", str(run_dir), "--note", "seen", "--role", "validation")
    refused = program("approve", str(run_dir), "--note", "seen again", "--refuse")

    assert "1 of 1 approval missing" in missing.out
    assert f"approval {approved.out.split(': approval ')[1][:8]} by" in approved.out
    assert "Nothing of the review refuses a promotion" in approved.out
    assert f"{own_user()} refused it: seen again" in refused.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--finding", "a", "--resolve", "b"), "enter a finding or resolve one, not both"),
        (("--finding", "a", "--severity", "grave"), "no severity 'grave'"),
        (("--resolve", "0000aaaa", "--note", "n"), "no open finding '0000aaaa'"),
    ],
)
def test_what_cannot_be_entered_is_one_line(
    program: Program, run_dir: Path, arguments: tuple[str, ...], expected: str
) -> None:
    done = program("review", str(run_dir), *arguments)

    assert 0 != done.code
    assert expected in done.err
    assert 1 == len(done.err.strip().splitlines())


def test_more_approvals_than_approvers_are_refused(
    program: Program, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMILL_APPROVALS_NEEDED", "2")
    monkeypatch.setenv("ALERTMILL_APPROVERS", "ann")

    done = program("review", str(run_dir))

    assert 2 == done.code
    assert "ALERTMILL_APPROVERS names 1" in done.err
