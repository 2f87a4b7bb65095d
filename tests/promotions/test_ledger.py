"""The ledger keeps every decision as a file, once, and the last one is the verdict of a run."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alertmill.errors import PromotionLedgerError
from alertmill.files import write_model
from alertmill.promotions import (
    DECISION_FILE,
    GATE,
    PromotionEntry,
    PromotionLedger,
    verdict_of,
)
from alertmill.runs import Run
from alertmill.vocabulary import PromotionVerdict
from tests.promotions.cases import BETTER, MODEL
from tests.promotions.test_consequences import REJECTION
from tests.reporting.example_runs import make_run

NOW = REJECTION.decided_at


def entry(
    verdict: PromotionVerdict = PromotionVerdict.PROPOSED,
    *,
    hours: int = 0,
    actor: str = GATE,
    run_id: str = "run",
    model_id: str = MODEL,
) -> PromotionEntry:
    return REJECTION.model_copy(
        update={
            "decided_at": NOW + timedelta(hours=hours),
            "verdict": verdict,
            "actor": actor,
            "run_id": run_id,
            "model_id": model_id,
            "reason": f"{verdict.value} after {hours} hours",
        }
    )


def test_the_name_of_a_file_sorts_by_time_and_holds_the_model(tmp_path: Path) -> None:
    written = PromotionLedger(tmp_path).write(REJECTION)

    (path,) = (tmp_path / "promotions").iterdir()
    assert path.name == f"20260105T060708009000Z-{MODEL}-{written.key}.json"


def test_entries_come_oldest_first_and_of_one_model_only(tmp_path: Path) -> None:
    ledger = PromotionLedger(tmp_path)
    others = [entry(hours=2), entry(hours=1, run_id="b"), entry(model_id=f"{MODEL}-2")]
    for one in others:
        ledger.write(one)

    assert [entry(model_id=f"{MODEL}-2"), entry(hours=1, run_id="b"), entry(hours=2)] == list(
        ledger.entries()
    )
    assert [1, 2] == [(one.decided_at - NOW) // timedelta(hours=1) for one in ledger.entries(MODEL)]


def test_a_run_decides_once_and_a_person_as_often_as_there_is_a_reason(tmp_path: Path) -> None:
    ledger = PromotionLedger(tmp_path)
    for hours in (0, 1):
        ledger.write(entry(hours=hours))
        ledger.write(entry(hours=hours, actor="ann"))

    assert [(GATE, 0), ("ann", 0), ("ann", 1)] == sorted(
        ((one.actor, (one.decided_at - NOW) // timedelta(hours=1)) for one in ledger.entries()),
        key=lambda pair: (pair[0] != GATE, pair[1]),
    )


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    ledger = PromotionLedger(tmp_path)
    path = ledger.folder / ledger.write(REJECTION).file_name
    path.write_text("{}")

    with pytest.raises(PromotionLedgerError, match=path.name):
        ledger.entries()


# --- the verdict of a run --------------------------------------------------------------------


def decided_run(folder: Path) -> Run:
    run = make_run(folder)
    write_model(run.path / DECISION_FILE, BETTER)
    return run


def test_a_run_without_a_decision_or_before_it_is_carried_out_has_no_verdict(
    tmp_path: Path,
) -> None:
    undecided = make_run(tmp_path / "a")
    decided = decided_run(tmp_path / "b")
    PromotionLedger(decided.path.parent).write(entry(run_id="another"))

    assert (None, None) == (verdict_of(undecided), verdict_of(decided))


@pytest.mark.parametrize(
    ("later", "verdict", "sentence"),
    [
        ((), PromotionVerdict.PROPOSED, "proposed after 0 hours"),
        (
            (entry(PromotionVerdict.PROMOTED, hours=1, actor="ann", run_id="another"),),
            PromotionVerdict.PROMOTED,
            "Promoted by ann: promoted after 1 hours.",
        ),
        (
            (
                entry(PromotionVerdict.PROMOTED, hours=1, actor="ann"),
                entry(PromotionVerdict.REJECTED, hours=2, actor="bob"),
            ),
            PromotionVerdict.REJECTED,
            "Rejected by bob: rejected after 2 hours.",
        ),
        (
            (entry(PromotionVerdict.KEPT, hours=1, run_id="another"),),
            PromotionVerdict.PROPOSED,
            "proposed after 0 hours",
        ),
        (
            (entry(PromotionVerdict.REJECTED, hours=-1, actor="bob", run_id="another"),),
            PromotionVerdict.PROPOSED,
            "proposed after 0 hours",
        ),
    ],
    ids=["the run", "a person", "two people", "another run", "a person before"],
)
def test_the_latest_decision_about_the_model_is_the_verdict_of_the_run(
    tmp_path: Path,
    later: tuple[PromotionEntry, ...],
    verdict: PromotionVerdict,
    sentence: str,
) -> None:
    run = decided_run(tmp_path)
    for one in (entry(run_id=run.run_id), *later):
        PromotionLedger(run.path.parent).write(one)

    shown = verdict_of(run)

    assert shown is not None
    assert (verdict, sentence) == (shown.verdict, shown.sentence)
    assert shown.title == verdict.value.capitalize()
    assert isinstance(shown.decided_at, datetime)
