"""`alertmill verify` and `alertmill keys`: what they say, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alertmill.audit.keys import write_new_key
from alertmill.audit.ledger import SignedLedger, entry_paths
from alertmill.audit.remembered import remember_entries
from alertmill.reporting.manifest import MANIFEST, write_manifest
from alertmill.settings import Settings
from alertmill.storage import Client
from tests.cli.program import Program
from tests.housekeeping.stored_runs import Runs
from tests.support.signing import key_of


@pytest.fixture
def runs(program: Program, tmp_path: Path) -> Runs:
    """Two finished runs, whose folder the program looks at."""
    del program
    made = Runs(tmp_path / "runs")
    made.finish(days_old=9)
    made.finish(days_old=8)
    return made


def test_everything_is_verified_and_the_end_of_the_ledger_is_told(
    program: Program, runs: Runs
) -> None:
    done = program("verify", "--all")

    head = runs.signed.head
    assert head is not None
    assert (0, "") == (done.code, done.err)
    assert [
        "4 files of 2 runs and 2 entries of the signed ledger are as they were signed.",
        f"The ledger ends at entry {head.text}.",
        f"Signed by: development key {key_of().key_id}.",
    ] == done.out.splitlines()
    assert 0 == program("verify", "--all", "--head", head.text).code


def test_an_end_that_was_cut_off_fails_by_the_database_and_by_a_printed_head(
    program: Program, runs: Runs, client: Client
) -> None:
    head = runs.signed.head
    assert head is not None
    remember_entries(client, runs.signed, "ethereum")
    last = max(runs.network.glob("*/manifest.json")).parent
    for path in (*last.rglob("*.*"), entry_paths(runs.root)[-1]):
        path.unlink()

    done = program("verify", "--all")

    assert 1 == done.code
    assert "the database of ethereum knows entry 2: its end was cut off" in done.out
    assert "whoever asked knows entry 2" in program("verify", "--all", "--head", head.text).out


def test_the_json_of_a_verification_names_deviations_and_the_head(
    program: Program, runs: Runs
) -> None:
    entry_paths(runs.root)[0].unlink()

    done = program("verify", "--all", "--json")

    found = json.loads(done.out)
    assert (1, False, 1) == (done.code, found["ok"], found["n_entries"])
    assert "signed-ledger" == found["deviations"][0]["place"]
    assert found["head"].startswith("2:")


def test_an_auditor_trusts_the_key_that_he_was_given_and_no_other(
    program: Program, runs: Runs, tmp_path: Path
) -> None:
    (run_dir, *_) = sorted(path.parent for path in runs.network.glob("*/manifest.json"))
    for number in (1, 2):
        (tmp_path / f"{number}.pem").write_text(key_of(number).public.pem)

    own = program("verify", str(run_dir), "--key", str(tmp_path / "1.pem"))
    other = program("verify", str(run_dir), "--key", str(tmp_path / "2.pem"))

    assert (0, 1) == (own.code, other.code)
    assert "no trusted key has signed it" in other.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "name one run folder, or verify everything with --all"),
        (("--all", "--head", "12"), "is no head of a ledger"),
        (("--all", "--key", "none.pem"), "No such file"),
    ],
)
def test_what_cannot_be_verified_is_one_line(
    program: Program, arguments: tuple[str, ...], expected: str
) -> None:
    done = program("verify", *arguments)

    assert 2 == done.code
    assert expected in done.err


def test_a_key_is_made_listed_rotated_and_revoked(
    program: Program, runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "signing.pem"
    made = program("keys", "new", str(path))
    monkeypatch.setenv("ALERTMILL_SIGNING_KEY", str(path))
    key_id = SignedLedger.of(Settings()).key.key_id
    assert made.out.startswith("-----BEGIN PUBLIC KEY-----")
    assert f"Key {key_id}. Set ALERTMILL_SIGNING_KEY={path}" in made.out

    run = runs.begin(days_old=7)
    write_manifest(run)
    vouched = program("keys", "vouch", str(run.path / MANIFEST))
    revoked = program("keys", "revoke", key_of().key_id, "--reason", "rotated")

    assert f"Entry 3 vouches for {run.path / MANIFEST}." == vouched.out.strip()
    assert f"Key {key_of().key_id} counts up to entry 3" in revoked.out
    listed = program("keys", "list").out
    assert "after entry 3: rotated" in listed
    assert "operator's" in listed
    assert 0 == program("verify", "--all").code
    assert [True, False] == [
        k["revocation"] is not None for k in json.loads(program("keys", "list", "--json").out)
    ]
    monkeypatch.delenv("ALERTMILL_SIGNING_KEY")


def test_a_key_of_another_machine_is_trusted_once(
    program: Program, runs: Runs, tmp_path: Path
) -> None:
    del runs
    public = write_new_key(tmp_path / "other.pem", password=None)
    (tmp_path / "public.pem").write_text(public.pem)

    first, second = (program("keys", "trust", str(tmp_path / "public.pem")) for _ in range(2))

    assert f"Key {public.key_id} is trusted.\n" == first.out
    assert f"Key {public.key_id} is trusted already.\n" == second.out


def test_without_any_key_the_list_says_so(program: Program) -> None:
    assert "no key is trusted yet" in program("keys", "list").out
