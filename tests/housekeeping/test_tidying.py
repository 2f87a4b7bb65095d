"""Housekeeping of real folders: what goes, what stays, and what a crash leaves."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from alertmill.errors import (
    ModelNotFoundError,
    PromotionLedgerError,
    RemovalRecordError,
    RemovedRunError,
    ReviewLedgerError,
)
from alertmill.files import sha256_of, write_text
from alertmill.housekeeping.inventory import files_below, list_runs
from alertmill.housekeeping.proof import prove_runs
from alertmill.housekeeping.removing import Remover
from alertmill.housekeeping.sealed import verify_folder
from alertmill.housekeeping.tidying import HousekeepingReport, tidy
from alertmill.parameters import HousekeepingParameters
from alertmill.promotions import LEDGER_FOLDER
from alertmill.removals import RunState, removals_of
from alertmill.reporting.reviewing import ReviewDesk, Statement
from alertmill.reviews import REVIEWS_FOLDER, ReviewTerms
from alertmill.runs import Run
from alertmill.training.registry.registered import RegisteredModel
from alertmill.vocabulary import PromotionVerdict
from tests.housekeeping.dying import tidy_and_die
from tests.housekeeping.stored_runs import NOW, PARAMETERS, Runs

STRICT = HousekeepingParameters(
    keep_days=10, keep_runs=1, keep_unfinished_days=5, keep_unfinished_runs=0
)


def remover_of(runs: Runs) -> Remover:
    return Remover("housekeeping", NOW, runs.signed)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


def tidied(runs: Runs, parameters: HousekeepingParameters = STRICT) -> HousekeepingReport:
    return tidy(runs.root, parameters, remover=remover_of(runs))


def removed_ids(report: HousekeepingReport) -> set[str]:
    return {removal.run_id for removal in report.removed}


def reason_of(report: HousekeepingReport, run: Run) -> str:
    return next(fate.reason for fate in report.fates if fate.run.run_id == run.run_id)


def snapshot(folder: Path) -> dict[str, str]:
    """Digests of all files below a folder."""
    return {str(path.relative_to(folder)): sha256_of(path) for path in files_below(folder)}


def test_an_empty_folder_needs_no_housekeeping(runs: Runs) -> None:
    assert "0 runs removed, 0 kept." == tidied(runs).sentence


def test_an_old_run_goes_and_the_newest_stays(runs: Runs) -> None:
    old, new = runs.finish(days_old=20), runs.finish(days_old=15)

    report = tidied(runs)

    assert {old.run_id} == removed_ids(report)
    assert [new.run_id] == [run.run_id for run in list_runs(runs.root)]
    assert report.sentence.startswith("1 run removed (")
    assert report.sentence.endswith(", 1 kept.")


def test_an_approved_run_stays_until_the_approval_is_withdrawn_or_the_run_changes(
    runs: Runs,
) -> None:
    approved, anew, refused = (runs.finish(days_old=n, key="o") for n in (40, 41, 42))
    runs.finish(days_old=15)
    for run in (approved, anew, refused):
        desk = ReviewDesk(run, runs.signed, ReviewTerms())
        desk.approve(Statement("ann", "", "seen"))
        desk.approve(Statement("bob", "", "seen"))
    desk.refuse(Statement("ann", "", "the labels of May are missing"))
    desk.refuse(Statement("bob", "", "I agree"))
    runs.publish_again(anew, days_old=41)

    report = tidied(runs)

    assert {anew.run_id, refused.run_id} == removed_ids(report)
    assert "a person approved it" == reason_of(report, approved)
    assert prove_runs(runs.root, runs.signed.trusted).ok


def test_nothing_goes_while_a_review_is_missing(runs: Runs) -> None:
    old = runs.finish(days_old=40)
    runs.finish(days_old=15)
    ReviewDesk(old, runs.signed, ReviewTerms()).approve(Statement("ann", "", "seen"))
    shutil.rmtree(runs.network / REVIEWS_FOLDER)

    with pytest.raises(ReviewLedgerError):
        tidied(runs)

    assert 2 == len(list_runs(runs.root))


def test_a_dry_run_says_the_same_and_changes_nothing(runs: Runs) -> None:
    runs.finish(days_old=20)
    runs.finish(days_old=15)
    runs.fail(days_old=9)
    before = snapshot(runs.root)

    dry = tidied(runs, STRICT.model_copy(update={"dry_run": True}))

    assert before == snapshot(runs.root)
    assert dry.sentence.startswith("2 runs would be removed (")
    assert dry.fates == tidied(runs).fates


def test_the_record_names_who_when_rule_size_and_the_digest_of_the_manifest(runs: Runs) -> None:
    old = runs.finish(days_old=20)
    runs.finish(days_old=15)
    digest = sha256_of(old.path / "manifest.json")
    n_bytes = sum(path.stat().st_size for path in files_below(old.path))

    tidied(runs)

    (record,) = removals_of(runs.network)
    assert (old.run_id, "housekeeping", NOW) == (record.run_id, record.actor, record.removed_at)
    assert (digest, n_bytes, 4) == (record.manifest_sha256, record.n_bytes, record.n_files)
    assert (
        "Removed on 2027-06-01 by housekeeping: started 20 days ago, and 1 newer run of its kind "
        "is there (rule: of finished runs, the newest run and those of 10 days are kept)."
        == record.sentence
    )


def test_what_is_left_of_a_removed_run_is_proven_by_the_ledger(runs: Runs) -> None:
    old = runs.finish(days_old=20)
    runs.finish(days_old=15)

    tidied(runs)

    proof = prove_runs(runs.root, runs.signed.trusted)
    assert [] == [deviation.sentence for deviation in proof.deviations]
    assert (2, 3) == (proof.n_runs, proof.n_entries)
    (runs.network / "removals" / f"{old.run_id}.json").write_text("{}")
    assert not prove_runs(runs.root, runs.signed.trusted).ok


def test_what_is_left_of_a_removed_run_verifies_until_somebody_changes_it(runs: Runs) -> None:
    old = runs.finish(days_old=20, model_id="alert_scorer-1")
    runs.finish(days_old=15)
    tidied(runs)

    found = verify_folder(old.path)

    assert found.ok
    kept = {"manifest.json", "model/registration.json", "signature.json"}
    assert kept == set(snapshot(old.path))
    write_text(old.path / "model" / "registration.json", "{}")
    assert ("model/registration.json",) == verify_folder(old.path).changed


def test_a_removed_run_cannot_be_opened_or_begun_again(runs: Runs) -> None:
    old = runs.finish(days_old=20)
    runs.finish(days_old=15)
    tidied(runs)

    with pytest.raises(RemovedRunError, match=r"Removed on 2027-06-01 by housekeeping: started 20"):
        Run.open(old.path)
    with pytest.raises(RemovedRunError, match="start a new run"):
        Run.create(runs.root, PARAMETERS, key="a 20", now=NOW)
    assert Run.find(runs.root, key="a 20") is None


def test_the_model_of_a_removed_run_says_that_it_was_removed(runs: Runs) -> None:
    old = runs.finish(days_old=20, model_id="alert_scorer-1")
    runs.finish(days_old=15)
    tidied(runs)
    registered = RegisteredModel(
        model_id="alert_scorer-1", version="1.0.0", run_id=old.run_id,
        training_start=PARAMETERS.start_date, training_end=PARAMETERS.end_date,
        folder=old.path / "model", model_sha256="0" * 64,
    )  # fmt: skip

    with pytest.raises(ModelNotFoundError, match="alert_scorer-1 were removed with its run"):
        registered.open()


def test_failed_and_interrupted_runs_go_as_a_whole_by_limits_of_their_own(runs: Runs) -> None:
    failed, killed = runs.fail(days_old=9), runs.begin(days_old=8)
    young = runs.fail(days_old=3)
    runs.finish(days_old=15)

    report = tidied(runs)

    assert {failed.run_id, killed.run_id} == removed_ids(report)
    assert not failed.path.exists()
    assert young.path.exists()
    states = {removal.run_id: removal.state for removal in removals_of(runs.network)}
    assert {failed.run_id: RunState.FAILED, killed.run_id: RunState.UNFINISHED} == states


def test_a_run_that_was_written_to_today_is_left_alone(runs: Runs) -> None:
    at_work = runs.begin(days_old=9)
    yesterday = (NOW - timedelta(hours=23)).timestamp()
    os.utime(at_work.path / "data" / "rows.txt", (yesterday, yesterday))

    report = tidied(runs)

    assert set() == removed_ids(report)
    assert "written to within the last 24 hours" == reason_of(report, at_work)


def test_champions_stay_now_and_ever_and_a_former_one_goes_when_asked_for(runs: Runs) -> None:
    former, champion = (runs.finish(days_old=d, model_id=f"m-{d}") for d in (50, 40))
    runs.finish(days_old=20, model_id="m-20")
    runs.decide(former, PromotionVerdict.PROMOTED, days_ago=50)
    runs.decide(champion, PromotionVerdict.PROMOTED, days_ago=40)

    report = tidied(runs)
    assert set() == removed_ids(report)
    assert "its model is the champion" == reason_of(report, champion)
    assert "its model was once the champion" == reason_of(report, former)

    assert {former.run_id} == removed_ids(
        tidied(runs, STRICT.model_copy(update={"keep_former_champions": False}))
    )


def test_every_run_of_the_champions_model_stays(runs: Runs) -> None:
    first, again = (runs.finish(days_old=d, model_id="m") for d in (50, 40))
    runs.finish(days_old=20, model_id="other")
    runs.decide(first, PromotionVerdict.PROMOTED, days_ago=50)

    report = tidied(runs)

    assert set() == removed_ids(report)
    assert "its model is the champion" == reason_of(report, again)


def test_a_proposal_stays_until_somebody_decides_or_another_model_becomes_champion(
    runs: Runs,
) -> None:
    proposed = runs.finish(days_old=50, model_id="m-50")
    other = runs.finish(days_old=20, model_id="m-20")
    runs.decide(proposed, PromotionVerdict.PROPOSED, days_ago=50)

    report = tidied(runs)
    assert set() == removed_ids(report)
    assert "its model is proposed; promote or reject it" == reason_of(report, proposed)

    runs.decide(other, PromotionVerdict.PROMOTED, days_ago=10)
    assert {proposed.run_id} == removed_ids(tidied(runs))


def test_a_rejected_model_protects_its_run_no_longer(runs: Runs) -> None:
    rejected = runs.finish(days_old=50, model_id="m-50")
    runs.finish(days_old=20, model_id="m-20")
    runs.decide(rejected, PromotionVerdict.PROPOSED, days_ago=50)
    runs.decide(rejected, PromotionVerdict.REJECTED, days_ago=49)

    assert {rejected.run_id} == removed_ids(tidied(runs))


def test_a_run_that_differs_from_its_manifest_is_kept_as_evidence(runs: Runs) -> None:
    changed = runs.finish(days_old=20)
    runs.finish(days_old=15)
    rows = changed.path / "data" / "rows.txt"
    rows.write_text("other")
    os.utime(rows, (0, 0))

    report = tidied(runs)

    assert set() == removed_ids(report)
    assert "1 file differs from its manifest" in reason_of(report, changed)


def test_a_run_with_unreadable_parameters_is_kept(runs: Runs) -> None:
    damaged = runs.finish(days_old=20)
    runs.finish(days_old=15)
    (damaged.path / "parameters.json").write_text("{}")
    os.utime(damaged.path / "parameters.json", (0, 0))

    report = tidied(runs)

    assert set() == removed_ids(report)
    assert "its parameters cannot be read; a person must look at it" == reason_of(report, damaged)


def test_an_unreadable_ledger_stops_housekeeping_before_it_removes_anything(runs: Runs) -> None:
    runs.finish(days_old=20)
    runs.finish(days_old=15)
    write_text(runs.network / LEDGER_FOLDER / "20270101T000000000000Z-m-00000000.json", "{}")
    before = snapshot(runs.root)

    with pytest.raises(PromotionLedgerError, match="cannot be read"):
        tidied(runs)
    assert before == snapshot(runs.root)


def test_folders_that_are_no_runs_and_links_are_left_alone(runs: Runs, tmp_path: Path) -> None:
    old = runs.finish(days_old=20)
    runs.finish(days_old=15)
    elsewhere = tmp_path / "elsewhere"
    old.path.rename(elsewhere)
    old.path.symlink_to(elsewhere)
    write_text(runs.network / "notes" / "parameters.json", "{}")

    assert set() == removed_ids(tidied(runs))
    assert (elsewhere / "data" / "rows.txt").is_file()


def test_a_link_inside_a_run_is_deleted_and_not_what_it_leads_to(
    runs: Runs, tmp_path: Path
) -> None:
    begun = runs.begin(days_old=9)
    write_text(tmp_path / "outside" / "precious.txt", "precious")
    (begun.path / "link").symlink_to(tmp_path / "outside")
    os.utime(begun.path / "link", (0, 0), follow_symlinks=False)

    assert {begun.run_id} == removed_ids(tidied(runs))
    assert (tmp_path / "outside" / "precious.txt").is_file()
    assert not begun.path.exists()


def test_old_temporary_files_go_and_those_of_today_stay(runs: Runs) -> None:
    run = runs.finish(days_old=15)
    old, young = run.path / "data" / ".old.part", run.path / "data" / ".young.part"
    for path, age in ((old, timedelta(days=2)), (young, timedelta(hours=1))):
        write_text(path, "half")
        moment = (NOW - age).timestamp()
        os.utime(path, (moment, moment))

    report = tidied(runs)

    assert (False, True) == (old.exists(), young.exists())
    assert 1 == report.n_temporary


@pytest.mark.process
def test_a_process_that_is_killed_anywhere_leaves_whole_runs_or_removed_ones(
    tmp_path: Path,
) -> None:
    whole = Runs(tmp_path / "whole")
    old, _new, failed = (
        whole.finish(days_old=20, model_id="m"),
        whole.finish(days_old=15),
        whole.fail(days_old=9),
    )
    expected = Runs(_copy(whole.root, tmp_path / "expected"))
    tidied(expected)

    for change in count():
        killed = Runs(_copy(whole.root, tmp_path / f"killed-{change}"))
        is_killed = tidy_and_die(killed.root, STRICT, now=NOW, change=change)
        for run in (old, failed):
            _check_whole_or_removed(killed.network / run.run_id)

        tidied(killed)
        assert snapshot(expected.network) == snapshot(killed.network)
        assert prove_runs(killed.root, killed.signed.trusted).ok
        if not is_killed:
            break
    assert change > 10


def _copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def _check_whole_or_removed(path: Path) -> None:
    if (path / "parameters.json").is_file():
        assert (path / "data" / "rows.txt").is_file()
        assert not Run.open(path).is_finished or verify_folder(path).ok
    else:
        with pytest.raises(RemovedRunError):
            Run.open(path)


def test_a_restored_run_is_a_run_again_and_stays(runs: Runs, tmp_path: Path) -> None:
    old = runs.finish(days_old=20)
    runs.finish(days_old=15)
    backup = tmp_path / "backup"
    shutil.copytree(old.path, backup)
    tidied(runs)
    shutil.copytree(backup, old.path, dirs_exist_ok=True)

    report = tidied(runs)

    assert verify_folder(old.path).ok
    assert set() == removed_ids(report)
    assert "restored after its removal on 2027-06-01" == reason_of(report, old)


def test_a_second_housekeeping_removes_nothing_more(runs: Runs) -> None:
    for days in (30, 25, 20, 15):
        runs.finish(days_old=days)
    assert 3 == len(removed_ids(tidied(runs)))
    before = snapshot(runs.root)

    again = tidied(runs)

    assert "0 runs removed, 1 kept." == again.sentence
    assert before == snapshot(runs.root)


def test_a_damaged_record_of_a_removal_is_named(runs: Runs) -> None:
    old = runs.finish(days_old=20)
    runs.finish(days_old=15)
    tidied(runs)
    write_text(runs.network / "removals" / f"{old.run_id}.json", "{}")

    with pytest.raises(RemovalRecordError, match=f"{old.run_id}.json of a removed run cannot be"):
        Run.open(old.path)
