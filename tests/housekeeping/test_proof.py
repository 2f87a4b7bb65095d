"""A runs folder proves itself: every tampering is found and named, and nothing else is."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from alertmill.audit.entries import EntryKind
from alertmill.audit.heads import KnownHead
from alertmill.audit.ledger import read_entries
from alertmill.audit.marks import SIGNATURE, LedgerMark, mark_run, read_mark
from alertmill.audit.trust import TrustedKeys
from alertmill.errors import ArtifactChangedError, ConfigurationError
from alertmill.files import write_text
from alertmill.housekeeping.proof import Proof, prove_run, prove_runs
from alertmill.housekeeping.removing import Remover
from alertmill.housekeeping.tidying import tidy
from alertmill.housekeeping.vouching import vouch_for
from alertmill.parameters import HousekeepingParameters
from alertmill.reporting.manifest import MANIFEST, verify, write_manifest
from alertmill.reporting.reviewing import ReviewDesk, Statement
from alertmill.reporting.signing import sign_run
from alertmill.reviews import ReviewTerms
from alertmill.snapshots.deliveries import DELIVERIES_FILE
from alertmill.vocabulary import FindingSeverity, PromotionVerdict
from tests.housekeeping.stored_runs import NOW, Runs
from tests.housekeeping.tampering import CHANGES, REWRITES, Attack, Tamperer
from tests.support.signing import key_of

N_RUNS = 20
N_TAMPERINGS = 44
N_TAMPERINGS_IN_DEPTH = 1000
"""By each of the two."""


@dataclass(frozen=True)
class Root:
    """A runs folder with everything that can lie in one, and what is known of it elsewhere."""

    folder: Path
    heads: tuple[KnownHead, ...]

    def copied(self, to: Path) -> Path:
        """Link it, with an older version of a run beside it for whoever wants to go back."""
        shutil.copytree(self.folder.parent, to, copy_function=os.link)
        return to / self.folder.name

    def proof(self, folder: Path) -> Proof:
        """Prove a copy."""
        return prove_runs(folder, trusted(), self.heads)


def trusted() -> TrustedKeys:
    return TrustedKeys.only(key_of().public, now=NOW)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """Twenty runs: one published twice, two removed, two decided about, one reviewed."""
    runs = Runs(tmp_path_factory.mktemp("installation") / "runs")
    made = [runs.finish(days_old=60 - n, model_id=f"m-{n}", key=str(n)) for n in range(N_RUNS)]
    for run, verdict in zip(made[-2:], ("promoted", "proposed"), strict=True):
        runs.decide(run, PromotionVerdict(verdict), days_ago=1)
    desk = ReviewDesk(made[-2], runs.signed, ReviewTerms())
    desk.find(Statement("ann", "", "late labels"), severity=FindingSeverity.LOW, is_blocking=True)
    desk.approve(Statement("bob", "", "seen"))
    twice = made[-1]
    older = runs.root.with_name("older") / twice.path.relative_to(runs.root)
    older.mkdir(parents=True)
    for name in (MANIFEST, SIGNATURE, "data/rows.txt"):
        (older / name).parent.mkdir(exist_ok=True)
        shutil.copy(twice.path / name, older / name)
    write_text(twice.path / "data" / "rows.txt", "corrected rows")
    write_manifest(twice)
    sign_run(twice, runs.signed)
    limits = HousekeepingParameters(
        keep_days=58, keep_runs=1, keep_unfinished_days=1, keep_unfinished_runs=0
    )
    tidy(runs.root, limits, remover=Remover("housekeeping", NOW, runs.signed))
    heads = tuple(KnownHead(stored.head, "the database") for stored in read_entries(runs.root))
    return Root(runs.root, heads)


def test_an_untouched_folder_has_no_deviation(root: Root) -> None:
    proof = root.proof(root.folder)

    assert () == proof.deviations
    assert (N_RUNS, 2 + N_RUNS + 2 + 1 + 2) == (proof.n_runs, proof.n_entries)
    assert (f"key {key_of().key_id}",) == proof.signers
    assert proof.sentence.endswith("27 entries of the signed ledger are as they were signed.")


def test_the_report_of_the_last_delivery_may_change_and_a_link_in_its_place_may_not(
    root: Root, tmp_path: Path
) -> None:
    copy = root.copied(tmp_path / "copy")
    report = copy / "ethereum" / DELIVERIES_FILE

    report.write_text("{}")
    with_report = root.proof(copy)
    report.unlink()
    report.symlink_to("elsewhere")

    assert () == with_report.deviations
    assert ["ethereum/deliveries.json"] == [found.place for found in root.proof(copy).deviations]


def test_a_copy_with_other_times_and_modes_has_no_deviation(root: Root, tmp_path: Path) -> None:
    copy = root.copied(tmp_path / "copy")
    for path in copy.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
            path.chmod(0o600)
            os.utime(path, (0, 0))

    assert () == root.proof(copy).deviations


def unseen_of(root: Root, attack: Attack, place: Path, *, n: int) -> list[int]:
    """Tamper again and again, each time with a whole folder; return the seeds nobody noticed."""
    unseen = []
    for seed in range(n):
        copy = root.copied(place / f"copy-{seed}")
        attack(Tamperer(copy, random.Random(seed)))  # noqa: S311 - a draw, no secret
        if root.proof(copy).ok:
            unseen.append(seed)
        shutil.rmtree(copy.parent)
    return unseen


@pytest.mark.parametrize("attack", [*CHANGES, *REWRITES], ids=lambda attack: attack.__name__)
def test_every_tampering_is_found(root: Root, tmp_path: Path, attack: Attack) -> None:
    assert [] == unseen_of(root, attack, tmp_path, n=N_TAMPERINGS // len(_family(attack)))


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("attack", [*CHANGES, *REWRITES], ids=lambda attack: attack.__name__)
def test_a_thousand_tamperings_are_found(root: Root, tmp_path: Path, attack: Attack) -> None:
    n = N_TAMPERINGS_IN_DEPTH // len(_family(attack)) + 1

    assert [] == unseen_of(root, attack, tmp_path, n=n)


def _family(attack: Attack) -> tuple[Attack, ...]:
    return CHANGES if attack in CHANGES else REWRITES


def test_a_run_is_proven_alone_and_by_what_it_brings_with_it(root: Root, tmp_path: Path) -> None:
    run_dir = min(root.folder.glob("*/*/parameters.json")).parent
    copy = tmp_path / "downloads" / "here" / run_dir.name
    shutil.copytree(run_dir, copy.with_name("ethereum") / run_dir.name)
    moved = copy.with_name("ethereum") / run_dir.name

    inside, outside = prove_run(run_dir, trusted(), root.heads), prove_run(moved, trusted())

    assert inside.ok
    assert outside.ok
    assert not inside.notes
    assert outside.notes[0].startswith("No signed ledger lies beside the run")
    (moved / SIGNATURE).unlink()
    assert [f"{SIGNATURE}: it is missing; nobody has signed this run"] == [
        deviation.sentence for deviation in prove_run(moved, trusted()).deviations
    ]


def test_a_copy_that_another_key_signed_is_not_proven(tmp_path: Path) -> None:
    run = Runs(tmp_path / "runs").finish(days_old=3)
    shutil.rmtree(tmp_path / "runs" / "signed-ledger")
    other = TrustedKeys.only(key_of(2).public, now=NOW)

    (deviation,) = prove_run(run.path, other).deviations

    assert f"{SIGNATURE}: no trusted key has signed it" == deviation.sentence


def test_a_run_without_an_entry_is_vouched_for_by_a_person(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    run = runs.begin(days_old=3)
    write_manifest(run)
    assert not prove_runs(runs.root, trusted()).ok

    vouch_for(run.path / MANIFEST, runs.signed)

    assert prove_runs(runs.root, trusted()).ok


def test_nobody_vouches_for_a_changed_run_or_any_other_file(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    run = runs.finish(days_old=3)
    write_text(run.path / "data" / "rows.txt", "other")

    with pytest.raises(ArtifactChangedError):
        vouch_for(run.path / MANIFEST, runs.signed)
    with pytest.raises(ConfigurationError, match="only these are signed"):
        vouch_for(run.path / "data" / "rows.txt", runs.signed)


def test_an_unfinished_run_is_counted_and_is_no_deviation(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    runs.finish(days_old=4)
    runs.begin(days_old=3)

    proof = prove_runs(runs.root, trusted())

    assert (True, 1) == (proof.ok, proof.n_unfinished)
    assert "1 folder of unfinished runs" in proof.sentence


def test_without_any_run_there_is_nothing_to_find(tmp_path: Path) -> None:
    proof = prove_runs(tmp_path / "runs", trusted())

    assert (True, 0, 0, None) == (proof.ok, proof.n_runs, proof.n_entries, proof.head)


def test_a_manifest_that_contradicts_its_run_is_named(tmp_path: Path) -> None:
    """Whoever owns the key may still not say of a run what its files do not say."""
    runs = Runs(tmp_path / "runs")
    run = runs.begin(days_old=3)
    path = write_manifest(run)
    path.write_text(path.read_text().replace('"review_budget":20', '"review_budget":10'))
    runs.signed.enter(EntryKind.RUN, path)

    assert ("parameters",) == verify(run.path).contradicting


def test_a_run_remembers_the_ledger_as_it_found_it(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    runs.finish(days_old=4)
    run = runs.begin(days_old=3)
    before = runs.signed.head

    mark = mark_run(run.path, runs.signed)
    runs.finish(days_old=2)

    assert mark == mark_run(run.path, runs.signed) == read_mark(run.path)
    assert before == mark.head
    assert before is not None
    assert f"the ledger stood at entry {before.text} before." in mark.sentence
    first = LedgerMark(head=None, key_id="ab", is_development_key=False)
    assert "Signed by key ab; the ledger was empty before." == first.sentence
