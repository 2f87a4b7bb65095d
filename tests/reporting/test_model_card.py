"""The model card: what it says of a run, the same in the page, in Word and on the terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from docx import Document

from alertmill.errors import ConfigurationError, UnfinishedRunError
from alertmill.evaluation.check_results import CheckReport, CheckState
from alertmill.files import write_parquet
from alertmill.housekeeping.proof import prove_run
from alertmill.reporting.assets import CONTENT_SECURITY_POLICY
from alertmill.reporting.card_evidence import (
    CALIBRATION_METRICS,
    group_sentence,
    muted_sentence,
)
from alertmill.reporting.card_page import (
    CARD_PAGE,
    card_as_markdown,
    render_card,
    write_card,
)
from alertmill.reporting.card_parts import CardSection
from alertmill.reporting.card_word import write_card_as_word
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import read_manifest, write_manifest
from alertmill.reporting.model_card import ModelCard, model_card
from alertmill.reporting.reviewing import ReviewDesk, Statement
from alertmill.reporting.signing import sign_run
from alertmill.reviews import ReviewTerms
from alertmill.runs import Run
from alertmill.training.data.extracted import BATCHES_FILE, no_batches
from alertmill.vocabulary import FindingSeverity
from tests.reporting.card_runs import make_card_run
from tests.reporting.decided_runs import CHAMPION, add_checks
from tests.reporting.example_runs import make_run
from tests.support.signing import signed_ledger

MOMENT = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
NUMBER = re.compile(r"[+-]?\d[\d,.]*")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run beside a champion, two of whose three checks found something."""
    made = make_card_run(tmp_path_factory.mktemp("card"))
    add_checks(made, CheckState.ISSUE, CheckState.TIP, CheckState.PASSED)
    return made


@pytest.fixture(scope="module")
def card(run: Run) -> ModelCard:
    return model_card(run)


def section(card: ModelCard, key: str) -> CardSection:
    return next(section for section in card.sections if section.key == key)


def cells(card: ModelCard, key: str, caption: str) -> list[tuple[str, ...]]:
    return [row for t in section(card, key).tables if t.caption == caption for row in t.rows]


class _Texts(HTMLParser):
    """Collects the text of headings, paragraphs and cells in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_main = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self._is_main |= tag == "main"
        if tag in ("td", "th", "p", "h1", "h2", "caption"):
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self._is_main and self.found:
            self.found[-1] += data


def numbers_of_page(page: str) -> list[str]:
    reader = _Texts()
    reader.feed(page.partition('<main id="content">')[1] + page.partition('<main id="content">')[2])
    return NUMBER.findall("\n".join(reader.found))


def numbers_of_word(path: Path) -> list[str]:
    document = Document(str(path))
    texts = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            texts += [cell.text for row in block.rows for cell in row.cells]
        else:
            texts.append(block.text)
    return NUMBER.findall("\n".join(texts))


def test_the_sections_stand_in_the_order_of_a_model_risk_team(card: ModelCard) -> None:
    assert [
        "identification",
        "purpose",
        "data",
        "labels",
        "model",
        "evidence",
        "groups",
        "checks",
        "monitoring",
        "reviews",
        "sign-off",
    ] == [section.key for section in card.sections]
    assert "1. Which model is this?" == card.sections[0].title
    assert all("SR 11-7" in s.asked_by and "SS1/23" in s.asked_by for s in card.sections)
    assert all(len(t.heads) <= 8 for s in card.sections for t in s.tables)
    assert all(len(t.heads) == len(row) for s in card.sections for t in s.tables for row in t.rows)


def test_the_numbers_are_those_of_the_files_of_the_run(run: Run, card: ModelCard) -> None:
    order = {row[0]: row for row in cells(card, "evidence", "Order of the alerts")}
    calibration = cells(card, "evidence", "Calibration of the probabilities")
    against = cells(card, "evidence", "Against the champion")
    size = next(s for s in run.evaluation.populations if s.split == "test_new")
    labels = {row[0]: row for row in cells(card, "labels", "Labels of each range")}
    test = run.targets.filter(split="test")

    assert run.evaluation.get("model", "roc_auc", split="test_new").text == order["ROC AUC"][4]
    assert len(CALIBRATION_METRICS) == len(calibration)
    assert f"{size.n_positive_addresses:,}" in section(card, "purpose").sentences[-1]
    assert str(test["y"].null_count()) == labels["test"][3]
    assert {d.metric for d in run.comparison.differences if d.rival == "champion"} == {
        row[0].replace("ROC AUC", "roc auc").replace("Brier", "brier").replace(" ", "_")
        for row in against
    }
    assert f"The champion was {CHAMPION}, version 1.0.0." in section(card, "evidence").sentences
    assert "1 value outside the declared range was refused" in section(card, "data").sentences[2]


def test_page_word_file_and_terminal_say_the_same_numbers(card: ModelCard, tmp_path: Path) -> None:
    path = write_card_as_word(tmp_path / "card.docx", card, created_at=MOMENT)
    texts = [card.title, card.about, *(t for s in card.sections for t in s.sentences)]

    in_page, in_word = numbers_of_page(render_card(card)), numbers_of_word(path)

    assert 300 < len(in_word)
    assert sorted(in_word) == sorted(in_page)
    assert all(n in card_as_markdown(card) for n in set(NUMBER.findall(" ".join(texts))))


def test_the_word_file_is_editable_and_the_same_bytes_twice(
    card: ModelCard, tmp_path: Path
) -> None:
    one, other = (
        write_card_as_word(tmp_path / name, card, created_at=MOMENT)
        for name in ("one.docx", "other.docx")
    )
    document = Document(str(one))

    assert one.read_bytes() == other.read_bytes()
    assert card.title == document.paragraphs[0].text
    assert [s.title for s in card.sections] == [
        p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"
    ]
    assert card.about == document.sections[0].header.paragraphs[0].text
    assert MOMENT.replace(tzinfo=None) == document.core_properties.created.replace(tzinfo=None)
    assert ["Model developer", "", "", ""] == [c.text for c in document.tables[-1].rows[1].cells]


def test_a_word_file_needs_its_ending(card: ModelCard, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"does not end in \.docx"):
        write_card_as_word(tmp_path / "card.doc", card, created_at=MOMENT)


def test_text_from_the_chain_stays_text_in_every_form(card: ModelCard, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x00 \x1b[31m| a *b*"
    changed = card.model_copy(update={"about": evil})

    page = render_card(changed)
    word = write_card_as_word(tmp_path / "evil.docx", changed, created_at=MOMENT)

    assert 1 == page.count("<script>")  # ours
    assert CONTENT_SECURITY_POLICY in unescape(page)
    assert "<script>alert(1)</script> [31m| a *b*" == Document(str(word)).paragraphs[1].text
    assert "&lt;script&gt;" in card_as_markdown(changed)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "No check is muted."),
        (
            (CheckState.ISSUE,),
            (
                "1 check is muted by the parameters of the run; of these AM001 could refuse a "
                "promotion."
            ),
        ),
        (
            (CheckState.ISSUE, CheckState.TIP),
            (
                "2 checks are muted by the parameters of the run; of these AM001 could refuse a "
                "promotion."
            ),
        ),
    ],
)
def test_muted_checks_are_counted_and_listed_with_their_reasons(
    tmp_path: Path, states: tuple[CheckState, ...], expected: str
) -> None:
    run = make_card_run(tmp_path)
    add_checks(run, *states, muted_because="a pilot")

    card = model_card(run)

    assert expected == section(card, "checks").sentences[1] == muted_sentence(run.checks)
    assert ["a pilot"] * len(states) == [row[-1] for row in cells(card, "checks", "Muted checks")]
    assert [] == cells(card, "checks", "Checks that count")
    assert [] == cells(card, "monitoring", "What the checks ask for")


def test_the_verdict_about_groups_is_that_of_the_check(run: Run) -> None:
    seven = run.checks.results[0].model_copy(update={"code": "AM007", "title": "weak segment"})

    assert "No check compared the groups with all alerts." == group_sentence(run.checks)
    assert "AM007 weak segment: issue; found a_b = 1." == group_sentence(
        CheckReport(champion_id=None, results=(seven,))
    )
    muted = seven.model_copy(update={"muted_because": "a pilot."})
    assert "AM007 weak segment: issue (muted: a pilot); found a_b = 1." == group_sentence(
        CheckReport(champion_id=None, results=(muted,))
    )


def test_without_labels_and_champion_the_card_says_so(tmp_path: Path) -> None:
    card = model_card(make_card_run(tmp_path, is_beside_champion=False, labelled_share=0.0))

    evidence = section(card, "evidence")
    assert evidence.sentences[0].startswith("Nothing could be measured: ")
    assert "Not compared with a champion: no model was promoted yet." in evidence.sentences
    assert [] == cells(card, "evidence", "Against the champion")
    assert any(
        re.match(r"0 of [\d,]+ test alerts are labelled \(0 %\)", sentence)
        for sentence in section(card, "purpose").sentences
    )
    assert not re.search(r"\bnan\b", card_as_markdown(card))


def test_an_unfinished_run_has_no_card(tmp_path: Path) -> None:
    unfinished = make_run(tmp_path)

    assert write_card(unfinished) is None
    with pytest.raises(UnfinishedRunError):
        model_card(unfinished)


def test_the_published_card_is_in_the_manifest_the_index_and_the_archive(tmp_path: Path) -> None:
    run = make_card_run(tmp_path)

    path = write_card(run)
    index = write_index(run, ()).read_text()
    write_manifest(run)

    assert run.path / "reports" / CARD_PAGE == path
    assert f'href="{CARD_PAGE}"' in index
    assert f"reports/{CARD_PAGE}" in {file.path for file in read_manifest(run.path).files}
    assert "reviews and approvals come later" in " ".join(path.read_text().split())


def test_reviews_and_approvals_stand_on_the_card_and_leave_the_run_as_it_was(
    tmp_path: Path,
) -> None:
    run = make_card_run(tmp_path)
    write_card(run)
    manifest = write_manifest(run).read_bytes()
    signed, terms = signed_ledger(run.path.parents[1]), ReviewTerms(n_needed=1)
    sign_run(run, signed)
    desk = ReviewDesk(run, signed, terms)
    unapproved = model_card(run, standing=desk.standing, head=signed.head)
    finding = desk.find(
        Statement("ann", "validation", "Labels are late."),
        severity=FindingSeverity.LOW,
        is_blocking=False,
    )
    approval = desk.approve(Statement("bob", "risk", "Good enough for a pilot."))

    card = model_card(run, standing=desk.standing, head=signed.head)

    digest = desk.standing.manifest_sha256
    assert digest is not None
    assert digest in card.about
    assert (
        "A promotion is refused: 1 of 1 approval missing."
        == (section(unapproved, "reviews").sentences[0])
    )
    assert [] == cells(unapproved, "reviews", "Approvals")
    assert (finding.entry.key, "low", "Labels are late.", "ann (validation)") == (
        cells(card, "reviews", "Findings")[0][:4]
    )
    (row,) = cells(card, "reviews", "Approvals")
    assert ("bob (risk)", "approved", "Good enough for a pilot.") == row[:3]
    assert (digest, str(approval.number)) == row[4:]
    assert signed.head is not None
    assert f"As of entry {signed.head.text} of the signed ledger." in (
        section(card, "reviews").sentences
    )
    assert manifest == (run.path / "manifest.json").read_bytes()
    assert [] == list(prove_run(run.path, signed.trusted).deviations)


def test_checks_that_found_something_are_to_be_watched(card: ModelCard) -> None:
    assert ["AM001", "AM002"] == [
        row[0] for row in cells(card, "monitoring", "What the checks ask for")
    ]


def test_batches_are_counted_by_table_and_their_absence_is_said(tmp_path: Path) -> None:
    run = make_card_run(tmp_path)
    none = model_card(run)
    batch = {
        "table": "raw_alerts",
        "batch_id": "b",
        "source_uri": "file:///a.parquet",
        "rows": 7,
        "is_current": True,
        "finished_at": MOMENT,
    }
    replaced = batch | {"batch_id": "a", "rows": 5, "is_current": False}
    rows = pl.DataFrame([replaced, batch], schema=no_batches().schema)
    write_parquet(run.path / "data" / BATCHES_FILE, rows)

    card = model_card(Run.open(run.path))

    assert section(none, "data").sentences[0].startswith("The run names no batch of its rows")
    assert [] == cells(none, "data", "Batches that the rows come from")
    assert section(card, "data").sentences[0].startswith("The rows come from 2 batches;")
    assert [("raw_alerts", "2", "1", "1", "7", "2026-01-05")] == (
        cells(card, "data", "Batches that the rows come from")
    )
