"""The catalogue: what it shows of a run, when it reads, and what it survives."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from alertmill.files import write_model, write_text
from alertmill.promotions import LEDGER_FOLDER
from alertmill.removals import KEPT_FILES, Removal, begin_removal, record_removal
from alertmill.removals import RunState as StateOfRemoval
from alertmill.runs import Run, Stage
from alertmill.site import catalogue as module
from alertmill.site.catalogue import Catalogue, Snapshot
from alertmill.site.summaries import RunState, RunSummary
from alertmill.vocabulary import Network, PromotionVerdict
from tests.site.worlds import START, Plan, decide, fail_run, finish_run, start_run


def only(runs_dir: Path) -> RunSummary:
    """Return the only run of a folder."""
    (found,) = Catalogue(runs_dir).snapshot().runs
    return found


def everything(catalogue: Catalogue) -> Snapshot:
    """Read until nothing is left."""
    catalogue.read_all(threading.Event())
    return catalogue.snapshot()


def remove(run: Run) -> None:
    """Record the removal of a run as housekeeping does."""
    begin_removal(run.path, removal_of(run))
    record_removal(run.path)


def removal_of(run: Run) -> Removal:
    """Return the record of a run's removal."""
    return Removal(
        network="ethereum",
        run_id=run.run_id,
        model_type="alert_scorer",
        start_date=date(2024, 1, 1),
        end_date=date(2024, 2, 29),
        state=StateOfRemoval.FINISHED,
        removed_at=datetime(2026, 6, 1, tzinfo=UTC),
        actor="housekeeping",
        rule="kept are 90 days",
        reason="it is 147 days old",
        manifest_sha256="0" * 64,
        n_files=12,
        n_bytes=1000,
        kept=KEPT_FILES,
    )


def test_a_folder_without_runs_has_an_empty_catalogue(tmp_path: Path) -> None:
    assert Snapshot(()) == Catalogue(tmp_path / "not there yet").snapshot()


def test_a_finished_run_is_shown_with_its_numbers(runs_dir: Path) -> None:
    run = finish_run(runs_dir, Plan(value=0.6))

    found = only(runs_dir)

    measure = found.measure("average_precision", "test_all")
    assert measure is not None
    assert (0.6, 0.48) == (measure.value, pytest.approx(measure.ci_low))
    assert (RunState.FINISHED, "ethereum", run.run_id) == (found.state, found.network, found.run_id)
    assert (date(2024, 1, 1), date(2024, 2, 29)) == (found.start_date, found.end_date)
    assert START == found.started_at
    assert found.checks is not None
    assert (4, 1, 1, 1) == tuple(found.checks.model_dump().values())
    assert found.reports is not None
    assert (2, 0) == (found.reports.n_complete, found.reports.n_failed)


@pytest.mark.parametrize("verdict", list(PromotionVerdict))
def test_the_verdict_of_a_run_is_that_of_the_ledger(
    runs_dir: Path, verdict: PromotionVerdict
) -> None:
    finish_run(runs_dir, Plan(verdict=verdict))

    found = only(runs_dir).verdict

    assert (verdict.value, "gate") == (found.verdict, found.actor)
    assert "not worse" in found.sentence


def test_a_run_from_before_decisions_has_no_verdict_and_says_why(runs_dir: Path) -> None:
    run = finish_run(runs_dir, Plan(verdict=None))
    old = {
        "model_id": "m",
        "version": "1",
        "run_id": "r",
        "is_promoted": True,
        "reason": "no issue",
    }
    write_text(
        run.path / "model/registration.json", str(old).replace("'", '"').replace("True", "true")
    )

    found = only(runs_dir).verdict

    assert "no verdict" == found.verdict
    assert "The run wrote no decision. Its model was made the champion: no issue." == found.sentence


def test_a_decision_that_was_not_carried_out_yet_is_no_verdict(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    for entry in (run.path.parent / LEDGER_FOLDER).iterdir():
        entry.unlink()

    found = only(runs_dir).verdict

    assert "no verdict" == found.verdict
    assert found.sentence.startswith("The decision was not carried out yet. The model is not worse")


def test_a_failed_run_says_where_and_why(runs_dir: Path) -> None:
    fail_run(runs_dir, Plan(), message="no alerts in the range.")

    found = only(runs_dir)

    assert RunState.FAILED == found.state
    assert "Stopped in the stage extract: no alerts in the range." == found.reason


def test_a_run_with_a_failed_report_is_a_failed_one(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    manifest = run.path / "manifest.json"
    write_text(manifest, manifest.read_text().replace('"status":"ok"', '"status":"failed"', 1))

    found = only(runs_dir)

    assert RunState.FAILED == found.state
    assert "1 of 2 reports failed: The first report." == found.reason
    assert found.headline


def test_an_unfinished_run_says_how_far_it_came(runs_dir: Path) -> None:
    run = start_run(runs_dir)
    catalogue = Catalogue(runs_dir)
    before = catalogue.snapshot().runs[0]

    run.complete(Stage.EXTRACT, list)
    after = catalogue.snapshot().runs[0]

    assert [RunState.UNFINISHED] * 2 == [before.state, after.state]
    assert ["No stage has finished yet.", "The stage extract has finished."] == [
        before.reason, after.reason
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("parameters.json", "{"),
        ("parameters.json", ""),
        ("parameters.json", "[]"),
        ("parameters.json", '{"start_date": "2024-01-01"}'),
        ("parameters.json", '{"start_date": "no", "end_date": "2024-01-01", "model_type": "x"}'),
        ("manifest.json", '{"run_id": '),
        ("manifest.json", "null"),
        ("manifest.json", "\x00" * 100),
        ("manifest.json", '{"created_at": "2024-01-01T00:00:00Z", "headline": [1]}'),
        ("failure.json", "oops"),
        ("checks/checks.json", '{"results": "none"}'),
        ("model/registration.json", "{}"),
        ("promotion/decision.json", "{}"),
    ],
)
def test_a_broken_file_makes_one_run_unreadable_and_no_other(
    runs_dir: Path, name: str, content: str
) -> None:
    broken, whole = finish_run(runs_dir, Plan(n=1)), finish_run(runs_dir, Plan(n=2))
    write_text(broken.path / name, content)

    first, second = Catalogue(runs_dir).snapshot().runs

    assert (whole.run_id, RunState.FINISHED) == (first.run_id, first.state)
    assert (broken.run_id, RunState.UNREADABLE) == (second.run_id, second.state)
    assert second.reason.startswith(f"{name} cannot be read: ")


def test_a_run_without_parameters_is_unreadable(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    (run.path / "parameters.json").unlink()

    found = only(runs_dir)

    assert RunState.UNREADABLE == found.state
    assert found.reason.startswith("parameters.json is not there")


def test_bytes_that_are_no_text_make_a_run_unreadable(runs_dir: Path) -> None:
    run = start_run(runs_dir)
    (run.path / "parameters.json").write_bytes(b"\xff\xfe\x00")

    assert RunState.UNREADABLE == only(runs_dir).state


def test_a_record_that_is_a_link_is_not_read(runs_dir: Path, tmp_path: Path) -> None:
    run = start_run(runs_dir)
    (tmp_path / "outside.json").write_text('{"stage": "x", "message": "the secret"}')
    (run.path / "failure.json").symlink_to(tmp_path / "outside.json")

    assert RunState.UNFINISHED == only(runs_dir).state


def test_what_is_no_run_is_not_listed(runs_dir: Path, tmp_path: Path) -> None:
    run = finish_run(runs_dir)
    for name in ("notes", ".hidden", "a b"):
        (runs_dir / "ethereum" / name).mkdir()
    (runs_dir / "ethereum/file").write_text("x")
    (runs_dir / "file").write_text("x")
    (runs_dir / "ethereum/20260105T060000Z-00000000").symlink_to(run.path)
    (runs_dir / "elsewhere").symlink_to(tmp_path)

    assert run.run_id == only(runs_dir).run_id


def test_a_copy_under_another_name_is_a_run(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    run.path.rename(run.path.with_name("before-the-move"))

    assert "before-the-move" == only(runs_dir).run_id


def test_a_new_run_appears_and_a_deleted_one_goes(runs_dir: Path) -> None:
    catalogue = Catalogue(runs_dir)
    first = finish_run(runs_dir, Plan(n=1))
    before = [run.run_id for run in catalogue.snapshot().runs]

    second = finish_run(runs_dir, Plan(n=2, network=Network.BITCOIN))
    first.path.rename(runs_dir.parent / "elsewhere")

    assert [first.run_id] == before
    assert [second.run_id] == [run.run_id for run in catalogue.snapshot().runs]


def test_a_run_that_goes_on_is_read_again(runs_dir: Path) -> None:
    run = fail_run(runs_dir, Plan())
    catalogue = Catalogue(runs_dir)
    states = [catalogue.snapshot().runs[0].state]

    (run.path / "failure.json").unlink()
    states.append(catalogue.snapshot().runs[0].state)
    finish_run(runs_dir, Plan())
    states.append(catalogue.snapshot().runs[0].state)

    assert [RunState.FAILED, RunState.UNFINISHED, RunState.FINISHED] == states


def test_a_manifest_that_is_damaged_in_place_is_noticed(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    catalogue = Catalogue(runs_dir)
    catalogue.snapshot()

    (run.path / "manifest.json").write_text("{}")

    assert RunState.UNREADABLE == catalogue.snapshot().runs[0].state


def test_a_later_decision_of_a_person_changes_the_verdict_of_its_run_alone(runs_dir: Path) -> None:
    plans = [Plan(n=n, verdict=PromotionVerdict.PROPOSED) for n in (1, 2)]
    runs = [finish_run(runs_dir, plan) for plan in plans]
    catalogue = Catalogue(runs_dir)
    before = [run.verdict.verdict for run in catalogue.snapshot().runs]

    rejected = Plan(n=1, verdict=PromotionVerdict.REJECTED)
    decide(runs[0], rejected, actor="Ada", at=START + timedelta(weeks=9))
    after = [run.verdict for run in catalogue.snapshot().runs]

    assert ["proposed", "proposed"] == before
    assert [("proposed", "gate"), ("rejected", "Ada")] == [(v.verdict, v.actor) for v in after]


def test_a_broken_entry_of_the_ledger_is_reported_and_the_others_count(runs_dir: Path) -> None:
    run = finish_run(runs_dir, Plan(verdict=PromotionVerdict.PROMOTED))
    write_text(run.path.parent / LEDGER_FOLDER / "20260101T000000000000Z-x-0.json", "{")

    snapshot = Catalogue(runs_dir).snapshot()

    assert "promoted" == snapshot.runs[0].verdict.verdict
    assert 1 == len(snapshot.warnings)
    assert "ethereum/promotions/20260101T000000000000Z-x-0.json cannot" in snapshot.warnings[0]


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_removed_run_says_who_removed_it_and_why(runs_dir: Path, *, has_folder: bool) -> None:
    run = finish_run(runs_dir)
    catalogue = Catalogue(runs_dir)
    catalogue.snapshot()
    remove(run)
    if not has_folder:
        run.path.rename(runs_dir.parent / "elsewhere")

    (found,) = catalogue.snapshot().runs

    assert RunState.REMOVED == found.state
    assert found.reason.startswith("Removed on 2026-06-01 by housekeeping: it is 147 days old")
    assert (date(2024, 1, 1), "alert_scorer") == (found.start_date, found.model_type)
    assert has_folder == bool(found.headline)


def test_a_removed_run_that_was_restored_is_a_run(runs_dir: Path) -> None:
    run = finish_run(runs_dir)
    parameters = (run.path / "parameters.json").read_text()
    remove(run)
    write_text(run.path / "parameters.json", parameters)

    assert RunState.FINISHED == only(runs_dir).state


def test_a_restart_reads_no_run_again(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        finish_run(runs_dir, Plan(n=n))
    cache = tmp_path / "state/site/catalogue.json"
    before = everything(Catalogue(runs_dir, cache))

    monkeypatch.setattr(module, "read_facts", pytest.fail)
    after = everything(Catalogue(runs_dir, cache))

    assert before == after


def test_a_run_that_changed_while_the_site_was_off_is_read_again(
    runs_dir: Path, tmp_path: Path
) -> None:
    run = finish_run(runs_dir)
    cache = tmp_path / "catalogue.json"
    everything(Catalogue(runs_dir, cache))

    write_model(run.path / "parameters.json", run.parameters.model_copy(update={"window_days": 3}))
    found = everything(Catalogue(runs_dir, cache))

    assert 3 == found.runs[0].window_days


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff", b"[]", b'{"format": 1, "root": "x"}'])
def test_a_damaged_cache_is_made_anew(
    runs_dir: Path, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    finish_run(runs_dir)
    cache = tmp_path / "catalogue.json"
    cache.write_bytes(content)

    found = everything(Catalogue(runs_dir, cache))

    assert 1 == len(found.runs)
    assert "the catalogue's cache is made anew" in caplog.text
    assert found == everything(Catalogue(runs_dir, cache))


def test_the_cache_of_another_root_is_not_used(runs_dir: Path, tmp_path: Path) -> None:
    finish_run(runs_dir)
    finish_run(tmp_path / "other", Plan(value=0.9))
    cache = tmp_path / "catalogue.json"
    everything(Catalogue(tmp_path / "other", cache))

    found = everything(Catalogue(runs_dir, cache)).runs[0].measure("roc_auc", "test_all")

    assert found is not None
    assert 0.6 == found.value


def test_a_cache_that_cannot_be_written_does_no_harm(
    runs_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    finish_run(runs_dir)
    (tmp_path / "file").write_text("in the way")

    found = everything(Catalogue(runs_dir, tmp_path / "file/catalogue.json"))

    assert 1 == len(found.runs)
    assert "was not written" in caplog.text


def test_many_new_runs_are_read_over_several_looks(runs_dir: Path) -> None:
    for n in range(5):
        finish_run(runs_dir, Plan(n=n))
    catalogue = Catalogue(runs_dir)

    looks = [catalogue.snapshot(seconds=0.0) for _ in range(6)]

    assert [1, 2, 3, 4, 5, 5] == [len(look.runs) for look in looks]
    assert [4, 3, 2, 1, 0, 0] == [look.n_unread for look in looks]


def test_the_newest_runs_are_read_first(runs_dir: Path) -> None:
    finish_run(runs_dir, Plan(n=1))
    newest = finish_run(runs_dir, Plan(n=5, network=Network.BITCOIN))
    finish_run(runs_dir, Plan(n=3))

    found = Catalogue(runs_dir).snapshot(seconds=0.0)

    assert [newest.run_id] == [run.run_id for run in found.runs]


def copy_records(run: Run, n: int) -> None:
    """Make a run of another name from the files of a run, without copying their bytes."""
    other = run.path.with_name(f"20260106T060000Z-{n:08x}")
    for path in run.path.rglob("*"):
        target = other / path.relative_to(run.path)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(path)


def test_a_look_over_many_known_runs_costs_a_fraction_of_their_reading(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_DEEP_LOOKS", 3600.0)
    run = finish_run(runs_dir)
    for n in range(200):
        copy_records(run, n)
    catalogue = Catalogue(runs_dir)
    clocks = [time.process_time()]
    everything(catalogue)
    clocks.append(time.process_time())

    looks = [catalogue.snapshot() for _ in range(5)]
    clocks.append(time.process_time())
    copy_records(run, 200)

    assert 201 == len(looks[-1].runs)
    assert 202 == len(catalogue.snapshot().runs)
    assert (clocks[2] - clocks[1]) / 5 < (clocks[1] - clocks[0]) / 10
